//! A way to wait whose type is not known, for two caches that share it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use yzb_cache::Timer;

/// Any timer, behind a pointer.
#[derive(Clone)]
pub(crate) struct SharedTimer(Arc<dyn Erased>);

impl SharedTimer {
    pub(crate) fn new(timer: impl Timer + 'static) -> Self {
        Self(Arc::new(timer))
    }
}

impl Timer for SharedTimer {
    async fn sleep(&self, pause: Duration) {
        self.0.sleep(pause).await;
    }
}

/// The twin of [`Timer`] that can be `dyn`.
trait Erased: Send + Sync {
    fn sleep(&self, pause: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

impl<T: Timer> Erased for T {
    fn sleep(&self, pause: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(Timer::sleep(self, pause))
    }
}
