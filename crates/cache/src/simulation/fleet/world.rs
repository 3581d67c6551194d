//! What everything in a history shares: the time, the weather, and who is in trouble.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::platform::Platform;
use super::rules::Book;
use super::shelf::Shelf;
use super::timers::{Agenda, Sleep, Timers};
use crate::Kind;

/// Cloning shares it.
#[derive(Clone)]
pub(super) struct World(Arc<Shared>);

struct Shared {
    /// The true time, in milliseconds. Apart from the state, because every look at a code reads it.
    now: AtomicU64,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) random: fastrand::Rng,
    pub(super) timers: Timers,
    pub(super) agenda: Agenda,
    pub(super) platform: Platform,
    pub(super) shelf: Shelf,
    pub(super) health: Vec<Health>,
    pub(super) weather: Weather,
    pub(super) book: Book,
    /// A process is struck at one in so many of the places where it may be; at none if zero.
    pub(super) traps: u32,
    pub(super) log: Option<Vec<String>>,
}

/// How a process fares.
#[derive(Clone, Default)]
pub(super) struct Health {
    /// How often it was started. What an earlier one left behind says nothing for a later one.
    pub(super) incarnation: u32,
    pub(super) alive: bool,
    pub(super) frozen: bool,
    pub(super) no_store_until: u64,
    pub(super) no_platform_until: u64,
    /// When it was last hindered in one way or another.
    pub(super) store_trouble: u64,
    pub(super) platform_trouble: u64,
    /// When it last was started or went on after a pause.
    pub(super) awake_since: u64,
    /// By how many milliseconds its wall clock is ahead.
    pub(super) skew: i64,
}

/// What goes wrong for everyone, and until when.
#[derive(Default)]
pub(super) struct Weather {
    pub(super) store_down: u64,
    pub(super) store_flaky: u64,
    pub(super) platform_down: u64,
    pub(super) platform_slow: u64,
    pub(super) platform_lossy: u64,
}

/// The wall clock of the platform at the beginning.
pub(super) const BASE: u64 = 1_700_000_000;

impl World {
    pub(super) fn new(random: fastrand::Rng, logged: bool) -> Self {
        let state = State {
            random,
            timers: Timers::default(),
            agenda: Agenda::default(),
            platform: Platform::default(),
            shelf: Shelf::default(),
            health: Vec::new(),
            weather: Weather::default(),
            book: Book::default(),
            traps: 0,
            log: logged.then(Vec::new),
        };
        Self(Arc::new(Shared { now: AtomicU64::new(0), state: Mutex::new(state) }))
    }

    pub(super) fn now(&self) -> u64 {
        self.0.now.load(Ordering::Relaxed)
    }

    pub(super) fn set_now(&self, millis: u64) {
        self.0.now.store(millis, Ordering::Relaxed);
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sleep(&self, millis: u64) -> Sleep {
        Sleep::new(self.clone(), self.now() + millis)
    }

    /// Writes a line, if this history is one that somebody looks at.
    pub(super) fn note(&self, line: impl FnOnce() -> String) {
        let now = self.now();
        self.state().note(now, line);
    }
}

impl State {
    pub(super) fn note(&mut self, now: u64, line: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            log.push(format!("{:9.3} {}", now as f64 / 1000.0, line()));
        }
    }

    /// Once in so many.
    pub(super) fn chance(&mut self, one_in: u32) -> bool {
        self.random.u32(0..one_in) == 0
    }

    pub(super) fn seconds(&mut self, from: u64, to: u64) -> u64 {
        self.random.u64(from * 1000..to * 1000)
    }

    pub(super) fn cannot_reach_store(&self, process: usize, now: u64) -> bool {
        now < self.weather.store_down || now < self.health[process].no_store_until
    }

    pub(super) fn cannot_reach_platform(&self, process: usize, now: u64) -> bool {
        now < self.weather.platform_down || now < self.health[process].no_platform_until
    }
}

pub(super) const KINDS: [Kind; 2] = [Kind::ServerToken, Kind::JsTicket];

pub(super) const fn index(kind: Kind) -> usize {
    match kind {
        Kind::ServerToken => 0,
        Kind::JsTicket => 1,
    }
}
