//! The state of one code: what to do when somebody asks for it. Pure; time and chance are arguments.

mod clocks;
mod decide;
mod find;
mod pace;
mod settle;
#[cfg(test)]
mod tests;

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use yzb_proto::{Fingerprint, UnixSeconds};

pub use find::Finding;

use crate::broken::{Rule, broken};
use crate::lease::Standing;
use crate::{Event, Lease, LeaseError, LeaseErrorKind, Monotonic, Now, Policy, Token};
use clocks::Clocks;
use pace::Pace;

/// One code of one app: the lease that is held, the renewal that runs, and when the next may.
///
/// Nothing here waits or sends. A driver asks [`plan`](Self::plan), does what it is told, and
/// reports what came of it: [`find`](Self::find) for what the store held,
/// [`settle`](Self::settle) for what the issuer said, and [`finish`](Self::finish) at the end. All
/// of these take the time, so that a test can pretend any.
pub struct Slot<T> {
    held: Option<Held<T>>,
    rejected: Option<Rejected<T>>,
    flight: Option<Flight>,
    pace: Pace,
    clocks: Clocks,
    reread_at: Monotonic,
    serial: u64,
    attempts: u64,
    generation: u64,
    /// For which renewal and lease the observer knows that a doubtful code is served.
    told_doubt: (u64, u64),
    shared: bool,
    /// When the last codes that were held end by the monotonic clock, for when a store gives one
    /// back after the wall clock was set back.
    known: Vec<(Fingerprint, Monotonic)>,
    events: Vec<Event>,
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

struct Held<T> {
    lease: Arc<Lease<T>>,
    /// When it expires, without any margin.
    expiry: Now,
    /// When it is to be renewed.
    due: Now,
    margin: Duration,
    /// The last moment at which it was known to be current.
    known_current: Monotonic,
    /// A request went out that may have replaced it.
    perhaps_replaced: bool,
    /// Whether it is worth keeping beyond this process.
    storable: bool,
}

struct Rejected<T> {
    token: T,
    expires_at: UnixSeconds,
}

struct Flight {
    attempt: u64,
    work: Work,
    parked: bool,
}

impl<T: Token> Slot<T> {
    /// An empty one. `shared` says whether others write into its store, and may replace the code.
    #[must_use]
    pub fn new(shared: bool) -> Self {
        Self {
            held: None,
            rejected: None,
            flight: None,
            pace: Pace::default(),
            clocks: Clocks::default(),
            reread_at: Monotonic::default(),
            serial: 0,
            attempts: 0,
            generation: 0,
            told_doubt: (0, 0),
            shared,
            known: Vec::new(),
            events: Vec::new(),
        }
    }

    /// What to do for somebody who asks for the code. After [`Plan::Lead`] the work counts as
    /// running until [`finish`](Self::finish) or [`park`](Self::park).
    #[must_use]
    pub fn plan(&mut self, policy: &Policy, now: Now) -> Plan<T> {
        self.clocks.look(policy, now, &mut self.events);
        let standing = self.standing(now);
        let plan = self.decide(policy, standing, now);
        self.hush(now);
        plan
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
        match (self.standing(now), self.held.as_ref().map(|held| Arc::clone(&held.lease))) {
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
        if let Some(flight) = self.flight.as_mut().filter(|flight| flight.attempt == attempt) {
            flight.parked = !broken(Rule::TakeOver);
            if let Some(held) = &self.held {
                held.lease.limits.wake();
            }
        }
    }

    /// The work of this number is over, whatever came of it.
    pub fn finish(&mut self, attempt: u64, now: Now) {
        if self.is_running(attempt) {
            self.flight = None;
            self.hush(now);
        }
    }

    /// The platform refused the code of this lease. True if it was the one that is held; it is not
    /// handed out again. A complaint about an older one does nothing.
    pub fn invalidate(&mut self, lease: &Lease<T>, now: Now) -> bool {
        let serial = lease.serial();
        let Some(held) =
            self.held.take_if(|held| held.lease.serial() == serial || broken(Rule::LateComplaint))
        else {
            self.events.push(Event::LateComplaint { serial });
            return false;
        };
        held.lease.limits.shorten(now);
        self.rejected =
            Some(Rejected { token: lease.token().clone(), expires_at: lease.expires_at() });
        self.reread_at = now.monotonic;
        let left = lease.expires_at().since(now.wall);
        self.events.push(Event::Invalidated { serial, left });
        true
    }

    /// What is held, good or not.
    #[must_use]
    pub fn held(&self) -> Option<&Arc<Lease<T>>> {
        self.held.as_ref().map(|held| &held.lease)
    }

    /// The error of the last renewal that failed, if none succeeded after it.
    #[must_use]
    pub const fn last_error(&self) -> Option<&LeaseError> {
        self.pace.last_error()
    }

    /// When there will be something to do; none while a renewal is running.
    #[must_use]
    pub fn next_deadline(&self, now: Now) -> Option<Monotonic> {
        match &self.flight {
            Some(flight) => flight.parked.then_some(now.monotonic),
            None => Some(self.next_work(now).max(now.monotonic)),
        }
    }

    /// What has happened since this was last asked.
    #[must_use]
    pub fn take_events(&mut self) -> Vec<Event> {
        core::mem::take(&mut self.events)
    }

    /// Whether this is the renewal that runs.
    #[must_use]
    pub fn is_running(&self, attempt: u64) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.attempt == attempt)
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("held", &self.held.as_ref().map(|held| &held.lease))
            .field("running", &self.flight.as_ref().map(|flight| flight.attempt))
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}
