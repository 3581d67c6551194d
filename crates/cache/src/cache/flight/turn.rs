//! The turn to issue: waiting for it, and keeping it while the platform is slow.

use std::time::Duration;

use super::Run;
use crate::broken::{Rule, broken};
use crate::{Issuer, LeaseErrorKind, Monotonic, Now, Operation, Store, Turn};

/// The turn to issue, with the time from before it was asked for.
pub(super) struct Claim {
    pub(super) turn: Turn,
    asked: Now,
}

/// Between two looks whether another process is done.
const POLL: Duration = Duration::from_millis(200);

impl Claim {
    /// After this nothing is sent any more: somebody else may have the turn by the time it arrives.
    pub(super) fn send_before(&self, send_within: Duration) -> Option<Monotonic> {
        if !self.turn.is_held() {
            return None;
        }
        if broken(Rule::LateSend) {
            return Some(Monotonic::from_millis(u64::MAX));
        }
        let third = self.turn.span().map_or(send_within, |span| span / 3);
        Some(self.asked.monotonic + send_within.min(third))
    }
}

impl<I: Issuer, S: Store> Run<I, S> {
    /// Waits for the turn to issue; none if somebody else issued meanwhile.
    pub(super) async fn claim(&mut self) -> Result<Option<Claim>, LeaseErrorKind> {
        let began = self.now();
        loop {
            let asked = self.now();
            let asking = async { self.cell.setting.store.turn(&self.cell.key).await };
            match self.limited(Operation::Turn, asking).await {
                Ok(turn) if !turn.is_taken() => return Ok(Some(Claim { turn, asked })),
                Ok(_) => {}
                Err(error) => {
                    self.go_alone(error)?;
                    return Ok(Some(Claim { turn: Turn::free(), asked }));
                }
            }
            if self.slot(|state, policy, now| state.slot.postpone(policy, now)) {
                // Nobody needs to wait for the other process, neither the caller who leads this.
                return Ok(None);
            }
            let waited = self.now().monotonic.since(began.monotonic);
            if waited >= self.cell.setting.policy.turn_wait() {
                return Err(LeaseErrorKind::Busy);
            }
            let part = 0.5 + self.cell.setting.random();
            self.cell.setting.timer.sleep(POLL.mul_f64(part)).await;
            let _ = self.look().await;
            if !self.wants_issue() {
                return Ok(None);
            }
        }
    }

    /// Keeps the turn while the platform is slow, until it cannot be kept.
    pub(super) async fn keep_turn(&self, turn: &Turn) {
        let Some(span) = turn.span() else { return };
        loop {
            self.cell.setting.timer.sleep(span / 3).await;
            let extending =
                async { self.cell.setting.store.extend_turn(&self.cell.key, turn).await };
            if let Ok(false) = self.limited(Operation::Turn, extending).await {
                return;
            }
        }
    }
}
