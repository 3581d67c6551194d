//! The state of one code: what to do when somebody asks for it. Pure; time and chance are arguments.

mod clocks;
mod decide;
mod find;
mod fleet;
mod hold;
mod pace;
mod rare;
mod reread;
mod settle;
#[cfg(test)]
mod tests;

use core::fmt;
use std::sync::Arc;

pub use find::Finding;

use crate::broken::{Rule, broken};
use crate::lease::Standing;
use crate::{Event, Lease, LeaseError, LeaseErrorKind, Monotonic, Now, Policy, Token};
use clocks::Clocks;
#[cfg(feature = "tokio")]
pub(crate) use clocks::lead;
use rare::{Rare, Refused};

/// One code of one app: the lease that is held, the renewal that runs, and when the next may.
///
/// Nothing here waits or sends. A driver asks [`plan`](Self::plan), does what it is told, and
/// reports what came of it: [`find`](Self::find) for what the store held,
/// [`settle`](Self::settle) for what the issuer said, and [`finish`](Self::finish) at the end. All
/// of these take the time, so that a test can pretend any.
///
/// A program may have a million of these at rest, so one holds little: what the lease knows is left
/// there, and what is rare is in a box that exists while there is something in it.
pub struct Slot<T> {
    held: Option<Arc<Lease<T>>>,
    /// When what is held expires by the monotonic clock, without any margin.
    expiry: Monotonic,
    /// When it is to be renewed.
    due: Monotonic,
    /// How long before its expiry it is no longer handed out, in milliseconds.
    margin: u32,
    worth: Worth,
    flight: Flight,
    /// Whether the observer knows that a doubtful code is served since the last renewal.
    told_doubt: bool,
    shared: bool,
    /// The number of the last renewal; if one runs, its own.
    attempts: u64,
    /// Before this nothing is begun: the floor after a failure, and the budget.
    start_at: Monotonic,
    reread_at: Monotonic,
    clocks: Clocks,
    rare: Option<Box<Rare>>,
}

/// What becomes of the held code beyond this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worth {
    /// It is worth keeping.
    Storable,
    /// It is not to be kept.
    Passing,
    /// A request went out that may have replaced it.
    PerhapsReplaced,
}

/// The renewal that runs. One byte, which it would not be if the work were a field of two variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flight {
    None,
    Renewing,
    Rereading,
    /// It was begun, and nobody goes on with it.
    RenewalLeft,
    RereadLeft,
}

impl Flight {
    const fn of(work: Work) -> Self {
        match work {
            Work::Renew => Self::Renewing,
            Work::Reread => Self::Rereading,
        }
    }

    const fn left(self) -> Self {
        match self {
            Self::Renewing => Self::RenewalLeft,
            Self::Rereading => Self::RereadLeft,
            other => other,
        }
    }

    /// The work that nobody goes on with.
    const fn parked(self) -> Option<Work> {
        match self {
            Self::RenewalLeft => Some(Work::Renew),
            Self::RereadLeft => Some(Work::Reread),
            _ => None,
        }
    }
}

/// What to do for somebody who asks for the code.
#[derive(Debug)]
pub enum Plan<T> {
    /// Give them this.
    Serve(Arc<Lease<T>>),
    /// Do this work, or go on with it, and ask again.
    Lead {
        /// The number of the renewal; it names the work in the calls that report on it.
        attempt: u64,
        /// What there is to do.
        work: Work,
        /// Whether it has been begun, by somebody who went away.
        takes_over: bool,
    },
    /// Wait until this renewal is over, and ask again.
    Wait {
        /// The number of the renewal.
        attempt: u64,
    },
    /// There is none, and it is too early for another attempt.
    Refuse(LeaseError),
}

/// What a renewal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// Look into the store, and issue if that has nothing better.
    Renew,
    /// Only look into the store.
    Reread,
}

impl<T: Token> Slot<T> {
    /// An empty one. `shared` says whether others write into its store, and may replace the code.
    #[must_use]
    pub fn new(shared: bool) -> Self {
        Self {
            held: None,
            expiry: Monotonic::default(),
            due: Monotonic::default(),
            margin: 0,
            worth: Worth::Passing,
            flight: Flight::None,
            told_doubt: false,
            shared,
            attempts: 0,
            start_at: Monotonic::default(),
            reread_at: Monotonic::default(),
            clocks: Clocks::default(),
            rare: None,
        }
    }

    /// What to do for somebody who asks for the code. After [`Plan::Lead`] the work counts as
    /// running until [`finish`](Self::finish) or [`park`](Self::park).
    #[must_use]
    pub fn plan(&mut self, policy: &Policy, now: Now) -> Plan<T> {
        self.look(policy, now);
        let plan = self.decide(policy, now);
        self.hush(now);
        plan
    }

    /// What to do for somebody who asks and does not work, whatever there is to do: none if there is
    /// a renewal to wait for.
    #[must_use]
    pub fn serve(
        &mut self,
        policy: &Policy,
        now: Now,
    ) -> Option<Result<Arc<Lease<T>>, LeaseError>> {
        match (self.standing(now), &self.held) {
            (Some(Standing::Live), Some(lease)) => Some(Ok(Arc::clone(lease))),
            _ if self.flight != Flight::None => None,
            (Some(Standing::Doubtful), Some(lease)) if policy.serve_doubtful() => {
                let lease = Arc::clone(lease);
                Some(Ok(self.tell_doubt(lease)))
            }
            _ => Some(Err(self.refusal(now))),
        }
    }

