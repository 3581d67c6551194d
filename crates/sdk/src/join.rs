//! Two futures that never end, as one.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Polls both.
pub(crate) async fn both(
    one: impl Future<Output = Infallible>,
    other: impl Future<Output = Infallible>,
) -> Infallible {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|cx| match one.as_mut().poll(cx) {
        Poll::Pending => other.as_mut().poll(cx),
        never => never,
    })
    .await
}
