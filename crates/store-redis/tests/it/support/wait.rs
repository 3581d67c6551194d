//! Waiting for what another process decides.

use core::time::Duration;

/// Waits until it is so. Where another process decides when, there is nothing to wait on but to look.
pub(crate) async fn eventually(what: &str, is_so: impl AsyncFnMut() -> bool) {
    within(10, what, is_so).await;
}

/// The same, where there are so many seconds for it.
pub(crate) async fn within(seconds: u64, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let looked = tokio::time::timeout(Duration::from_secs(seconds), async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(looked.await.is_ok(), "not within {seconds} seconds: {what}");
}
