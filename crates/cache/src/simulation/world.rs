//! Virtual time, an issuer and a store that do as they are told.

use std::future::poll_fn;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::time::Duration;

use yzb_proto::{JsTicket, Lifetime, ServerAccessToken, UnixSeconds};

use crate::{
    Attempt, Clock, Event, IssueError, Issued, Issuer, MemoryStore, Monotonic, Now, Observer,
    SlotKey, Store, StoreError, StoreErrorKind, Stored, Timer, Token, Turn,
};

/// Codes of either kind, with numbers.
pub(super) trait Numbered: Token {
    fn numbered(number: usize) -> Self;
    fn number(&self) -> usize;
}

macro_rules! numbered {
    ($($Type:ty)+) => {$(
        impl Numbered for $Type {
            fn numbered(number: usize) -> Self {
                Self::new(&format!("code-{number}")).unwrap()
            }

            fn number(&self) -> usize {
                self.expose_secret().trim_start_matches("code-").parse().unwrap()
            }
        }
    )+};
}

numbered!(ServerAccessToken JsTicket);

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
    /// What is true of each code.
    pub(super) codes: Vec<Fact>,
    /// Whether the platform replaces codes, as it does tickets.
    pub(super) replaces: bool,
    /// Whether another process may be at work.
    pub(super) shared: bool,
    /// The wall clock jumped at some time.
    pub(super) jumped: bool,
    /// Another process has the turn until then, and leaves a code behind.
    pub(super) others_until: Option<u64>,
    /// What it left: the number of its code, and when that expires.
    pub(super) left: Option<(usize, UnixSeconds)>,
    /// We have the turn.
    pub(super) turns: u32,
    /// Clocks, chance and timers are called by the cache just now, and may panic.
    pub(super) inside: bool,
    /// A request that was sent too late.
    pub(super) too_late: bool,
    pub(super) doubtful: Vec<u64>,
    pub(super) log: Vec<String>,
}

/// What is true of a code, by the monotonic clock.
#[derive(Clone, Copy)]
pub(super) struct Fact {
    /// Until when it really lives.
    pub(super) end: u64,
    /// When the last request for it was sent.
    pub(super) sent: u64,
    /// When somebody complained about it.
    pub(super) refused: Option<u64>,
    /// Another process got it.
    pub(super) foreign: bool,
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
            codes: Vec::new(),
            replaces: false,
            shared: false,
            jumped: false,
            others_until: None,
            left: None,
            turns: 0,
            inside: false,
            too_late: false,
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
        if let Some(sent) = state.others_until.take_if(|until| *until <= now) {
            let seconds = state.new_code(sent, true);
            let expires_at = UnixSeconds::new(state.wall - (now - sent) / 1000 + seconds);
            state.left = Some((state.codes.len() - 1, expires_at));
        }
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

