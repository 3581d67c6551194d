//! What a cache is made of.

use std::fmt;
use std::sync::Arc;

use super::TokenCache;
use super::cell::Cell;
use super::setting::Setting;
use crate::sync::AtomicU64;
use crate::timer::ErasedTimer;
use crate::{
    Clock, Issuer, MemoryStore, Observer, Policy, SlotKey, Store, SystemClock, Timer, TokioTimer,
};

/// Makes a [`TokenCache`]. What is not said has a default: a memory store of its own, the default
/// policy, the machine's clocks, Tokio's timers, and nobody who observes.
pub struct Builder<I, S = MemoryStore> {
    key: SlotKey,
    issuer: I,
    store: S,
    policy: Policy,
    clock: Arc<dyn Clock>,
    timer: Arc<dyn ErasedTimer>,
    observer: Arc<dyn Observer>,
    random: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl<I: Issuer> Builder<I> {
    pub(super) fn new(key: SlotKey, issuer: I) -> Self {
        Self {
            key,
            issuer,
            store: MemoryStore::new(),
            policy: Policy::default(),
            clock: Arc::new(SystemClock::new()),
            timer: Arc::new(TokioTimer),
            observer: Arc::new(()),
            random: Arc::new(fastrand::f64),
        }
    }
}

impl<I: Issuer, S: Store> Builder<I, S> {
    /// Keeps the code in this store too.
    #[must_use]
    pub fn store<S2: Store>(self, store: S2) -> Builder<I, S2> {
        Builder {
            key: self.key,
            issuer: self.issuer,
            store,
            policy: self.policy,
            clock: self.clock,
            timer: self.timer,
            observer: self.observer,
            random: self.random,
        }
    }

    /// With these limits.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// With this time.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// With this way to wait.
    #[must_use]
    pub fn timer(mut self, timer: impl Timer + 'static) -> Self {
        self.timer = Arc::new(timer);
        self
    }

    /// Tells what happens to this.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// With `random` returning a number from 0 to 1 each time, by which pauses are spread.
    #[must_use]
    pub fn random(mut self, random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// The cache. Nothing is asked for before somebody asks it.
    #[must_use]
    pub fn build(self) -> TokenCache<I, S> {
        let setting = Setting {
            shared: self.store.is_shared(),
            store: self.store,
            policy: self.policy,
            clock: self.clock,
            timer: self.timer,
            observer: self.observer,
            random: self.random,
            last_wall: AtomicU64::new(0),
            last_monotonic: AtomicU64::new(0),
        };
        TokenCache { cell: Arc::new(Cell::new(Arc::new(setting), self.key, self.issuer)) }
    }
}

impl<I, S> fmt::Debug for Builder<I, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("key", &self.key)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
