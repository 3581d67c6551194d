//! Time that is set by hand, and an issuer and a store that give way at every step.

use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use shuttle::future::yield_now;
use shuttle::rand::Rng as _;
use shuttle::sync::Mutex;
use shuttle::sync::atomic::{AtomicU64, Ordering::SeqCst};
use yzb_cache::{
    Attempt, Builder, Clock, IssueError, Issued, Issuer, Kind, Monotonic, Now, SlotKey, Timer,
    TokenCache,
};
use yzb_proto::{AppId, AppSecret, Lifetime, Origin, ServerAccessToken, UnixSeconds};

/// What a scenario's tasks share. Cloning shares it.
#[derive(Clone, Default)]
pub(crate) struct World(Arc<State>);

#[derive(Default)]
pub(crate) struct State {
    time: Mutex<Time>,
    issues: AtomicU64,
    in_flight: AtomicU64,
    most_in_flight: AtomicU64,
    mood: AtomicU64,
}

#[derive(Default)]
struct Time {
    /// How many seconds passed.
    seconds: u64,
    sleepers: Vec<(u64, Waker)>,
}

/// What becomes of the next requests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Good = 0,
    Fails = 1,
    Panics = 2,
    /// The first panics, the others are good.
    PanicsOnce = 3,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn moody(mood: Mood) -> Self {
        let world = Self::default();
        world.set_mood(mood);
        world
    }

    pub(crate) fn set_mood(&self, mood: Mood) {
        self.0.mood.store(mood as u64, SeqCst);
    }

    /// Time goes on, and whoever sleeps wakes.
    pub(crate) fn advance(&self, seconds: u64) {
        let mut time = self.0.time.lock().unwrap();
        time.seconds += seconds;
        let now = time.seconds;
        let (over, asleep) = std::mem::take(&mut time.sleepers)
            .into_iter()
            .partition::<Vec<_>, _>(|(until, _)| *until <= now);
        time.sleepers = asleep;
        drop(time);
        over.into_iter().for_each(|(_, waker)| waker.wake());
    }

    pub(crate) fn issues(&self) -> u64 {
        self.0.issues.load(SeqCst)
    }

    pub(crate) fn most_in_flight(&self) -> u64 {
        self.0.most_in_flight.load(SeqCst)
    }

    /// A cache of this world, as one makes it.
    pub(crate) fn builder(&self) -> Builder<Self> {
        TokenCache::builder(key("1"), self.clone())
            .clock(self.clone())
            .timer(self.clone())
            .random(|| 0.5)
    }

    pub(crate) fn cache(&self) -> TokenCache<Self> {
        self.builder().build()
    }
}

pub(crate) fn key(app_id: &str) -> SlotKey {
    let secret = AppSecret::new("secret").unwrap().fingerprint();
    SlotKey::new(Origin::production(), AppId::new(app_id).unwrap(), secret, Kind::ServerToken)
}

impl Clock for World {
    fn now(&self) -> Now {
        let seconds = 100 + self.0.time.lock().unwrap().seconds;
        Now::new(UnixSeconds::new(1_700_000_000 + seconds), Monotonic::from_millis(seconds * 1000))
    }
}

impl Timer for World {
    async fn sleep(&self, pause: Duration) {
        let whole = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
        let until = self.0.time.lock().unwrap().seconds + whole;
        std::future::poll_fn(|cx| {
            let mut time = self.0.time.lock().unwrap();
            if time.seconds >= until {
                return Poll::Ready(());
            }
            time.sleepers.push((until, cx.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}

/// A request that is under way.
struct InFlight<'a>(&'a State);

impl<'a> InFlight<'a> {
    fn new(state: &'a State) -> Self {
        let now = state.in_flight.fetch_add(1, SeqCst) + 1;
        state.most_in_flight.fetch_max(now, SeqCst);
        Self(state)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, SeqCst);
    }
}

impl Issuer for World {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        let _in_flight = InFlight::new(&self.0);
        let number = self.0.issues.fetch_add(1, SeqCst);
        yield_now().await;
        let mood = self.0.mood.load(SeqCst);
        if mood == Mood::Panics as u64 || (mood == Mood::PanicsOnce as u64 && number == 0) {
            // Without a word on the terminal.
            std::panic::resume_unwind(Box::new("planted"));
        }
        yield_now().await;
        if mood == Mood::Fails as u64 {
            return Err(IssueError::later("away"));
        }
        let token = ServerAccessToken::new(&format!("code-{number}")).unwrap();
        Ok(Issued::new(token, Lifetime::DOCUMENTED))
    }
}

/// Polls `work` at most so often, chosen by the scheduler, and drops it then: somebody who goes away.
pub(crate) async fn impatient<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut left = shuttle::rand::thread_rng().gen_range(0..5_u32);
    let mut work = Some(Box::pin(work));
    let result = std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match work.as_mut().map(|work| work.as_mut().poll(cx)) {
            Some(Poll::Ready(done)) => Poll::Ready(Some(done)),
            _ if left == 0 => Poll::Ready(None),
            _ => Poll::Pending,
        }
    })
    .await;
    drop(work.take());
    result
}

/// What `work` comes to, and whether it did at once.
pub(crate) async fn at_once<T>(work: impl Future<Output = T>) -> (T, bool) {
    let mut work = std::pin::pin!(work);
    let mut polls = 0;
    let done = std::future::poll_fn(|cx| {
        polls += 1;
        work.as_mut().poll(cx)
    })
    .await;
    (done, polls == 1)
}