    /// What came of the renewal of this number, for somebody who waited for it; none if that is to
    /// be asked of [`plan`](Self::plan). Nobody who waited begins another one after a failure.
    #[must_use]
    pub fn outcome(
        &mut self,
        policy: &Policy,
        attempt: u64,
        now: Now,
    ) -> Option<Result<Arc<Lease<T>>, LeaseError>> {
        let error = self.last_error().filter(|error| error.attempt() >= attempt)?;
        if matches!(error.kind(), LeaseErrorKind::Abandoned) {
            return None;
        }
        let error = error.clone();
        match (self.standing(now), self.held.clone()) {
            (Some(Standing::Live), Some(lease)) => Some(Ok(lease)),
            (Some(Standing::Doubtful), Some(lease)) if policy.serve_doubtful() => {
                Some(Ok(self.tell_doubt(lease)))
            }
            _ => Some(Err(error)),
        }
    }

    /// Whether a code is to be issued, as far as is known now.
    #[must_use]
    pub fn wants_issue(&self, now: Now) -> bool {
        self.is_due(now)
    }

    /// The work of this number goes on in somebody else's hands, as soon as there is somebody.
    pub fn park(&mut self, attempt: u64) {
        if !self.is_running(attempt) {
            return;
        }
        if !broken(Rule::TakeOver) {
            self.flight = self.flight.left();
        }
        if let Some(lease) = &self.held {
            lease.limits.wake();
        }
    }

    /// The work of this number is over, whatever came of it.
    pub fn finish(&mut self, attempt: u64, now: Now) {
        if self.is_running(attempt) {
            self.flight = Flight::None;
            self.hush(now);
        }
    }

    /// The platform refused the code of this lease. True if it was the one that is held; it is not
    /// handed out again. A complaint about an older one does nothing.
    pub fn invalidate(&mut self, lease: &Lease<T>, now: Now) -> bool {
        let serial = lease.serial();
        // Another cache of the same app may have numbered a lease alike: one made anew in a registry.
        let is_held = |held: &mut Arc<Lease<T>>| {
            held.serial() == serial && held.token.same_as(&lease.token)
                || broken(Rule::LateComplaint)
        };
        let Some(held) = self.held.take_if(is_held) else {
            self.tell(Event::LateComplaint { serial });
            return false;
        };
        held.limits.shorten(now);
        self.remember(held.fingerprint(), now.monotonic);
        self.rare().refused = Some(Refused {
            code: held.fingerprint(),
            expires_at: held.expires_at(),
            serial: held.serial(),
            generation: held.generation(),
        });
        self.reread_at = now.monotonic;
        let left = held.expires_at().since(now.wall);
        self.tell(Event::Invalidated { serial, left });
        true
    }

    /// What is held, good or not.
    #[must_use]
    pub const fn held(&self) -> Option<&Arc<Lease<T>>> {
        self.held.as_ref()
    }

    /// The error of the last renewal that failed, if none succeeded after it.
    #[must_use]
    pub fn last_error(&self) -> Option<&LeaseError> {
        Some(&self.rare.as_ref()?.trouble.as_ref()?.error)
    }

    /// When there will be something to do; none while a renewal is running.
    #[must_use]
    pub fn next_deadline(&self, now: Now) -> Option<Monotonic> {
        match self.flight {
            Flight::None => Some(self.next_work(now).max(now.monotonic)),
            flight => flight.parked().map(|_| now.monotonic),
        }
    }

    /// Whether nothing is lost if it is forgotten now and begun anew when somebody asks: no renewal
    /// runs, no pause and no budget is to be kept.
    #[must_use]
    pub fn is_at_rest(&self, now: Now) -> bool {
        self.flight == Flight::None && self.may_start(now)
    }

    /// What has happened since this was last asked.
    #[must_use]
    pub fn take_events(&mut self) -> Vec<Event> {
        let Some(rare) = &mut self.rare else { return Vec::new() };
        let events = core::mem::take(&mut rare.events);
        if rare.is_empty() {
            self.rare = None;
        }
        events
    }

    /// Whether this is the renewal that runs.
    #[must_use]
    pub fn is_running(&self, attempt: u64) -> bool {
        self.flight != Flight::None && self.attempts == attempt
    }

    /// The number of the last renewal; if one runs, its own.
    #[must_use]
    pub const fn attempt(&self) -> u64 {
        self.attempts
    }

    /// The renewal that everyone waits for who asks, whatever the time: one runs, and there is no code.
    #[must_use]
    pub fn awaited(&self) -> Option<u64> {
        let runs = self.flight != Flight::None && !self.is_parked() && !broken(Rule::OneFlight);
        (runs && self.held.is_none()).then_some(self.attempts)
    }

    /// Whether a renewal was begun that nobody goes on with.
    #[must_use]
    pub const fn is_parked(&self) -> bool {
        self.flight.parked().is_some()
    }

    fn look(&mut self, policy: &Policy, now: Now) {
        if let Some(seconds) = self.clocks.look(policy, now) {
            self.tell(Event::ClockJumped { seconds });
        }
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("held", &self.held)
            .field("flight", &self.flight)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
