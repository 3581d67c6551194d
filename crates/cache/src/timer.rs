//! Waiting, as an argument.

use core::future::Future;
use core::pin::Pin;
use core::task::Poll;
use core::time::Duration;

/// How a cache waits. Tests hand in one that only pretends.
pub trait Timer: Send + Sync {
    /// Waits this long.
    fn sleep(&self, pause: Duration) -> impl Future<Output = ()> + Send;
}

/// Tokio's timers. Sleeping needs a Tokio runtime with time enabled; making one does not.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioTimer;

impl Timer for TokioTimer {
    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

/// The twin of [`Timer`] that can be `dyn`.
pub(crate) trait ErasedTimer: Send + Sync {
    fn sleep<'a>(&'a self, pause: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

impl<T: Timer> ErasedTimer for T {
    fn sleep<'a>(&'a self, pause: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(Timer::sleep(self, pause))
    }
}

/// What `work` comes to within `limit`; none if that is over first.
pub(crate) async fn within<T>(
    timer: &dyn ErasedTimer,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = core::pin::pin!(work);
    let mut cut = timer.sleep(limit);
    core::future::poll_fn(|cx| {
        if let Poll::Ready(done) = work.as_mut().poll(cx) {
            return Poll::Ready(Some(done));
        }
        cut.as_mut().poll(cx).map(|()| None)
    })
    .await
}
