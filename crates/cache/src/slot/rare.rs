//! What a slot at rest does not have.

use yzb_proto::{Fingerprint, UnixSeconds};

use super::Slot;
use super::fleet::ClockOff;
use crate::{Event, LeaseError, Monotonic, Token};

/// What is there only for a while.
#[derive(Debug, Default)]
pub(super) struct Rare {
    /// What the observer was not told yet.
    pub(super) events: Vec<Event>,
    pub(super) trouble: Option<Trouble>,
    pub(super) refused: Option<Refused>,
    /// When the last codes that were held end by the monotonic clock, for when a store gives one
    /// back after the wall clock was set back.
    pub(super) past: Vec<(Fingerprint, Monotonic)>,
    /// When a request was last sent without the store, and by which renewal.
    pub(super) alone: Option<(Monotonic, u64)>,
    /// When the platform was last asked about the ticket that is held.
    pub(super) checked_at: Option<Monotonic>,
    pub(super) clock_off: ClockOff,
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
    pub(super) at: Monotonic,
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
            && self.past.is_empty()
            && self.alone.is_none()
            && self.checked_at.is_none()
            && self.clock_off == ClockOff::default()
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

    /// When a code that was held before ends by the monotonic clock.
    pub(super) fn known_end(&self, code: Fingerprint) -> Option<Monotonic> {
        let past = &self.rare.as_ref()?.past;
        past.iter().find_map(|(known, end)| (*known == code).then_some(*end))
    }
}
