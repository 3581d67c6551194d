//! Virtual time, an issuer and a store that do as they are told.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::time::Duration;

use yzb_proto::{Lifetime, ServerAccessToken, UnixSeconds};

use crate::{
    Attempt, Clock, Event, IssueError, Issued, Issuer, MemoryStore, Monotonic, Now, Observer,
    SlotKey, Store, StoreError, StoreErrorKind, Stored, Timer,
};

/// What everything in a history shares. Cloning shares it.
#[derive(Clone)]
pub(super) struct World(Arc<Mutex<State>>);

pub(super) struct State {
    pub(super) millis: u64,
    pub(super) wall: u64,
    sleepers: Vec<(u64, Waker)>,
    pub(super) random: fastrand::Rng,
    /// Whether things go wrong.
    pub(super) faults: bool,
    pub(super) in_flight: u32,
    pub(super) most_in_flight: u32,
    /// When requests were sent that may have issued a code.
    pub(super) issues: Vec<u64>,
    /// When attempts began, and when they failed.
    pub(super) begun: Vec<u64>,
    pub(super) failed: Vec<u64>,
    /// Until when each code really lives, by the monotonic clock.
    pub(super) ends: Vec<u64>,
    pub(super) doubtful: Vec<u64>,
    pub(super) log: Vec<String>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            millis: 10_000,
            wall: 1_700_000_000,
            sleepers: Vec::new(),
            random: fastrand::Rng::with_seed(seed),
            faults: true,
            in_flight: 0,
            most_in_flight: 0,
            issues: Vec::new(),
            begun: Vec::new(),
            failed: Vec::new(),
            ends: Vec::new(),
            doubtful: Vec::new(),
            log: Vec::new(),
        })))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Both clocks go on.
    pub(super) fn advance(&self, millis: u64) {
        let mut state = self.state();
        let before = state.millis;
        state.millis += millis;
        state.wall += state.millis / 1000 - before / 1000;
        let now = state.millis;
        let (over, asleep) =
            std::mem::take(&mut state.sleepers).into_iter().partition(|(at, _)| *at <= now);
        state.sleepers = asleep;
        drop(state);
        let over: Vec<(u64, Waker)> = over;
        over.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// How long until the next sleeper wakes.
    pub(super) fn until_next(&self) -> Option<u64> {
        let state = self.state();
        state.sleepers.iter().map(|(at, _)| at.saturating_sub(state.millis)).min()
    }

    async fn sleep_millis(&self, millis: u64) {
        let until = self.state().millis + millis;
        poll_fn(|cx| {
            let mut state = self.state();
            if state.millis >= until {
                return Poll::Ready(());
            }
            state.sleepers.push((until, cx.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}

impl Clock for World {
    fn now(&self) -> Now {
        let state = self.state();
        Now::new(UnixSeconds::new(state.wall), Monotonic::from_millis(state.millis))
    }
}

impl Timer for World {
    async fn sleep(&self, pause: Duration) {
        self.sleep_millis(u64::try_from(pause.as_millis()).unwrap()).await;
    }
}

impl Observer for World {
    fn observe(&self, _: &SlotKey, event: &Event) {
        let mut state = self.state();
        match event {
            Event::Failed { .. } => {
                let now = state.millis;
                state.failed.push(now);
            }
            Event::ServedDoubtful { serial } => state.doubtful.push(*serial),
            _ => {}
        }
        let line = format!("{} {event:?}", state.millis);
        state.log.push(line);
        let panics = state.faults && state.random.u8(..) < 4;
        drop(state);
        if panics {
            panic_quietly();
        }
    }
}

/// A request that is under way.
struct InFlight<'a>(&'a World);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.state().in_flight -= 1;
    }
}

impl Issuer for World {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        let (fate, delay, sent) = {
            let mut state = self.state();
            state.in_flight += 1;
            state.most_in_flight = state.most_in_flight.max(state.in_flight);
            let now = state.millis;
            state.begun.push(now);
            let fate = if state.faults { state.random.u8(0..10) } else { 9 };
            (fate, state.random.u64(0..4) * state.random.u64(1..3000), now)
        };
        let _in_flight = InFlight(self);
        if fate == 0 {
            panic_quietly();
        }
        self.sleep_millis(delay).await;
        match fate {
            1 => {
                self.state().issues.push(sent);
                panic_quietly()
            }
            2 | 3 => Err(IssueError::later("away")),
            4 => {
                self.state().issues.push(sent);
                Err(IssueError::later("lost").perhaps_issued(true))
            }
            5 => Err(IssueError::fix_configuration("wrong secret")),
            _ => Ok(self.state().issue(sent)),
        }
    }
}

impl State {
    fn issue(&mut self, sent: u64) -> Issued<ServerAccessToken> {
        self.issues.push(sent);
        let lifetime = if self.random.u8(..) < 100 { 100 + self.random.u64(..1000) } else { 7200 };
        self.ends.push(sent + lifetime * 1000);
        let token = ServerAccessToken::new(&format!("code-{}", self.ends.len() - 1)).unwrap();
        Issued::new(token, Lifetime::from_secs(lifetime))
    }
}

/// Panics without a word on the terminal.
fn panic_quietly() -> ! {
    std::panic::resume_unwind(Box::new("planted"))
}

/// A store that sometimes fails or hangs.
pub(super) struct Moody {
    pub(super) world: World,
    pub(super) store: MemoryStore,
}

impl Moody {
    async fn mood(&self) -> Result<(), StoreError> {
        let mood = {
            let mut state = self.world.state();
            if state.faults { state.random.u8(0..12) } else { 11 }
        };
        match mood {
            0 => Err(StoreErrorKind::Unavailable.into()),
            1 => Err(StoreErrorKind::Corrupt.into()),
            2 => panic_quietly(),
            3 => std::future::pending().await,
            4..7 => {
                self.world.sleep_millis(u64::from(mood) * 80).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Store for Moody {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        self.mood().await?;
        self.store.load(key).await
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        self.mood().await?;
        self.store.save(key, record).await
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }
}
