//! The turn to issue: waiting for it, and keeping it while the platform is slow.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::super::cell::Cell;
use super::{Run, Stage, is_late};
use crate::broken::{Rule, broken};
use crate::sync::{Mutex, lock};
use crate::{Issuer, LeaseErrorKind, Monotonic, Now, Operation, Store, StoreError, Turn};

/// The turn to issue, with the time from before it was asked for.
pub(super) struct Claim<I: Issuer, S: Store> {
    /// There until it is handed back.
    turn: Option<Turn>,
    asked: Now,
    /// It goes on without the store, which may be back after a pause.
    is_alone: bool,
    /// The work has it; with another hold on it here, nobody could tell that only the work has it.
    cell: Weak<Cell<I, S>>,
    stage: Arc<Mutex<Stage>>,
}

/// Between two looks whether another process is done: the first time, as long as a quick platform
/// takes, then twice as long each time.
const FIRST_POLL: Duration = Duration::from_millis(25);
const LONGEST_POLL: Duration = Duration::from_millis(200);

impl<I: Issuer, S: Store> Claim<I, S> {
    pub(super) fn has_end(&self) -> bool {
        self.turn.as_ref().is_some_and(|turn| turn.span().is_some())
    }

    pub(super) fn is_held(&self) -> bool {
        self.turn.as_ref().is_some_and(Turn::is_held)
    }

    /// After this nothing is sent any more: somebody else may have the turn by the time it arrives, or the
    /// store may be back.
    pub(super) fn send_before(&self, send_within: Duration) -> Option<Monotonic> {
        let turn = self.turn.as_ref()?;
        if !turn.is_held() && !self.is_alone {
            return None;
        }
        if broken(Rule::LateSend) {
            return Some(Monotonic::from_millis(u64::MAX));
        }
        let third = turn.span().map_or(send_within, |span| span / 3);
        Some(self.asked.monotonic + send_within.min(third))
    }

    /// Whether no other process can have had the turn since it was asked for. One without an end lasts
    /// three times as long as may be sent in it.
    pub(super) fn is_still_ours(&self, now: Now, send_within: Duration) -> bool {
        let span = |turn: &Turn| turn.span().unwrap_or(send_within * 3);
        let taken = now.monotonic.since(self.asked.monotonic);
        self.turn.as_ref().is_some_and(|turn| turn.is_held() && taken < span(turn))
    }

    pub(super) fn take(&mut self) -> Option<Turn> {
        self.turn.take()
    }
}

impl<I: Issuer, S: Store> Drop for Claim<I, S> {
    /// The work was given up, or its code could not be stored: the turn is left to end by itself.
    fn drop(&mut self) {
        let Some(turn) = self.turn.take() else { return };
        let stage = *lock(&self.stage);
        if stage.sent.is_some() && !stage.settled || stage.unstored && turn.span().is_some() {
            if let Some(cell) = self.cell.upgrade() {
                cell.setting.store.abandon_turn(turn);
            }
        }
    }
}

impl<I: Issuer, S: Store> Run<I, S> {
    /// Waits for the turn to issue; none if somebody else issued meanwhile.
    pub(super) async fn claim(&mut self) -> Result<Option<Claim<I, S>>, LeaseErrorKind> {
        let began = self.now();
        let mut pause = FIRST_POLL;
        loop {
            let (mut asked, mut answer) = self.ask_for_turn().await;
            if is_late(&answer) {
                (asked, answer) = self.ask_for_turn().await;
            }
            match answer {
                Ok(turn) if !turn.is_taken() => return Ok(Some(self.claimed(turn, asked, false))),
                Ok(_) => {}
                Err(error) => {
                    self.go_alone(error)?;
                    let is_alone = self.cell.setting.shared;
                    return Ok(Some(self.claimed(Turn::free(), asked, is_alone)));
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
            self.cell.setting.timer.sleep(pause.mul_f64(part)).await;
            pause = (pause * 2).min(LONGEST_POLL);
            let _ = self.look().await;
            if !self.wants_issue() {
                return Ok(None);
            }
        }
    }

    /// Asks for the turn once; since when it is had then, and the answer.
    async fn ask_for_turn(&self) -> (Now, Result<Turn, StoreError>) {
        let asked = self.now();
        let asking = async { self.cell.setting.store.turn(&self.cell.key).await };
        // Whoever goes away now leaves one that was perhaps given.
        self.mark(|stage| stage.has_turn = true);
        let answer = self.limited(Operation::Turn, asking).await;
        self.mark(|stage| stage.has_turn = answer.as_ref().is_ok_and(Turn::is_held));
        (asked, answer)
    }

    fn claimed(&self, turn: Turn, asked: Now, is_alone: bool) -> Claim<I, S> {
        let (cell, stage) = (Arc::downgrade(&self.cell), Arc::clone(&self.stage));
        Claim { turn: Some(turn), asked, is_alone, cell, stage }
    }

    /// Keeps the turn while the platform is slow, until it cannot be kept.
    pub(super) async fn keep_turn(&self, claim: &Claim<I, S>) {
        let Some(turn) = &claim.turn else { return };
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
