//! A handle that remembers what it read last.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::core::Core;
use crate::{Lease, Token};

/// Reads a cache's code for one thread or connection. It touches nothing that others write until
/// the code changes.
pub struct Reader<T> {
    core: Arc<Core<T>>,
    version: u64,
    lease: Option<Arc<Lease<T>>>,
}

impl<T: Token> Reader<T> {
    pub(super) const fn new(core: Arc<Core<T>>) -> Self {
        Self { core, version: 0, lease: None }
    }

    /// What is held, if it may be used now and nothing needs to be done about it. If there is
    /// nothing, ask the cache's `lease()`.
    #[inline]
    pub fn fresh(&mut self) -> Option<&Lease<T>> {
        let version = self.core.version.load(Ordering::Acquire);
        if version != self.version {
            self.catch_up(version);
        }
        self.lease.as_deref().filter(|lease| lease.is_fresh(self.core.now()))
    }

    #[cold]
    fn catch_up(&mut self, version: u64) {
        self.lease = self.core.current.load_full();
        self.version = version;
    }
}

impl<T> Clone for Reader<T> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core), version: self.version, lease: self.lease.clone() }
    }
}

impl<T> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("lease", &self.lease).finish_non_exhaustive()
    }
}
