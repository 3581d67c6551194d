//! The work of one renewal: the store, the turn, the platform, the store again.

mod issue;
mod look;
mod settle;
mod turn;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use super::cell::{Cell, State};
use crate::sync::{Mutex, lock};
use crate::timer::within;
use crate::{
    Event, Issuer, LeaseErrorKind, Monotonic, Now, Operation, Policy, Replaces, Store, StoreError,
    StoreErrorKind, Turn, Work,
};
use turn::Claim;

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
    /// Others wait until it is over, or perhaps do: the turn is asked for.
    pub(super) has_turn: bool,
    /// The turn ends by itself.
    pub(super) turn_ends: bool,
    /// A request was sent at this time.
    pub(super) sent: Option<Now>,
    /// Its outcome is known.
    pub(super) settled: bool,
    /// It came to a code that the store does not have yet.
    pub(super) unstored: bool,
}

/// Begins a renewal.
pub(super) fn begin<I: Issuer + 'static, S: Store + 'static>(
    cell: &Arc<Cell<I, S>>,
    attempt: u64,
    work: Work,
) -> Flight {
    let stage = Arc::new(Mutex::new(Stage::default()));
    let seen = Replaces::NotSaid;
    let begun = cell.setting.careful_now().monotonic;
    let run = Run {
        cell: Arc::clone(cell),
        attempt,
        stage: Arc::clone(&stage),
        begun,
        seen,
        has_news: false,
    };
    Flight { future: Box::pin(async move { run.fly(work).await }), stage, begun }
}

impl Flight {
    /// Whether others wait for what nobody does. Once a request is sent, a turn that ends by itself is
    /// kept for as long as the answer may come.
    pub(super) fn holds_up_others(&self) -> bool {
        let stage = self.stage();
        stage.has_turn && !(stage.turn_ends && stage.sent.is_some())
    }

    pub(super) fn stage(&self) -> Stage {
        *lock(&self.stage)
    }
}

struct Run<I: Issuer, S> {
    cell: Arc<Cell<I, S>>,
    attempt: u64,
    stage: Arc<Mutex<Stage>>,
    begun: Monotonic,
    /// What the store held at the last look.
    seen: Replaces,
    /// There is another code than before.
    has_news: bool,
}

impl<I: Issuer, S: Store> Run<I, S> {
    async fn fly(mut self, work: Work) {
        let mut looked = self.look().await;
        if work == Work::Renew && self.wants_issue() {
            // Boxed, because most flights only look: what they would carry around is many times larger.
            looked = Box::pin(self.renew()).await;
        }
        self.watch(looked.is_err()).await;
        if core::mem::take(&mut self.has_news) {
            self.ask_the_store_for_the_time().await;
        }
    }

    /// Gets another code, in turn. Whether the store could be read.
    async fn renew(&mut self) -> Result<(), StoreError> {
        let mut claim = match self.claim().await {
            Ok(Some(claim)) => claim,
            Ok(None) => return Ok(()),
            Err(kind) => {
                let failed = match &kind {
                    LeaseErrorKind::Store(error) => Err(error.clone()),
                    _ => Ok(()),
                };
                self.fail(kind);
                return failed;
            }
        };
        let looked = self.renew_within(&claim).await;
        if claim.has_end() && lock(&self.stage).unstored {
            // Nobody else sees the code: whoever had the turn now would issue another.
            return looked;
        }
        if let Some(turn) = claim.take().filter(Turn::is_held) {
            let ending = self.cell.setting.store.end_turn(&self.cell.key, turn);
            let _ = self.limited(Operation::Turn, ending).await;
        }
        looked
    }

    async fn renew_within(&mut self, claim: &Claim<I, S>) -> Result<(), StoreError> {
        let mut looked = Ok(());
        if claim.is_held() {
            let turn_ends = claim.has_end();
            self.mark(|stage| (stage.has_turn, stage.turn_ends) = (true, turn_ends));
            // Whoever had it before may have left a new code.
            looked = self.look_again().await;
            if is_late(&looked) {
                looked = self.look_again().await;
            }
            if let Err(error) = &looked {
                if let Err(kind) = self.go_alone(error.clone()) {
                    self.fail(kind);
                    return looked;
                }
            }
            if !self.wants_issue() {
                return looked;
            }
        }
        if let Some(record) = self.issue(claim).await {
            self.has_news = true;
            let send_within = self.cell.setting.policy.send_within();
            let has_turn = claim.is_still_ours(self.now(), send_within);
            self.keep(record, has_turn).await;
        }
        looked
    }

    /// When it is so late that the renewal is about to be given up.
    fn send_before(&self) -> Monotonic {
        let policy = &self.cell.setting.policy;
        self.begun + policy.turn_wait() + policy.send_within()
    }

    /// Goes on although the store failed, if the policy lets it.
    fn go_alone(&self, error: StoreError) -> Result<(), LeaseErrorKind> {
        self.slot(|slot, policy, now| {
            if !slot.slot.may_go_alone(policy, now) {
                return Err(LeaseErrorKind::Store(error));
            }
            slot.slot.goes_alone(now, error);
            Ok(())
        })
    }

    fn fail(&self, kind: LeaseErrorKind) {
        let random = self.cell.setting.random();
        self.slot(|state, policy, now| {
            state.slot.settle(policy, self.attempt, (now, now), Err(kind), random)
        });
        self.mark(|stage| stage.settled = true);
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
        self.slot(|state, _, now| state.slot.wants_issue(now))
    }

    fn slot<R>(&self, act: impl FnOnce(&mut State<I::Token>, &Policy, Now) -> R) -> R {
        let policy = &self.cell.setting.policy;
        self.cell.with(|state, now| act(state, policy, now))
    }

    fn now(&self) -> Now {
        self.cell.setting.careful_now()
    }

    fn mark(&self, change: impl FnOnce(&mut Stage)) {
        change(&mut lock(&self.stage));
    }
}

/// Whether the store did not answer in time. Once, that may be for want of a processor: it is asked a
/// second time where much depends on the answer, because to go on without it may end a code that others
/// use.
fn is_late<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(error) if error.kind() == StoreErrorKind::Timeout)
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
