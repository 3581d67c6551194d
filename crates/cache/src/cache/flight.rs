//! The work of one renewal: the store, the turn, the platform, the store again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::cell::Cell;
use crate::broken::Locked;
use crate::sync::{Mutex, lock};
use crate::timer::within;
use crate::{
    Attempt, Event, Finding, Issuer, LeaseErrorKind, Monotonic, Now, Operation, Store, StoreError,
    StoreErrorKind, Stored, Turn, Work,
};

/// The work of one renewal, which goes on in whoever's hands it is.
pub(super) struct Flight {
    pub(super) future: Pin<Box<dyn Future<Output = ()> + Send>>,
    stage: Arc<Mutex<Stage>>,
    pub(super) begun: Monotonic,
}

/// The number of a renewal, what there is to do, and the work itself if it was begun.
pub(super) type Begun = (u64, Work, Option<Flight>);

/// How far it has come, for whoever has to give it up.
#[derive(Clone, Copy, Default)]
pub(super) struct Stage {
    /// Others wait until it is over.
    pub(super) has_turn: bool,
    /// A request was sent at this time.
    pub(super) sent: Option<Now>,
    /// Its outcome is known.
    pub(super) settled: bool,
}

/// Between two looks whether another process is done.
const POLL: Duration = Duration::from_millis(200);

/// Begins a renewal.
pub(super) fn begin<I: Issuer + 'static, S: Store + 'static>(
    cell: &Arc<Cell<I, S>>,
    attempt: u64,
    work: Work,
) -> Flight {
    let stage = Arc::new(Mutex::new(Stage::default()));
    let run = Run { cell: Arc::clone(cell), attempt, stage: Arc::clone(&stage) };
    let begun = cell.setting.careful_now().monotonic;
    Flight { future: Box::pin(async move { run.fly(work).await }), stage, begun }
}

impl Flight {
    pub(super) fn stage(&self) -> Stage {
        *lock(&self.stage)
    }
}

struct Run<I: Issuer, S> {
    cell: Arc<Cell<I, S>>,
    attempt: u64,
    stage: Arc<Mutex<Stage>>,
}

impl<I: Issuer, S: Store> Run<I, S> {
    async fn fly(self, work: Work) {
        let looked = self.look().await;
        if work == Work::Reread || !self.wants_issue() {
            return;
        }
        if let Err(error) = looked {
            if !self.cell.setting.policy.issue_without_store() {
                return self.fail(LeaseErrorKind::Store(error));
            }
        }
        let (turn, asked) = match self.turn().await {
            Ok(Some(turn)) => turn,
            Ok(None) => return,
            Err(kind) => return self.fail(kind),
        };
        if turn.is_held() {
            self.mark(|stage| stage.has_turn = true);
            // Whoever had it before may have left a new code.
            let _ = self.look().await;
            if !self.wants_issue() {
                return;
            }
        }
        let record = self.issue(&turn, asked).await;
        if let Some(record) = record {
            // Another process may have issued meanwhile: its code is not written over unseen. Where the
            // store says that it did, what is there is looked at now, and not at the next look.
            let looks = if self.cell.setting.shared && !self.is_still_ours(&turn, asked) {
                true
            } else {
                let saved = self.save(&record).await;
                saved.is_err_and(|error| error.kind() == StoreErrorKind::Conflict)
            };
            if looks {
                let _ = self.compare(false).await;
            }
        }
        drop(turn);
    }

    /// Whether no other process can have had the turn since it was asked for. A turn lasts three times
    /// as long as may be sent in it.
    fn is_still_ours(&self, turn: &Turn, asked: Now) -> bool {
        let setting = &self.cell.setting;
        let taken = setting.careful_now().monotonic.since(asked.monotonic);
        turn.is_held() && taken < setting.policy.send_within() * 3
    }

    /// Asks the platform. What is to be stored, if there is anything.
    async fn issue(&self, turn: &Turn, asked: Now) -> Option<Stored> {
        let send_before =
            turn.is_held().then(|| asked.monotonic + self.cell.setting.policy.send_within());
        let sent = self.cell.setting.careful_now();
        if send_before.is_some_and(|limit| sent.monotonic >= limit) {
            self.fail(LeaseErrorKind::TooLateToSend);
            return None;
        }
        self.mark(|stage| stage.sent = Some(sent));
        self.cell.with(|state, _| state.slot.sent(self.attempt, sent));
        let attempt = Attempt { number: self.attempt, send_before };
        let outcome = {
            let _nothing = Locked::new();
            self.cell.issuer.issue(&attempt).await.map_err(LeaseErrorKind::Issue)
        };
        let random = self.cell.setting.random();
        let record = self.cell.with(|state, now| {
            state.slot.settle(&self.cell.setting.policy, self.attempt, (sent, now), outcome, random)
        });
        self.mark(|stage| stage.settled = true);
        record
    }

