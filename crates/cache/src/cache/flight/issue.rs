//! Asking the platform.

use std::pin::pin;
use std::task::Poll;

use super::Run;
use super::turn::Claim;
use crate::broken::Locked;
use crate::{Attempt, Issuer, LeaseErrorKind, Store, Stored};

impl<I: Issuer, S: Store> Run<I, S> {
    /// Asks the platform. What is to be stored, if there is anything.
    pub(super) async fn issue(&self, claim: &Claim<I, S>) -> Option<Stored> {
        let send_before = claim.send_before(self.cell.setting.policy.send_within());
        let sent = self.now();
        if send_before.is_some_and(|limit| sent.monotonic >= limit.min(self.send_before())) {
            self.fail(LeaseErrorKind::TooLateToSend);
            return None;
        }
        self.mark(|stage| stage.sent = Some(sent));
        self.slot(|state, _, _| state.slot.sent(self.attempt, sent));
        let attempt = Attempt { number: self.attempt, send_before };
        let outcome = {
            let _nothing = Locked::new();
            let issuing = self.cell.issuer.issue(&attempt);
            beside(issuing, self.keep_turn(claim)).await.map_err(LeaseErrorKind::Issue)
        };
        let random = self.cell.setting.random();
        let record = self.slot(|state, policy, now| {
            state.slot.settle(policy, self.attempt, (sent, now), outcome, random)
        });
        let unstored = record.is_some();
        self.mark(|stage| (stage.settled, stage.unstored) = (true, unstored));
        record
    }
}

/// What `work` comes to, with something going on beside it for as long.
async fn beside<T>(work: impl Future<Output = T>, other: impl Future<Output = ()>) -> T {
    let (mut work, mut other) = (pin!(work), pin!(other));
    let mut goes_on = true;
    std::future::poll_fn(|cx| {
        if let Poll::Ready(done) = work.as_mut().poll(cx) {
            return Poll::Ready(done);
        }
        goes_on = goes_on && other.as_mut().poll(cx).is_pending();
        Poll::Pending
    })
    .await
}
