//! What becomes of a code that is held from now on, and of the one before it.

use core::time::Duration;
use std::sync::Arc;

use yzb_proto::{Lifetime, UnixSeconds};

use super::{Slot, Worth};
use crate::broken::{Rule, broken};
use crate::lease::{Birth, Limits};
use crate::policy::TICKET_GRACE;
use crate::{Anomaly, Event, Kind, Lease, Monotonic, Now, Policy, Previous, Source, Stored, Token};

/// What is known of a code that will be held.
#[derive(Clone, Copy)]
pub(super) struct New {
    pub(super) expiry: Now,
    pub(super) known_current: Now,
    /// How long it lives in all, if that is known.
    pub(super) lived: Option<Duration>,
    pub(super) storable: bool,
    pub(super) source: Source,
    pub(super) issued_at: Option<UnixSeconds>,
    pub(super) generation: u64,
}

impl<T: Token> Slot<T> {
    /// Hands out this code from now on.
    pub(super) fn hold(
        &mut self,
        policy: &Policy,
        (token, stored_previous): (T, Option<Box<Previous<T>>>),
        new: New,
        now: Now,
        random: f64,
    ) -> Arc<Lease<T>> {
        let margin = margin(policy, new.source, new.lived);
        let serial = self.serial() + 1;
        let had = self.held.is_some();
        let previous = self.replace(&token, new.known_current, now);
        let previous = if had { previous } else { stored_previous };
        if let Some(rare) = &mut self.rare {
            // Its end is remembered; and of what is held again, the lease knows the end.
            rare.refused = None;
            let code = token.fingerprint();
            rare.past.retain(|(known, _)| *known != code);
        }
        let expires_at = new.expiry.wall;
        let birth = Birth::new(new.source, new.issued_at, expires_at);
        let limits = Limits::ending(expires_at, birth, before(new.expiry, margin));
        if self.shared {
            limits.set_known_current(new.known_current.wall);
        }
        limits.raise_generation(new.generation);
        let lease = Arc::new(Lease { token, serial, previous, limits });
        self.held = Some(Arc::clone(&lease));
        self.expiry = new.expiry.monotonic;
        self.due = new.due(policy, random);
        self.margin = u32::try_from(margin.as_millis()).unwrap_or(u32::MAX);
        self.worth = if new.storable { Worth::Storable } else { Worth::Passing };
        self.told_doubt = false;
        self.trust(policy, new.known_current.monotonic);
        lease
    }

    /// Ends a shared ticket where it can no longer be trusted to be the current one.
    pub(super) fn trust(&self, policy: &Policy, known_current: Monotonic) {
        let Some(lease) = &self.held else { return };
        let mut end = self.expiry;
        if self.shared && T::KIND == Kind::JsTicket {
            let trusted = known_current + policy.ticket_trust();
            end = if broken(Rule::TicketTrust) { end } else { end.min(trusted) };
        }
        lease.limits.move_end(earlier_by(end, milliseconds(self.margin)));
    }

    /// When what is held is due by the wall clock: as long before its expiry as by the other.
    pub(super) fn due_by_wall(&self, lease: &Lease<T>) -> UnixSeconds {
        lease.expires_at().minus(whole_seconds(self.expiry.since(self.due)))
    }

    /// Retires what is held, whose successor was asked for at `sent`.
    fn replace(&mut self, token: &T, sent: Now, now: Now) -> Option<Box<Previous<T>>> {
        let old = self.held.take()?;
        // Whoever kept it looks for its successor.
        old.limits.wake();
        if old.token.same_as(token) {
            self.tell(Event::Anomaly(Anomaly::SameCode));
            // A complaint about the new lease is one about this code.
            old.limits.shorten(now);
            return None;
        }
        if T::KIND != Kind::JsTicket {
            self.remember_retired(&old, self.expiry);
            // Nobody says what becomes of a replaced token: whoever kept it is told that it is over.
            old.limits.shorten(now);
            return None;
        }
        let replaced = sent.wall.min(old.limits.known_current());
        let valid_until = old.expires_at().min(replaced + TICKET_GRACE.into());
        old.limits.set_known_current(replaced);
        old.limits.shorten(Now::new(valid_until, sent.monotonic + TICKET_GRACE));
        let grace = sent.monotonic + TICKET_GRACE;
        let end = if broken(Rule::Replaced) { self.expiry } else { self.expiry.min(grace) };
        self.remember_retired(&old, end);
        Some(Box::new(Previous { token: old.token.clone(), valid_until }))
    }

    /// Where nobody else writes, a store gives back nothing that was replaced: generations tell.
    fn remember_retired(&mut self, old: &Lease<T>, end: Monotonic) {
        if self.shared {
            self.remember(old.fingerprint(), end);
        }
    }
}

/// How long before its expiry a code is no longer handed out, if it lives so long in all.
pub(super) fn margin(policy: &Policy, source: Source, lived: Option<Duration>) -> Duration {
    let part = |margin: Duration| lived.map_or(margin, |lived| margin.min(lived / 4));
    match source {
        // The moment in a record is by another's clock.
        Source::Stored if !broken(Rule::Skew) => {
            part(policy.serve_margin()) + part(policy.clock_bound())
        }
        _ => part(policy.serve_margin()),
    }
}

impl New {
    /// When it is to be renewed, by the monotonic clock.
    fn due(&self, policy: &Policy, random: f64) -> Monotonic {
        if !self.storable {
            return self.known_current.monotonic;
        }
        let part = if (0.0..=1.0).contains(&random) { random } else { 0.5 };
        let spread = policy.refresh_spread().mul_add(2.0 * part - 1.0, 1.0);
        let ahead = policy.refresh_ahead().mul_f64(spread);
        let ahead = self.lived.map_or(ahead, |lived| ahead.min(lived / 2));
        earlier_by(self.expiry.monotonic, ahead)
    }
}

/// The lease as a store keeps it, by a clock that is known to be so far ahead: whoever reads it must
/// not serve it for longer than it lives.
pub(super) fn record<T: Token>(lease: &Lease<T>, ahead: Lifetime) -> Stored {
    let previous = lease
        .previous
        .as_deref()
        .map(|previous| Previous::new(previous.token.to_code(), previous.valid_until.minus(ahead)));
    Stored::new(lease.token.to_code(), lease.expires_at().minus(ahead))
        .issued_at(lease.issued_at().map(|moment| moment.minus(ahead)))
        .generation(counted(lease))
        .previous(previous)
}

/// How many times the code was replaced, if its issuer counts. Whoever says when a code was issued
/// does; a foreign one is written again as it was found.
pub(super) fn counted<T>(lease: &Lease<T>) -> u64 {
    lease.issued_at().map_or(0, |_| lease.generation())
}

pub(super) fn before(moment: Now, span: Duration) -> Now {
    // Less than a second only the monotonic clock can tell: by the other one a code that lives for a
    // second would be over when it is issued.
    let by_wall = if span.as_secs() == 0 { Lifetime::from_secs(0) } else { whole_seconds(span) };
    Now::new(moment.wall.minus(by_wall), earlier_by(moment.monotonic, span))
}

pub(super) const fn milliseconds(value: u32) -> Duration {
    Duration::from_millis(value as u64)
}

/// A part of a second counts as a whole one, so that no margin is shorter than was asked for.
fn whole_seconds(span: Duration) -> Lifetime {
    Lifetime::from_secs(span.as_secs() + u64::from(span.subsec_nanos() > 0))
}

pub(super) fn earlier_by(reading: Monotonic, span: Duration) -> Monotonic {
    let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Monotonic::from_millis(reading.as_millis().saturating_sub(span))
}
