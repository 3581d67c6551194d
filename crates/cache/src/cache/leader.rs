//! Whoever leads a renewal, and what becomes of it when they go away.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use super::core::Core;
use super::flight::{Flight, Workshop};
use crate::{Issuer, LeaseErrorKind, Store, Work};

/// Does the work of this number, or goes on with it, to its end.
pub(super) async fn lead<I: Issuer + 'static, S: Store + 'static>(
    core: &Arc<Core<I::Token>>,
    workshop: &Workshop<I, S>,
    attempt: u64,
    work: Work,
) {
    let flight = Some(workshop.flight(core, attempt, work));
    let mut leader = Leader { core, workshop, attempt, flight };
    poll_fn(|cx| leader.poll(cx)).await;
}

/// Holds the work while it leads. Dropped before the end, it leaves the work to others.
struct Leader<'a, I: Issuer, S> {
    core: &'a Core<I::Token>,
    workshop: &'a Workshop<I, S>,
    attempt: u64,
    flight: Option<Flight>,
}

impl<I: Issuer, S> Leader<'_, I, S> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(flight) = &mut self.flight else { return Poll::Ready(()) };
        let polled = catch_unwind(AssertUnwindSafe(|| flight.future.as_mut().poll(cx)));
        match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(())) => self.end(None),
            Err(_) => self.end(Some(LeaseErrorKind::Panicked)),
        }
        Poll::Ready(())
    }

    /// The work is over, or given up for this reason.
    fn end(&mut self, given_up: Option<LeaseErrorKind>) {
        let Some(flight) = self.flight.take() else { return };
        let stage = flight.stage();
        // Dropped before anybody may begin anew; it is somebody else's code, and may panic.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(flight)));
        let random = (self.core.random)();
        self.core.with(|slot, now| {
            if let Some(kind) = given_up.filter(|_| !stage.settled) {
                let sent = stage.sent.unwrap_or(now);
                slot.settle(&self.core.policy, self.attempt, (sent, now), Err(kind), random);
            }
            slot.finish(self.attempt, now);
        });
        self.core.wake.notify_waiters();
        self.core.kick.notify_one();
    }
}

impl<I: Issuer, S> Drop for Leader<'_, I, S> {
    fn drop(&mut self) {
        let Some(flight) = &self.flight else { return };
        let stage = flight.stage();
        // This one is still counted.
        let alone = self.core.waiters.load(Ordering::Acquire) <= 1 && !self.core.is_kept();
        if stage.settled || (stage.has_turn && alone) {
            // Other processes must not wait for work that nobody does. What was not stored is
            // stored after the next look.
            return self.end(stage.sent.is_some().then_some(LeaseErrorKind::Abandoned));
        }
        if let Some(flight) = self.flight.take() {
            self.workshop.park(flight);
            self.core.with(|slot, _| slot.park(self.attempt));
            self.core.wake.notify_one();
            self.core.kick.notify_one();
        }
    }
}
