//! What a cache is made of.

use std::fmt;
use std::sync::Arc;

use super::TokenCache;
use super::cell::Cell;
use super::setting::{Setting, parts};
use crate::{Clock, Issuer, MemoryStore, Observer, Policy, SlotKey, Store, Timer};

/// Makes a [`TokenCache`]. What is not said has a default: a memory store of its own, the default
/// policy, the machine's clocks, Tokio's timers, and nobody who observes.
pub struct Builder<I: Issuer, S = MemoryStore> {
    key: SlotKey,
    issuer: I,
    setting: Setting<I, S>,
}

impl<I: Issuer> Builder<I> {
    pub(super) fn new(key: SlotKey, issuer: I) -> Self {
        Self { key, issuer, setting: Setting::new(MemoryStore::new()) }
    }
}

impl<I: Issuer, S: Store> Builder<I, S> {
    /// Keeps the code in this store too.
    #[must_use]
    pub fn store<S2: Store>(self, store: S2) -> Builder<I, S2> {
        Builder { key: self.key, issuer: self.issuer, setting: self.setting.with_store(store) }
    }

    parts!();

    /// The cache. Nothing is asked for before somebody asks it.
    #[must_use]
    pub fn build(mut self) -> TokenCache<I, S> {
        self.setting = self.setting.settled();
        TokenCache { cell: Arc::new(Cell::new(Arc::new(self.setting), self.key, self.issuer)) }
    }
}

impl<I: Issuer, S> fmt::Debug for Builder<I, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("key", &self.key)
            .field("policy", &self.setting.policy)
            .finish_non_exhaustive()
    }
}