    pub(super) async fn sleep_millis(&self, millis: u64) {
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
        let mut state = self.state();
        if state.faults && state.inside && state.random.u16(..) < 100 {
            drop(state);
            panic_quietly();
        }
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

/// The platform, for one kind of code.
#[derive(Clone)]
pub(super) struct Platform<T>(pub(super) World, pub(super) PhantomData<T>);

impl<T: Numbered> Issuer for Platform<T> {
    type Token = T;

    async fn issue(&self, attempt: &Attempt) -> Result<Issued<T>, IssueError> {
        let world = &self.0;
        let (fate, delay, sent) = {
            let mut state = world.state();
            state.in_flight += 1;
            state.most_in_flight = state.most_in_flight.max(state.in_flight);
            let now = state.millis;
            state.begun.push(now);
            let limit = attempt.send_before.map(Monotonic::as_millis);
            state.too_late |= limit.is_some_and(|limit| now >= limit);
            let fate = if state.faults { state.random.u8(0..14) } else { 13 };
            (fate, state.random.u64(0..4) * state.random.u64(1..3000), now)
        };
        let _in_flight = InFlight(world);
        if fate == 0 {
            panic_quietly();
        }
        world.sleep_millis(delay).await;
        match fate {
            1 => {
                world.state().lose(sent);
                panic_quietly()
            }
            2 | 3 => Err(IssueError::later("away")),
            4 => {
                world.state().lose(sent);
                Err(IssueError::later("lost").perhaps_issued(true))
            }
            5 => Err(IssueError::fix_configuration("wrong secret")),
            6 => {
                // The runtime that this was begun on is gone.
                world.state().lose(sent);
                std::future::pending().await
            }
            7 => Ok(world.state().issue_again(sent)),
            _ => Ok(world.state().issue(sent)),
        }
    }
}

impl State {
    fn issue<T: Numbered>(&mut self, sent: u64) -> Issued<T> {
        self.issues.push(sent);
        let seconds = self.new_code(sent, false);
        Issued::new(T::numbered(self.codes.len() - 1), Lifetime::from_secs(seconds))
    }

    /// The code that was issued last, if it lives; the platform insists on it.
    fn issue_again<T: Numbered>(&mut self, sent: u64) -> Issued<T> {
        let left = self.codes.last().map_or(0, |code| code.end.saturating_sub(sent) / 1000);
        if left < 20 || self.codes.last().is_some_and(|code| code.foreign) {
            return self.issue(sent);
        }
        // Nothing is issued, so that the budget has no part in it.
        let number = self.codes.len() - 1;
        self.codes[number].sent = sent;
        Issued::new(T::numbered(number), Lifetime::from_secs(left))
    }

    /// A code is issued that nobody gets to know.
    fn lose(&mut self, sent: u64) {
        self.issues.push(sent);
        self.new_code(sent, false);
    }

    /// The seconds that it lives.
    fn new_code(&mut self, sent: u64, foreign: bool) -> u64 {
        // All tickets live equally long: of two in a store, the one that expires later is the newer.
        let short = self.random.u8(..) < 100 && !self.replaces;
        let seconds = if short { 100 + self.random.u64(..1000) } else { 7200 };
        let mut end = sent + seconds * 1000;
        if self.replaces {
            // What was the current one is good for ten minutes more.
            for code in &mut self.codes {
                if code.sent > sent {
                    end = end.min(code.sent + 600_000);
                } else {
                    code.end = code.end.min(sent + 600_000);
                }
            }
        }
        self.codes.push(Fact { end, sent, refused: None, foreign });
        seconds
    }
}

/// Panics without a word on the terminal.
fn panic_quietly() -> ! {
    std::panic::resume_unwind(Box::new("planted"))
}

/// Sometimes there is no chance, or no number.
pub(super) fn moody_random(world: &World) -> f64 {
    let mut state = world.state();
    let mood = if state.faults { state.random.u8(..) } else { 255 };
    let number = state.random.f64();
    drop(state);
    match mood {
        0..3 => panic_quietly(),
        3..6 => f64::NAN,
        _ => number,
    }
}

/// A store that sometimes fails or hangs, and that another process may use.
pub(super) struct Moody<T> {
    pub(super) world: World,
    pub(super) store: MemoryStore,
    pub(super) kind: PhantomData<T>,
}

impl<T: Numbered> Moody<T> {
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

    /// What the other process did by now.
    async fn let_others(&self, key: &SlotKey) {
        let left = self.world.state().left.take();
        let record =
            left.map(|(number, expires_at)| Stored::new(T::numbered(number).to_code(), expires_at));
        if let Some(record) = record {
            let _ = self.store.save(key, &record).await;
        }
    }
}

/// Our turn.
struct Held(World);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.state().turns -= 1;
    }
}

impl<T: Numbered> Store for Moody<T> {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        self.mood().await?;
        self.let_others(key).await;
        self.store.load(key).await
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        let begun = self.world.state().millis;
        self.mood().await?;
        self.let_others(key).await;
        // Fenced: whoever sleeps while they save does not replace what came meanwhile.
        let meanwhile = |code: &Fact| code.foreign && code.sent >= begun;
        if self.world.state().codes.iter().any(meanwhile) {
            return Err(StoreErrorKind::Conflict.into());
        }
        self.store.save(key, record).await
    }

    async fn turn(&self, key: &SlotKey) -> Result<Turn, StoreError> {
        self.mood().await?;
        self.let_others(key).await;
        if !self.is_shared() {
            return Ok(Turn::free());
        }
        let mut state = self.world.state();
        if state.others_until.is_some() {
            return Ok(Turn::taken());
        }
        state.turns += 1;
        Ok(Turn::held(Held(self.world.clone())))
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }
}
