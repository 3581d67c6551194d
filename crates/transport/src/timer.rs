//! Time, as an argument.

use std::pin::Pin;
use std::time::Duration;

/// How [`Retry`](crate::Retry) reads the time and waits. Tests hand in one that only pretends.
pub trait Timer: Send + Sync {
    /// The time since some moment that stays the same, and that a change of the wall clock does
    /// not move.
    fn now(&self) -> Duration;

    /// Waits this long.
    fn sleep(&self, pause: Duration) -> impl Future<Output = ()> + Send;
}

/// Tokio's clock and timers. Sleeping needs a Tokio runtime with time enabled.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug)]
pub struct TokioTimer {
    start: tokio::time::Instant,
}

#[cfg(feature = "tokio")]
impl TokioTimer {
    /// Counts from now on. It needs no runtime.
    #[must_use]
    pub fn new() -> Self {
        Self { start: tokio::time::Instant::now() }
    }
}

#[cfg(feature = "tokio")]
impl Default for TokioTimer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "tokio")]
impl Timer for TokioTimer {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

/// The twin of [`Timer`] that can be `dyn`.
pub(crate) trait ErasedTimer: Send + Sync {
    fn now(&self) -> Duration;
    fn sleep<'a>(&'a self, pause: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

impl<T: Timer> ErasedTimer for T {
    fn now(&self) -> Duration {
        Timer::now(self)
    }

    fn sleep<'a>(&'a self, pause: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(Timer::sleep(self, pause))
    }
}
