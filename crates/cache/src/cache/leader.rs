//! Whoever leads a renewal, and what becomes of it when they go away.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::cell::Cell;
use super::flight::Flight;
use crate::{Issuer, LeaseErrorKind};

/// Holds the work while it leads. Dropped before the end, it leaves the work to others.
pub(super) struct Leader<'a, I: Issuer, S> {
    cell: &'a Arc<Cell<I, S>>,
    attempt: u64,
    flight: Option<Flight>,
    /// When the work is given up. A timer of whoever leads: one of somebody who left may be dead.
    limit: Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>,
}

/// What work has at least that is taken over: it may be about to end.
const SHORTEST: Duration = Duration::from_secs(5);

impl<'a, I: Issuer, S> Leader<'a, I, S> {
    pub(super) const fn new(cell: &'a Arc<Cell<I, S>>, attempt: u64, flight: Flight) -> Self {
        Self { cell, attempt, flight: Some(flight), limit: None }
    }

    pub(super) const fn attempt(&self) -> u64 {
        self.attempt
    }

    /// Does the work, or goes on with it, to its end.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(flight) = &mut self.flight else { return Poll::Ready(()) };
        let given_up = match catch_unwind(AssertUnwindSafe(|| flight.future.as_mut().poll(cx))) {
            Ok(Poll::Ready(())) => None,
            Err(_) => Some(LeaseErrorKind::Panicked),
            Ok(Poll::Pending) if self.is_over(cx) => Some(LeaseErrorKind::Hung),
            Ok(Poll::Pending) => return Poll::Pending,
        };
        if let Some(flight) = self.flight.take() {
            self.cell.end(self.attempt, flight, given_up);
        }
        Poll::Ready(())
    }

    /// Whether it took too long.
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        let setting = &self.cell.setting;
        let begun = self.flight.as_ref().map(|flight| flight.begun).unwrap_or_default();
        let limit = self.limit.get_or_insert_with(|| {
            let end = begun + setting.policy.renewal_limit();
            setting.timer.sleep(end.since(setting.careful_now().monotonic).max(SHORTEST))
        });
        // A timer that panics for want of its runtime limits nothing.
        let polled = catch_unwind(AssertUnwindSafe(|| limit.as_mut().poll(cx)));
        match polled {
            Ok(polled) => polled.is_ready(),
            Err(_) => {
                *limit = Box::pin(std::future::pending());
                false
            }
        }
    }
}

impl<I: Issuer, S> Drop for Leader<'_, I, S> {
    fn drop(&mut self) {
        let Some(flight) = self.flight.take() else { return };
        if flight.stage().settled {
            // What was not stored is stored after the next look.
            self.cell.end(self.attempt, flight, None);
        } else {
            self.cell.park(self.attempt, flight);
        }
    }
}
