//! What a registry is made of.

use std::fmt;
use std::sync::Arc;

use super::super::setting::{Setting, parts};
use super::Apps;
use crate::{Clock, Issuer, Observer, Policy, Store, Timer};

/// Makes an [`Apps`]. What is not said has a default: nothing is stored, the default policy, the
/// machine's clocks, Tokio's timers, and nobody who observes.
pub struct AppsBuilder<I: Issuer, S = ()> {
    setting: Setting<I, S>,
}

impl<I: Issuer> AppsBuilder<I> {
    pub(super) fn new() -> Self {
        Self { setting: Setting::new(()) }
    }
}

impl<I: Issuer, S: Store> AppsBuilder<I, S> {
    /// Keeps the codes of all apps in this store too.
    #[must_use]
    pub fn store<S2: Store>(self, store: S2) -> AppsBuilder<I, S2> {
        AppsBuilder { setting: self.setting.with_store(store) }
    }

    parts!();

    /// The registry, without any app.
    #[must_use]
    pub fn build(mut self) -> Apps<I, S> {
        self.setting = self.setting.settled();
        Apps::new(self.setting)
    }
}

impl<I: Issuer, S> fmt::Debug for AppsBuilder<I, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppsBuilder").field("policy", &self.setting.policy).finish_non_exhaustive()
    }
}
