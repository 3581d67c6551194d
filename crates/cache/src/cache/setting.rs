//! What all slots of one setting share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use yzb_proto::UnixSeconds;

use super::apps::Agenda;
use super::cell::Cell;
use crate::slot::lead;
use crate::sync::{AtomicI64, AtomicU64, Ordering};
use crate::timer::ErasedTimer;
use crate::{
    Clock, Event, Issuer, Monotonic, Now, Observer, Policy, SlotKey, Store, SystemClock, TokioTimer,
};

/// The parts that were handed in, once for many slots. They are other people's code: where a panic
/// in one could cost a code or leave somebody waiting, it is contained here.
pub(crate) struct Setting<I: Issuer, S> {
    pub(super) store: S,
    /// Whether others write into the store.
    pub(super) shared: bool,
    pub(super) policy: Policy,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) timer: Arc<dyn ErasedTimer>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) random: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// The last reading of the clock, for when it panics.
    last_wall: AtomicU64,
    last_monotonic: AtomicU64,
    /// By how much the wall clock was ahead when a jump of it was last told of.
    told_lead: AtomicI64,
    /// Of a registry: which slot is to be looked at when.
    pub(super) agenda: Option<Arc<Agenda<Cell<I, S>>>>,
}

impl<I: Issuer, S> Setting<I, S> {
    /// The defaults, with this store.
    pub(super) fn new(store: S) -> Self {
        Self {
            store,
            shared: false,
            policy: Policy::default(),
            clock: Arc::new(SystemClock::new()),
            timer: Arc::new(TokioTimer),
            observer: Arc::new(()),
            random: Arc::new(fastrand::f64),
            last_wall: AtomicU64::new(0),
            last_monotonic: AtomicU64::new(0),
            told_lead: AtomicI64::new(i64::MIN),
            agenda: None,
        }
    }

    /// The same with another store. Nothing runs by it yet.
    pub(super) fn with_store<S2>(self, store: S2) -> Setting<I, S2> {
        Setting {
            policy: self.policy,
            clock: self.clock,
            timer: self.timer,
            observer: self.observer,
            random: self.random,
            ..Setting::new(store)
        }
    }

    /// With what the store says of itself.
    pub(super) fn settled(mut self) -> Self
    where
        S: Store,
    {
        self.shared = self.store.is_shared();
        self.policy = self.policy.over_store(self.store.is_optional());
        self
    }

    /// Both clocks. A panic in them goes on to whoever asks: nothing may be locked here.
    #[inline]
    pub(super) fn now(&self) -> Now {
        self.clock.now()
    }

    /// Both clocks. One that panics is asked again; if it goes on to, time stands still for this slot.
    /// Callers who read directly hear of it by the panic itself.
    pub(super) fn careful_now(&self) -> Now {
        for _ in 0..TRIES {
            if let Ok(now) = catch_unwind(AssertUnwindSafe(|| self.clock.now())) {
                self.last_wall.store(now.wall.as_secs(), Ordering::Relaxed);
                self.last_monotonic.store(now.monotonic.as_millis(), Ordering::Relaxed);
                return now;
            }
        }
        Now::new(
            UnixSeconds::new(self.last_wall.load(Ordering::Relaxed)),
            Monotonic::from_millis(self.last_monotonic.load(Ordering::Relaxed)),
        )
    }

    /// A number from 0 to 1; the middle if its source panics, or says something else.
    pub(super) fn random(&self) -> f64 {
        let number = catch_unwind(AssertUnwindSafe(|| (self.random)())).unwrap_or(0.5);
        if (0.0..=1.0).contains(&number) { number } else { 0.5 }
    }

    /// Whether the observer is to be told of this. Each slot of a registry notices a jump of the clock
    /// that all have in common: the first one tells.
    pub(super) fn is_news(&self, event: &Event, now: Now) -> bool {
        if self.agenda.is_none() || !matches!(event, Event::ClockJumped { .. }) {
            return true;
        }
        let lead = lead(now);
        let told = self.told_lead.swap(lead, Ordering::Relaxed);
        lead.abs_diff(told) > self.policy.clock_tolerance().as_secs()
    }

    /// A panicking observer is no reason for a caller to go without a code.
    pub(super) fn tell(&self, key: &SlotKey, event: &Event) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.observer.observe(key, event)));
    }
}

/// How often a clock is asked that panics.
const TRIES: u8 = 4;

/// The parts that both builders take, each described once.
macro_rules! parts {
    () => {
        /// With these limits.
        #[must_use]
        pub fn policy(mut self, policy: Policy) -> Self {
            self.setting.policy = policy;
            self
        }

        /// With this time.
        #[must_use]
        pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
            self.setting.clock = Arc::new(clock);
            self
        }

        /// With this way to wait.
        #[must_use]
        pub fn timer(mut self, timer: impl Timer + 'static) -> Self {
            self.setting.timer = Arc::new(timer);
            self
        }

        /// Tells what happens to this.
        #[must_use]
        pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
            self.setting.observer = Arc::new(observer);
            self
        }

        /// With `random` returning a number from 0 to 1 each time, by which pauses are spread.
        #[must_use]
        pub fn random(mut self, random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
            self.setting.random = Arc::new(random);
            self
        }
    };
}

pub(super) use parts;
