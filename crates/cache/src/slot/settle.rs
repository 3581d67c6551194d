//! What the issuer said.

use core::time::Duration;
use std::sync::Arc;

use yzb_proto::{Fingerprint, Lifetime, UnixSeconds};

use super::{Held, Slot};
use crate::broken::{Rule, broken};
use crate::lease::Limits;
use crate::policy::TICKET_GRACE;
use crate::{
    Anomaly, Event, Issued, Kind, Lease, LeaseErrorKind, Monotonic, Now, Policy, Previous, Source,
    Stored, Token,
};

impl<T: Token> Slot<T> {
    /// The outcome of the renewal of this number: `sent` is from before the request was sent, `now`
    /// from after the answer, `random` from 0 to 1. Returns what is to be stored.
    ///
    /// A failure never takes away what is held. The answer to anything but the renewal that runs is
    /// ignored.
    pub fn settle(
        &mut self,
        policy: &Policy,
        attempt: u64,
        (sent, now): (Now, Now),
        outcome: Result<Issued<T>, LeaseErrorKind>,
        random: f64,
    ) -> Option<Stored> {
        if !self.is_running(attempt) {
            return None;
        }
        let stored = match outcome {
            Ok(issued) => self.settle_issued(policy, attempt, (sent, now), issued, random),
            Err(kind) => {
                self.settle_failed(policy, attempt, (sent, now), kind, random);
                None
            }
        };
        self.hush(now);
        stored
    }

    fn settle_issued(
        &mut self,
        policy: &Policy,
        attempt: u64,
        (sent, now): (Now, Now),
        issued: Issued<T>,
        random: f64,
    ) -> Option<Stored> {
        let (trust, storable) = self.believed(policy, issued.lifetime);
        let new = New {
            expiry: Now::new(sent.wall + trust.into(), sent.monotonic + trust),
            known_current: sent,
            lived: Some(trust),
            storable,
            source: Source::Issued,
            issued_at: Some(sent.wall),
            generation: self.generation.saturating_add(1),
        };
        let margin = policy.serve_margin().min(trust / 4);
        if now.monotonic + margin >= new.expiry.monotonic {
            self.settle_failed(
                policy,
                attempt,
                (sent, now),
                LeaseErrorKind::ExpiredOnArrival,
                random,
            );
            return None;
        }
        self.pace.recover();
        self.pace.draw(policy, sent);
        let lease = self.hold(policy, issued.token, new, now, random);
        self.plan_reread(policy, sent, random);
        self.events.push(Event::Issued {
            serial: lease.serial,
            code: lease.fingerprint(),
            expires_at: lease.expires_at,
        });
        storable.then(|| record(&lease))
    }

    fn settle_failed(
        &mut self,
        policy: &Policy,
        attempt: u64,
        (sent, now): (Now, Now),
        kind: LeaseErrorKind,
        random: f64,
    ) {
        if kind.may_have_issued() {
            self.pace.draw(policy, sent);
            self.perhaps_replaced(sent, now);
        }
        if broken(Rule::Displace) {
            self.held = None;
        }
        let error = self.pace.fail(policy, attempt, kind, now, random);
        let held = self.held.as_ref().is_some_and(|held| held.lease.is_live(now));
        self.events.push(Event::Failed { error, held });
    }

    /// A ticket that may have been replaced lives at most ten minutes more.
    fn perhaps_replaced(&mut self, sent: Now, now: Now) {
        let Some(held) = self.held.as_mut().filter(|_| T::KIND == Kind::JsTicket) else { return };
        let grace = Now::new(sent.wall + TICKET_GRACE.into(), sent.monotonic + TICKET_GRACE);
        held.expiry = earlier(held.expiry, grace);
        held.due = earlier(held.due, now);
        if !held.perhaps_replaced {
            held.perhaps_replaced = true;
            held.lease.limits.set_known_current(sent.wall.min(held.lease.limits.known_current()));
        }
        held.lease.limits.shorten(before(held.expiry, held.margin));
        self.events.push(Event::PerhapsReplaced { until: held.expiry.wall });
    }

    /// How long a code is trusted, and whether it is worth storing.
    fn believed(&mut self, policy: &Policy, said: Lifetime) -> (Duration, bool) {
        let said = Duration::from(said);
        if said.is_zero() {
            self.events.push(Event::Anomaly(Anomaly::NoLifetime));
            return (policy.unknown_lifetime(), false);
        }
        if said > policy.longest_lifetime() {
            self.events.push(Event::Anomaly(Anomaly::LongLifetime { said }));
        }
        (said.min(policy.longest_lifetime()), true)
    }

