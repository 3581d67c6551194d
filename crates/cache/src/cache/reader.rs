//! A handle that remembers what it read last.

use std::fmt;
use std::sync::Arc;

use super::changes::Source;
use crate::{Clock, Lease, Token};

/// Reads a cache's code for one thread or connection. It touches nothing that others write until
/// the code changes.
pub struct Reader<T> {
    source: Arc<dyn Source<T>>,
    clock: Arc<dyn Clock>,
    lease: Option<Arc<Lease<T>>>,
}

impl<T: Token> Reader<T> {
    pub(super) const fn new(source: Arc<dyn Source<T>>, clock: Arc<dyn Clock>) -> Self {
        Self { source, clock, lease: None }
    }

    /// What is held, if it may be used now and nothing needs to be done about it. If there is
    /// nothing, ask the cache's `lease()`.
    #[inline]
    pub fn fresh(&mut self) -> Option<&Lease<T>> {
        // A lease that was replaced or refused is not fresh, so there is no need to compare.
        let now = self.clock.now();
        if !self.lease.as_ref().is_some_and(|lease| lease.is_fresh(now)) {
            self.lease = self.source.current();
        }
        self.lease.as_deref().filter(|lease| lease.is_fresh(now))
    }
}

impl<T> Clone for Reader<T> {
    fn clone(&self) -> Self {
        Self {
            source: Arc::clone(&self.source),
            clock: Arc::clone(&self.clock),
            lease: self.lease.clone(),
        }
    }
}

impl<T> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("lease", &self.lease).finish_non_exhaustive()
    }
}
