//! Letting others work, without a runtime.

use core::task::Poll;

/// Is polled again at once, after whatever else there is to poll.
pub(crate) async fn once_more() {
    let mut yielded = false;
    core::future::poll_fn(|cx| {
        if core::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