    /// Hands out this code from now on.
    pub(super) fn hold(
        &mut self,
        policy: &Policy,
        token: T,
        new: New,
        now: Now,
        random: f64,
    ) -> Arc<Lease<T>> {
        let margin =
            new.lived.map_or(policy.serve_margin(), |lived| policy.serve_margin().min(lived / 4));
        let due = new.due(policy, random);
        let previous = self.replace(&token, new.known_current, now);
        self.serial += 1;
        self.generation = new.generation;
        self.remember(token.fingerprint(), new.expiry.monotonic);
        let limits = Limits::ending(before(new.expiry, margin));
        if self.shared {
            limits.set_known_current(new.known_current.wall);
        }
        let lease = Arc::new(Lease {
            token,
            serial: self.serial,
            generation: new.generation,
            expires_at: new.expiry.wall,
            issued_at: new.issued_at,
            source: new.source,
            previous,
            limits,
        });
        self.held = Some(Held {
            lease: Arc::clone(&lease),
            expiry: new.expiry,
            due,
            margin,
            known_current: new.known_current.monotonic,
            perhaps_replaced: false,
            storable: new.storable,
        });
        self.trust(policy);
        lease
    }

    fn remember(&mut self, code: Fingerprint, end: Monotonic) {
        if self.known_end(code).is_some() {
            return;
        }
        if self.known.len() >= KNOWN {
            self.known.remove(0);
        }
        self.known.push((code, end));
    }

    /// When a code that was held before ends by the monotonic clock.
    pub(super) fn known_end(&self, code: Fingerprint) -> Option<Monotonic> {
        self.known.iter().find_map(|(known, end)| (*known == code).then_some(*end))
    }

    /// Ends a shared ticket where it can no longer be trusted to be the current one.
    pub(super) fn trust(&self, policy: &Policy) {
        let Some(held) = &self.held else { return };
        let mut end = held.expiry.monotonic;
        if self.shared && T::KIND == Kind::JsTicket {
            end = end.min(held.known_current + policy.ticket_trust());
        }
        held.lease.limits.move_end(earlier_by(end, held.margin));
    }

    /// Retires what is held, whose successor was asked for at `sent`.
    fn replace(&mut self, token: &T, sent: Now, now: Now) -> Option<Previous<T>> {
        let old = self.held.take()?.lease;
        if old.token.same_as(token) {
            self.events.push(Event::Anomaly(Anomaly::SameCode));
            return None;
        }
        if T::KIND != Kind::JsTicket {
            // Nobody says what becomes of a replaced token: whoever kept it is told that it is over.
            old.limits.shorten(now);
            return None;
        }
        let replaced = sent.wall.min(old.limits.known_current());
        let valid_until = old.expires_at.min(replaced + TICKET_GRACE.into());
        old.limits.set_known_current(replaced);
        old.limits.shorten(Now::new(valid_until, sent.monotonic + TICKET_GRACE));
        Some(Previous { token: old.token.clone(), valid_until })
    }
}

/// How many codes' ends are remembered.
const KNOWN: usize = 4;

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

impl New {
    fn due(&self, policy: &Policy, random: f64) -> Now {
        if !self.storable {
            return self.known_current;
        }
        let part = if (0.0..=1.0).contains(&random) { random } else { 0.5 };
        let spread = policy.refresh_spread().mul_add(2.0 * part - 1.0, 1.0);
        let ahead = policy.refresh_ahead().mul_f64(spread);
        before(self.expiry, self.lived.map_or(ahead, |lived| ahead.min(lived / 2)))
    }
}

/// The lease as a store keeps it.
pub(super) fn record<T: Token>(lease: &Lease<T>) -> Stored {
    Stored::new(lease.token.to_code(), lease.expires_at)
        .issued_at(lease.issued_at)
        .generation(lease.generation)
}

fn before(moment: Now, span: Duration) -> Now {
    // A part of a second counts as a whole one, so that no margin is shorter than was asked for.
    let seconds = Lifetime::from_secs(span.as_secs() + u64::from(span.subsec_nanos() > 0));
    Now::new(moment.wall.minus(seconds), earlier_by(moment.monotonic, span))
}

fn earlier_by(reading: Monotonic, span: Duration) -> Monotonic {
    let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Monotonic::from_millis(reading.as_millis().saturating_sub(span))
}

fn earlier(a: Now, b: Now) -> Now {
    Now::new(a.wall.min(b.wall), a.monotonic.min(b.monotonic))
}
