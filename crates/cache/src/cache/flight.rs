//! The work of one renewal: the store, the turn, the platform, the store again.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::core::Core;
use crate::timer::within;
use crate::{
    Attempt, Event, Finding, Issuer, LeaseErrorKind, Now, Operation, Store, StoreError,
    StoreErrorKind, Stored, Turn, Work,
};

/// What works, and the work that nobody leads just now.
pub(super) struct Workshop<I, S> {
    issuer: Arc<I>,
    store: Arc<S>,
    parked: Mutex<Option<Flight>>,
}

/// The work of one renewal, which goes on in whoever's hands it is.
pub(super) struct Flight {
    pub(super) future: Pin<Box<dyn Future<Output = ()> + Send>>,
    pub(super) stage: Arc<Mutex<Stage>>,
}

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

impl<I: Issuer + 'static, S: Store + 'static> Workshop<I, S> {
    /// The work that was left, or else begun anew.
    pub(super) fn flight(&self, core: &Arc<Core<I::Token>>, attempt: u64, work: Work) -> Flight {
        if let Some(flight) = self.lock().take() {
            return flight;
        }
        let stage = Arc::new(Mutex::new(Stage::default()));
        let run = Run {
            core: Arc::clone(core),
            issuer: Arc::clone(&self.issuer),
            store: Arc::clone(&self.store),
            attempt,
            stage: Arc::clone(&stage),
        };
        Flight { future: Box::pin(async move { run.fly(work).await }), stage }
    }
}

impl<I, S> Workshop<I, S> {
    pub(super) const fn new(issuer: Arc<I>, store: Arc<S>) -> Self {
        Self { issuer, store, parked: Mutex::new(None) }
    }

    pub(super) fn park(&self, flight: Flight) {
        *self.lock() = Some(flight);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Flight>> {
        self.parked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    pub(super) fn stage(&self) -> Stage {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Run<I: Issuer, S> {
    core: Arc<Core<I::Token>>,
    issuer: Arc<I>,
    store: Arc<S>,
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
            if !self.core.policy.issue_without_store() {
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
            self.save(&record).await;
        }
        drop(turn);
    }

    /// Asks the platform. What is to be stored, if there is anything.
    async fn issue(&self, turn: &Turn, asked: Now) -> Option<Stored> {
        let send_before = turn.is_held().then(|| asked.monotonic + self.core.policy.send_within());
        let sent = self.core.now();
        if send_before.is_some_and(|limit| sent.monotonic >= limit) {
            self.fail(LeaseErrorKind::TooLateToSend);
            return None;
        }
        self.mark(|stage| stage.sent = Some(sent));
        let attempt = Attempt { number: self.attempt, send_before };
        let outcome = self.issuer.issue(&attempt).await.map_err(LeaseErrorKind::Issue);
        let random = (self.core.random)();
        let record = self.core.with(|slot, now| {
            slot.settle(&self.core.policy, self.attempt, (sent, now), outcome, random)
        });
        self.mark(|stage| stage.settled = true);
        self.core.wake.notify_waiters();
        record
    }

    fn fail(&self, kind: LeaseErrorKind) {
        let random = (self.core.random)();
        self.core.with(|slot, now| {
            slot.settle(&self.core.policy, self.attempt, (now, now), Err(kind), random)
        });
        self.mark(|stage| stage.settled = true);
    }

    /// Looks into the store, and adopts or mends what is there.
    async fn look(&self) -> Result<(), StoreError> {
        let loading = self.store.load(&self.core.key);
        let found = self.limited(Operation::Load, loading).await;
        let random = (self.core.random)();
        let policy = &self.core.policy;
        match found {
            Ok(found) => {
                let finding = self.core.with(|slot, now| slot.find(policy, now, found, random));
                if let Finding::Rewrite(record) = finding {
                    let serial = self.core.with(|slot, _| slot.held().map(|lease| lease.serial()));
                    if self.save(&record).await {
                        self.core.tell(&Event::Rewritten { serial: serial.unwrap_or_default() });
                    }
                }
                Ok(())
            }
            // What cannot be read is as good as absent, and may be replaced.
            Err(error) if error.kind() == StoreErrorKind::Corrupt => {
                let _ = self.core.with(|slot, now| slot.find(policy, now, None, random));
                Ok(())
            }
            Err(error) => {
                self.core.with(|slot, now| slot.find_failed(policy, now, random));
                Err(error)
            }
        }
    }

    /// Waits for the turn to issue; none if somebody else issued meanwhile. With it, the time from
    /// before it was asked for.
    async fn turn(&self) -> Result<Option<(Turn, Now)>, LeaseErrorKind> {
        let began = self.core.now();
        loop {
            let asked = self.core.now();
            let asking = self.store.turn(&self.core.key);
            match self.limited(Operation::Turn, asking).await {
                Ok(turn) if !turn.is_taken() => return Ok(Some((turn, asked))),
                Ok(_) => {}
                Err(_) if self.core.policy.issue_without_store() => {
                    return Ok(Some((Turn::free(), asked)));
                }
                Err(error) => return Err(LeaseErrorKind::Store(error)),
            }
            let waited = self.core.now().monotonic.since(began.monotonic);
            if waited >= self.core.policy.turn_wait() {
                return Err(LeaseErrorKind::Busy);
            }
            let part = 0.5 + (self.core.random)().clamp(0.0, 1.0);
            self.core.timer.sleep(POLL.mul_f64(part)).await;
            let _ = self.look().await;
            if !self.wants_issue() {
                return Ok(None);
            }
        }
    }

    async fn save(&self, record: &Stored) -> bool {
        let saving = self.store.save(&self.core.key, record);
        self.limited(Operation::Save, saving).await.is_ok()
    }

    /// One operation of the store, within its time; what fails is told.
    async fn limited<T>(
        &self,
        during: Operation,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let limit = self.core.policy.store_timeout();
        let done = within(&*self.core.timer, limit, work).await;
        let result = done.unwrap_or_else(|| Err(StoreErrorKind::Timeout.into()));
        if let Err(error) = &result {
            self.core.tell(&Event::StoreFailed { during, error: error.clone() });
        }
        result
    }

    fn wants_issue(&self) -> bool {
        self.core.with(|slot, now| slot.wants_issue(now))
    }

    fn mark(&self, change: impl FnOnce(&mut Stage)) {
        change(&mut self.stage.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