    fn fail(&self, kind: LeaseErrorKind) {
        let random = self.cell.setting.random();
        self.cell.with(|state, now| {
            state.slot.settle(
                &self.cell.setting.policy,
                self.attempt,
                (now, now),
                Err(kind),
                random,
            )
        });
        self.mark(|stage| stage.settled = true);
    }

    /// Looks into the store, and adopts or mends what is there.
    async fn look(&self) -> Result<(), StoreError> {
        self.compare(true).await
    }

    /// Likewise; whether the observer is told if something is written.
    async fn compare(&self, tells: bool) -> Result<(), StoreError> {
        if !self.cell.setting.shared && self.cell.current.read(|lease| lease.is_some()) {
            // Nobody but this slot writes there: it has nothing better.
            return Ok(());
        }
        let loading = async { self.cell.setting.store.load(&self.cell.key).await };
        let found = self.limited(Operation::Load, loading).await;
        let random = self.cell.setting.random();
        let policy = &self.cell.setting.policy;
        match found {
            Ok(found) => {
                let finding =
                    self.cell.with(|state, now| state.slot.find(policy, now, found, random));
                if let Finding::Rewrite(record) = finding {
                    let serial =
                        self.cell.with(|state, _| state.slot.held().map(|lease| lease.serial()));
                    if self.save(&record).await.is_ok() && tells {
                        self.cell.tell(&Event::Rewritten { serial: serial.unwrap_or_default() });
                    }
                }
                Ok(())
            }
            // What cannot be read is as good as absent, and may be replaced.
            Err(error) if error.kind() == StoreErrorKind::Corrupt => {
                let _ = self.cell.with(|state, now| state.slot.find(policy, now, None, random));
                Ok(())
            }
            Err(error) => {
                self.cell.with(|state, now| state.slot.find_failed(policy, now, random));
                Err(error)
            }
        }
    }

    /// Waits for the turn to issue; none if somebody else issued meanwhile. With it, the time from
    /// before it was asked for.
    async fn turn(&self) -> Result<Option<(Turn, Now)>, LeaseErrorKind> {
        let began = self.cell.setting.careful_now();
        loop {
            let asked = self.cell.setting.careful_now();
            let asking = async { self.cell.setting.store.turn(&self.cell.key).await };
            match self.limited(Operation::Turn, asking).await {
                Ok(turn) if !turn.is_taken() => return Ok(Some((turn, asked))),
                Ok(_) => {}
                Err(_) if self.cell.setting.policy.issue_without_store() => {
                    return Ok(Some((Turn::free(), asked)));
                }
                Err(error) => return Err(LeaseErrorKind::Store(error)),
            }
            if self.cell.with(|state, now| state.slot.postpone(&self.cell.setting.policy, now)) {
                // Nobody needs to wait for the other process, neither the caller who leads this.
                return Ok(None);
            }
            let waited = self.cell.setting.careful_now().monotonic.since(began.monotonic);
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

    async fn save(&self, record: &Stored) -> Result<(), StoreError> {
        let saving = async { self.cell.setting.store.save(&self.cell.key, record).await };
        self.limited(Operation::Save, saving).await
    }

    /// One operation of the store, within its time; what fails is told. A panic is a failure too.
    async fn limited<T>(
        &self,
        during: Operation,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let limit = self.cell.setting.policy.store_timeout();
        let done = within(&*self.cell.setting.timer, limit, contained(work)).await;
        let result = done.unwrap_or_else(|| Err(StoreErrorKind::Timeout.into()));
        if let Err(error) = &result {
            self.cell.tell(&Event::StoreFailed { during, error: error.clone() });
        }
        result
    }

    fn wants_issue(&self) -> bool {
        self.cell.with(|state, now| state.slot.wants_issue(now))
    }

    fn mark(&self, change: impl FnOnce(&mut Stage)) {
        change(&mut lock(&self.stage));
    }
}

/// The store is somebody else's code: a bug in it costs persistence and not the code.
async fn contained<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let mut work = pin!(work);
    std::future::poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
        polled.unwrap_or_else(|_| {
            let panicked = StoreError::new(StoreErrorKind::Other).with_source("the store panicked");
            Poll::Ready(Err(panicked))
        })
    })
    .await
}
