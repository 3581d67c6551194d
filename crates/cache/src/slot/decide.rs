//! Who is served, who works and who waits.

use std::sync::Arc;

use super::{Flight, Plan, Slot, Work};
use crate::broken::{Rule, broken};
use crate::lease::Standing;
use crate::{Event, Lease, Monotonic, Now, Policy, Token};

impl<T: Token> Slot<T> {
    pub(super) fn decide(
        &mut self,
        policy: &Policy,
        standing: Option<Standing>,
        now: Now,
    ) -> Plan<T> {
        let live = self.held().filter(|_| standing == Some(Standing::Live)).cloned();
        if let Some(flight) = self.flight.as_mut().filter(|_| !broken(Rule::OneFlight)) {
            let (attempt, work) = (flight.attempt, flight.work);
            if core::mem::take(&mut flight.parked) {
                self.events.push(Event::TakenOver { attempt });
                return Plan::Lead { attempt, work, takes_over: true };
            }
            let live = live.filter(|_| !broken(Rule::NobodyWaits));
            return live.map_or(Plan::Wait { attempt }, Plan::Serve);
        }
        if self.is_due(now) && self.pace.may_start(now) {
            return self.lead(Work::Renew);
        }
        if self.shared && now.monotonic >= self.reread_at {
            return self.lead(Work::Reread);
        }
        if let Some(lease) = live {
            return Plan::Serve(lease);
        }
        match self
            .held()
            .filter(|_| standing == Some(Standing::Doubtful) && policy.serve_doubtful())
        {
            Some(lease) => Plan::Serve(self.tell_doubt(Arc::clone(lease))),
            None => Plan::Refuse(self.pace.refusal(self.attempts, now)),
        }
    }

    fn lead(&mut self, work: Work) -> Plan<T> {
        self.attempts += 1;
        self.flight = Some(Flight { attempt: self.attempts, work, parked: false });
        Plan::Lead { attempt: self.attempts, work, takes_over: false }
    }

    /// Once for each renewal that failed, not once for each caller.
    pub(super) fn tell_doubt(&mut self, lease: Arc<Lease<T>>) -> Arc<Lease<T>> {
        let told = (self.attempts, lease.serial());
        if self.told_doubt != told {
            self.told_doubt = told;
            self.events.push(Event::ServedDoubtful { serial: lease.serial() });
        }
        lease
    }

    pub(super) fn standing(&self, now: Now) -> Option<Standing> {
        self.held.as_ref().map(|held| held.lease.limits.standing(now))
    }

    pub(super) fn is_due(&self, now: Now) -> bool {
        self.held.as_ref().is_none_or(|held| {
            now.wall >= held.due.wall
                || now.monotonic >= held.due.monotonic
                || held.lease.limits.standing(now) != Standing::Live
        })
    }

    /// When the next work may begin, by the monotonic clock.
    pub(super) fn next_work(&self, now: Now) -> Monotonic {
        let renewal = match &self.held {
            Some(held) if !self.is_due(now) => {
                let by_wall = now.monotonic + held.due.wall.since(now.wall).into();
                held.due.monotonic.min(by_wall).max(self.pace.next_start())
            }
            _ => self.pace.next_start(),
        };
        if self.shared { renewal.min(self.reread_at) } else { renewal }
    }

    /// Tells the readers until when nobody needs to ask.
    pub(super) fn hush(&self, now: Now) {
        let Some(held) = &self.held else { return };
        let limits = &held.lease.limits;
        match &self.flight {
            Some(flight) if flight.parked => limits.wake(),
            Some(_) => limits.quiet_until(limits.end()),
            None => {
                let wall = if self.is_due(now) { limits.end().wall } else { held.due.wall };
                limits.quiet_until(Now::new(wall, self.next_work(now)));
            }
        }
    }
}
