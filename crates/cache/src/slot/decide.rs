//! Who is served, who works and who waits.

use core::time::Duration;
use std::sync::Arc;

use super::hold::{earlier_by, milliseconds};
use super::{Flight, Plan, Slot, Work};
use crate::broken::{Rule, broken};
use crate::lease::Standing;
use crate::{Event, Lease, Monotonic, Now, Policy, Token};

/// How long before it is no longer trusted a ticket is renewed.
const UNTRUSTED: Duration = Duration::from_secs(30);

impl<T: Token> Slot<T> {
    pub(super) fn decide(&mut self, policy: &Policy, now: Now) -> Plan<T> {
        let attempt = self.attempts;
        if let Some(work) = self.flight.parked() {
            self.flight = Flight::of(work);
            self.tell(Event::TakenOver { attempt });
            return Plan::Lead { attempt, work, takes_over: true };
        }
        if self.flight == Flight::None || broken(Rule::OneFlight) {
            if self.is_due(now) && self.may_start(now) {
                return self.lead(Work::Renew);
            }
            if self.shared && now.monotonic >= self.reread_at {
                return self.lead(Work::Reread);
            }
        } else if broken(Rule::NobodyWaits) {
            return Plan::Wait { attempt };
        }
        match self.serve(policy, now) {
            Some(Ok(lease)) => Plan::Serve(lease),
            Some(Err(error)) => Plan::Refuse(error),
            None => Plan::Wait { attempt },
        }
    }

    fn lead(&mut self, work: Work) -> Plan<T> {
        self.attempts += 1;
        self.flight = Flight::of(work);
        self.told_doubt = false;
        Plan::Lead { attempt: self.attempts, work, takes_over: false }
    }

    /// Once for each renewal that failed, not once for each caller.
    pub(super) fn tell_doubt(&mut self, lease: Arc<Lease<T>>) -> Arc<Lease<T>> {
        if !core::mem::replace(&mut self.told_doubt, true) {
            self.tell(Event::ServedDoubtful { serial: lease.serial() });
        }
        lease
    }

    pub(super) fn standing(&self, now: Now) -> Option<Standing> {
        self.held.as_ref().map(|lease| lease.limits.standing(now))
    }

    pub(super) fn is_due(&self, now: Now) -> bool {
        self.held.as_ref().is_none_or(|lease| {
            now.monotonic >= self.due_at(lease)
                || now.wall >= self.due_by_wall(lease)
                || lease.limits.standing(now) != Standing::Live
        })
    }

    /// When what is held is to be renewed, by the monotonic clock: sooner than planned if it will no
    /// longer be trusted, because nobody confirms it.
    fn due_at(&self, lease: &Lease<T>) -> Monotonic {
        let margin = milliseconds(self.margin);
        let end = lease.limits.end().monotonic;
        if end + margin < self.expiry { self.due.min(earlier_by(end, UNTRUSTED)) } else { self.due }
    }

    /// Another process has its turn to issue. True if what is held lasts until a later look: then that
    /// is planned, and nobody waits.
    pub fn postpone(&mut self, policy: &Policy, now: Now) -> bool {
        let pause = policy.retry().floor;
        let later = pause * 2 + Duration::from_secs(1);
        let later = Now::new(now.wall + later.into(), now.monotonic + later);
        let lasts = self.held.as_ref().is_some_and(|lease| lease.is_live(later));
        if lasts {
            self.start_at = self.start_at.max(now.monotonic + pause);
            self.reread_at = now.monotonic + pause;
        }
        lasts
    }

    /// When the next work may begin, by the monotonic clock.
    pub(super) fn next_work(&self, now: Now) -> Monotonic {
        let renewal = match &self.held {
            Some(lease) if !self.is_due(now) => {
                let by_wall = now.monotonic + self.due_by_wall(lease).since(now.wall).into();
                self.due_at(lease).min(by_wall).max(self.next_start())
            }
            _ => self.next_start(),
        };
        if self.shared { renewal.min(self.reread_at) } else { renewal }
    }

    /// Tells the readers until when nobody needs to ask.
    pub(super) fn hush(&self, now: Now) {
        let Some(lease) = &self.held else { return };
        let limits = &lease.limits;
        match self.flight {
            flight if flight.parked().is_some() => limits.wake(),
            Flight::None => {
                let due = self.due_by_wall(lease);
                let wall = if self.is_due(now) { limits.end().wall } else { due };
                limits.quiet_until(Now::new(wall, self.next_work(now)));
            }
            _ => limits.quiet_until(limits.end()),
        }
    }
}
