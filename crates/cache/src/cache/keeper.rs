//! Renewing in the background, for callers who never want to wait.

use std::convert::Infallible;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::TokenCache;
use crate::{Issuer, Store};

/// The longest sleep: timers do not count the time that a machine sleeps.
const LONGEST: Duration = Duration::from_secs(15);
/// The shortest: whatever goes wrong, this does not become a tight loop.
const SHORTEST: Duration = Duration::from_millis(20);
/// While somebody else renews.
const MEANWHILE: Duration = Duration::from_secs(1);

impl<I: Issuer + 'static, S: Store + 'static> TokenCache<I, S> {
    /// Keeps the code fresh for as long as this is polled, so that callers never wait while one
    /// lives. Spawn it, and stop it by dropping it. Failures are told to the observer.
    ///
    /// ```no_run
    /// # async fn example<I: yzb_cache::Issuer + 'static>(cache: yzb_cache::TokenCache<I>) {
    /// let keeper = tokio::spawn(cache.keep_fresh());
    /// // … and at the end of the program:
    /// keeper.abort();
    /// # }
    /// ```
    pub fn keep_fresh(&self) -> impl Future<Output = Infallible> + Send + 'static {
        let cache = self.clone();
        async move {
            let _keeping = cache.core.keeping();
            loop {
                let kicked = pin!(cache.core.kick.notified());
                // Errors are told to the observer; the pause after them is in the deadline.
                let _ = cache.renewed().await;
                cache.idle(kicked).await;
            }
        }
    }

    /// Sleeps until there is something to do, or somebody says so.
    async fn idle(&self, mut kicked: std::pin::Pin<&mut tokio::sync::futures::Notified<'_>>) {
        let pause = self.core.with(|slot, now| match slot.next_deadline(now) {
            Some(deadline) => deadline.since(now.monotonic).min(LONGEST),
            None => MEANWHILE,
        });
        let mut shortest = Some(self.core.timer.sleep(SHORTEST));
        let mut asleep = self.core.timer.sleep(pause.max(SHORTEST));
        std::future::poll_fn(|cx| {
            if let Some(sleep) = &mut shortest {
                if sleep.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                shortest = None;
            }
            if kicked.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            asleep.as_mut().poll(cx)
        })
        .await;
    }
}
