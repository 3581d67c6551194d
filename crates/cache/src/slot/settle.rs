//! What the issuer said.

use core::time::Duration;

use yzb_proto::{Lifetime, UnixSeconds};

use super::clocks::lead;
use super::hold::{New, before, milliseconds, record};
use super::{Slot, Worth};
use crate::broken::{Rule, broken};
use crate::policy::TICKET_GRACE;
use crate::{
    Anomaly, Event, Issued, Kind, LeaseErrorKind, Now, Policy, Source, Stored, Token, Witness,
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
        self.look(policy, now);
        let sent = Now::new(wall_of(policy, sent, now), sent.monotonic);
        let stored = match outcome {
            Ok(issued) => self.settle_issued(policy, (sent, now), issued, random),
            Err(kind) => {
                self.settle_failed(policy, (sent, now), kind, random);
                None
            }
        };
        self.hush(now);
        stored
    }

    /// The request of this renewal is about to be sent. While there is no answer, a ticket that is held
    /// may have been replaced by it.
    pub fn sent(&mut self, attempt: u64, now: Now) {
        let Some(lease) = self.held.as_ref().filter(|_| T::KIND == Kind::JsTicket) else { return };
        if self.is_running(attempt) {
            let grace = Now::new(now.wall, now.monotonic + TICKET_GRACE);
            let grace = before(grace, milliseconds(self.margin)).monotonic;
            lease.limits.move_end(grace.min(lease.limits.end().monotonic));
            self.hush(now);
        }
    }

    fn settle_issued(
        &mut self,
        policy: &Policy,
        (sent, now): (Now, Now),
        issued: Issued<T>,
        random: f64,
    ) -> Option<Stored> {
        if let Some(date) = issued.date {
            self.witness(policy, (sent, now), date, Witness::Platform);
        }
        let (trust, storable) = self.believed(policy, issued.lifetime);
        let new = New {
            expiry: Now::new(sent.wall + trust.into(), sent.monotonic + trust),
            known_current: sent,
            lived: Some(trust),
            storable,
            source: Source::Issued,
            issued_at: Some(sent.wall),
            // Nobody can count whom nobody sees: others may have got as far meanwhile.
            generation: self.generation().saturating_add(u64::from(!self.is_alone())).max(1),
        };
        let margin = policy.serve_margin().min(trust / 4);
        let useless = if now.monotonic + margin >= new.expiry.monotonic {
            Some(LeaseErrorKind::ExpiredOnArrival)
        } else if self.was_refused_meanwhile(&issued.token, (sent, now)) {
            Some(LeaseErrorKind::RefusedMeanwhile)
        } else {
            None
        };
        if let Some(kind) = useless {
            self.settle_failed(policy, (sent, now), kind, random);
            return None;
        }
        self.recover();
        if storable && self.is_what_is_held(&issued.token, new.expiry) {
            // Nothing was issued. Were the budget drawn from, or the whole floor kept in the code's last
            // second, callers would go without one when it is over.
            let pause = policy.retry().floor.min(trust / 2);
            self.start_at = self.start_at.max(now.monotonic + pause);
        } else {
            self.draw(policy, sent);
        }
        let lease = self.hold(policy, (issued.token, None), new, now, random);
        if let Some(rare) = &mut self.rare {
            rare.lost = None;
        }
        if self.watches(policy) {
            self.rare().checked = Some((sent.monotonic, lease.serial()));
        }
        self.plan_reread(policy, sent, random);
        self.tell(Event::Issued {
            serial: lease.serial,
            code: lease.fingerprint(),
            expires_at: lease.expires_at(),
        });
        storable.then(|| record(&lease, self.ahead()))
    }

    /// Whether the platform said again what it had said: the code that is held, and its end. (Spans
    /// are told in whole seconds.)
    fn is_what_is_held(&self, token: &T, expiry: Now) -> bool {
        self.held.as_ref().is_some_and(|held| {
            held.token().same_as(token) && expiry.wall <= held.expires_at() + Lifetime::from_secs(1)
        })
    }

    fn settle_failed(
        &mut self,
        policy: &Policy,
        (sent, now): (Now, Now),
        kind: LeaseErrorKind,
        random: f64,
    ) {
        if kind.may_have_issued() {
            self.draw(policy, sent);
            self.perhaps_replaced(sent, now);
            self.lose(sent);
        } else if !self.shared && self.worth != Worth::PerhapsReplaced {
            // It was not replaced. Where others may have, the next look into the store tells.
            self.trust(policy, now.monotonic);
        }
        if broken(Rule::Displace) {
            self.held = None;
        }
        let error = self.fail(policy, kind, now, random);
        let held = self.held.as_ref().is_some_and(|lease| lease.is_live(now));
        self.tell(Event::Failed { error, held });
    }

    /// Whether the request is older than the complaint about this very code, which ended it then.
    fn was_refused_meanwhile(&self, token: &T, (sent, now): (Now, Now)) -> bool {
        let ended = self.known_end(token.fingerprint());
        let meanwhile = sent.monotonic..=now.monotonic;
        ended.is_some_and(|end| meanwhile.contains(&end)) && !broken(Rule::Refused)
    }

    /// A ticket that may have been replaced lives at most ten minutes more.
    fn perhaps_replaced(&mut self, sent: Now, now: Now) {
        let Some(lease) = self.held.as_ref().filter(|_| T::KIND == Kind::JsTicket) else { return };
        let (limits, margin) = (&lease.limits, milliseconds(self.margin));
        let grace = Now::new(sent.wall + TICKET_GRACE.into(), sent.monotonic + TICKET_GRACE);
        if self.worth != Worth::PerhapsReplaced {
            self.worth = Worth::PerhapsReplaced;
            limits.set_known_current(sent.wall.min(limits.known_current()));
        }
        limits.shorten(before(grace, margin));
        self.expiry = self.expiry.min(grace.monotonic);
        self.due = self.due.min(now.monotonic);
        let until = limits.known_current() + Lifetime::TICKET_GRACE;
        let event = Event::PerhapsReplaced { until: until.min(lease.expires_at()) };
        self.tell(event);
    }

    /// How long a code is trusted, and whether it is worth storing.
    fn believed(&mut self, policy: &Policy, said: Lifetime) -> (Duration, bool) {
        let said = Duration::from(said);
        if said.is_zero() {
            self.tell(Event::Anomaly(Anomaly::NoLifetime));
            return (policy.unknown_lifetime(), false);
        }
        if said > policy.longest_lifetime() {
            self.tell(Event::Anomaly(Anomaly::LongLifetime { said }));
        }
        (said.min(policy.longest_lifetime()), true)
    }
}

/// When the request was sent, by the wall clock that is believed now: if it jumped meanwhile, what
/// counts is the monotonic clock back from here.
pub(super) fn wall_of(policy: &Policy, sent: Now, now: Now) -> UnixSeconds {
    let jumped = lead(now).abs_diff(lead(sent)) > policy.clock_tolerance().as_secs();
    let taken = now.monotonic.since(sent.monotonic).into();
    if jumped { now.wall.minus(taken) } else { sent.wall }
}
