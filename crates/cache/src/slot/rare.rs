//! What a slot at rest does not have.

use core::time::Duration;

use yzb_proto::{Fingerprint, Lifetime, UnixSeconds};

use super::Slot;
use super::fleet::ClockOff;
use crate::policy::TICKET_GRACE;
use crate::{Event, Kind, LeaseError, Monotonic, Now, Token};

/// What is there only for a while.
#[derive(Debug, Default)]
pub(super) struct Rare {
    /// What the observer was not told yet.
    pub(super) events: Vec<Event>,
    pub(super) trouble: Option<Trouble>,
    pub(super) refused: Option<Refused>,
    /// The first and the last request since the last success that may have replaced a ticket, whoever
    /// had it.
    pub(super) lost: Option<(Now, Now)>,
    /// When the last codes that were held end by the monotonic clock, for when a store gives one
    /// back after the wall clock was set back.
    pub(super) past: Vec<(Fingerprint, Monotonic)>,
    /// When a request was last sent without the store, and by which renewal.
    pub(super) alone: Option<(Monotonic, u64)>,
    /// When the platform was last asked about the ticket of this lease, or issued it.
    pub(super) checked: Option<(Monotonic, u64)>,
    pub(super) clock_off: ClockOff,
    /// What is held is worth storing, and was refused by the store or did not arrive there.
    pub(super) unstored: bool,
}

/// The last renewals failed.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) failures: u32,
    pub(super) retry_at: Monotonic,
    pub(super) error: LeaseError,
}

/// The platform refused what was held, and there is nothing in its place.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) code: Fingerprint,
    pub(super) expires_at: UnixSeconds,
    /// What the lease was numbered, for the next one to go on from.
    pub(super) serial: u64,
    pub(super) generation: u64,
}

/// How many codes' ends are remembered.
const PAST: usize = 4;

impl Rare {
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.trouble.is_none()
            && self.refused.is_none()
            && self.lost.is_none()
            && self.past.is_empty()
            && self.alone.is_none()
            && self.checked.is_none()
            && self.clock_off == ClockOff::default()
            && !self.unstored
    }
}

impl<T: Token> Slot<T> {
    pub(super) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.rare().events.push(event);
    }

    pub(super) fn refused(&self) -> Option<&Refused> {
        self.rare.as_ref()?.refused.as_ref()
    }

    /// The number of the last lease.
    pub(super) fn serial(&self) -> u64 {
        let refused = || self.refused().map_or(0, |refused| refused.serial);
        self.held.as_ref().map_or_else(refused, |lease| lease.serial())
    }

    /// How many times the code was replaced, as far as is known.
    pub(super) fn generation(&self) -> u64 {
        let refused = || self.refused().map_or(0, |refused| refused.generation);
        self.held.as_ref().map_or_else(refused, |lease| lease.generation())
    }

    /// A code that is no longer held ends then, whatever a store may say.
    pub(super) fn remember(&mut self, code: Fingerprint, end: Monotonic) {
        let past = &mut self.rare().past;
        if let Some((_, known)) = past.iter_mut().find(|(known, _)| *known == code) {
            *known = end.min(*known);
            return;
        }
        if past.len() >= PAST {
            past.remove(0);
        }
        past.reserve_exact(1);
        past.push((code, end));
    }

    /// A ticket request was sent then, and nobody knows what came of it.
    pub(super) fn lose(&mut self, sent: Now) {
        if self.shared && T::KIND == Kind::JsTicket {
            let lost = &mut self.rare().lost;
            *lost = Some((lost.map_or(sent, |(first, _)| first), sent));
        }
    }

    /// When a stored ticket ends for having been issued before a request that was lost. Without a word
    /// about when it was issued, it counts as one that lives as long as is documented.
    pub(super) fn lost_end(
        &self,
        expires_at: UnixSeconds,
        issued_at: Option<UnixSeconds>,
    ) -> Option<Monotonic> {
        let (first, last) = self.rare.as_ref()?.lost?;
        let issued = issued_at.unwrap_or_else(|| expires_at.minus(Lifetime::DOCUMENTED));
        if issued > last.wall {
            return None;
        }
        // Of those between only the first and the last are known: one may have come just after it.
        let before_last = Duration::from(last.wall.since(issued));
        let soonest = last.monotonic.as_millis().saturating_sub(milliseconds(before_last));
        Some(first.monotonic.max(Monotonic::from_millis(soonest)) + TICKET_GRACE)
    }

    /// When a code that was held before ends by the monotonic clock.
    pub(super) fn known_end(&self, code: Fingerprint) -> Option<Monotonic> {
        let past = &self.rare.as_ref()?.past;
        past.iter().find_map(|(known, end)| (*known == code).then_some(*end))
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
