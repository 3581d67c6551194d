//! Following what is held.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};

use super::cell::Cell;
use crate::sync::Seat;
use crate::{Issuer, Lease, Token};

/// Follows what a cache holds: the newest lease, or none after it was refused.
///
/// ```
/// # async fn example<T: yzb_cache::Token>(mut changes: yzb_cache::Changes<T>) {
/// while let Some(lease) = changes.changed().await {
///     println!("lease {} is good until {}", lease.serial(), lease.expires_at());
/// }
/// println!("the platform refused the code that was held");
/// # }
/// ```
pub struct Changes<T: Token> {
    source: Arc<dyn Source<T>>,
    seen: u64,
    seat: Option<Seat>,
}

/// A slot, to those who only look.
pub(super) trait Source<T>: Send + Sync {
    fn current(&self) -> Option<Arc<Lease<T>>>;
    /// Leaves the waker there, unless what is held is not the lease of this number; whether it is not.
    fn watch_for_another(&self, serial: u64, seat: &mut Option<Seat>, waker: &Waker) -> bool;
    fn unwatch(&self, seat: Option<Seat>);
}

impl<T: Token> Changes<T> {
    pub(super) fn new(source: Arc<dyn Source<T>>) -> Self {
        let seen = serial(source.current().as_ref());
        Self { source, seen, seat: None }
    }

    /// What is held now, good or not. It counts as seen.
    #[must_use]
    pub fn current(&mut self) -> Option<Arc<Lease<T>>> {
        let current = self.source.current();
        self.seen = serial(current.as_ref());
        current
    }

    /// Waits until something else is held than was last seen, and returns it. What was replaced
    /// before anybody looked is not shown. May be dropped at any time.
    pub async fn changed(&mut self) -> Option<Arc<Lease<T>>> {
        let (source, seen, seat) = (&self.source, self.seen, &mut self.seat);
        poll_fn(|cx| match source.watch_for_another(seen, seat, cx.waker()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
        self.current()
    }
}

/// No lease has the number zero.
fn serial<T>(lease: Option<&Arc<Lease<T>>>) -> u64 {
    lease.map_or(0, |lease| lease.serial())
}

impl<T: Token> Clone for Changes<T> {
    fn clone(&self) -> Self {
        Self { source: Arc::clone(&self.source), seen: self.seen, seat: None }
    }
}

impl<T: Token> Drop for Changes<T> {
    fn drop(&mut self) {
        self.source.unwatch(self.seat);
    }
}

impl<T: Token> fmt::Debug for Changes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("current", &self.source.current()).finish_non_exhaustive()
    }
}

impl<I: Issuer, S: Send + Sync> Source<I::Token> for Cell<I, S> {
    fn current(&self) -> Option<Arc<Lease<I::Token>>> {
        self.current.owned()
    }

    fn watch_for_another(&self, seen: u64, seat: &mut Option<Seat>, waker: &Waker) -> bool {
        self.watch(seat, waker, |_| self.current.read(serial) != seen)
    }

    fn unwatch(&self, seat: Option<Seat>) {
        Self::unwatch(self, seat);
    }
}
