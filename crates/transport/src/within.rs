//! How long a request may wait before it is sent.

use std::time::Duration;

/// Among the extensions of a request: nothing of it may be sent later than this after it was
/// handed to the transport, because somebody else may have the turn to send by then.
///
/// [`Client::call_sent_within`](crate::Client::call_sent_within) puts it there. What is under way in
/// time may take as long as it always may.
///
/// [`Retry`](crate::Retry) begins no attempt after it, and hands on what is left.
/// `HyperTransport` gives up what has no connection by then; a kept connection that turns out to be
/// closed it replaces, which takes the connect deadline at most. The adapters for other stacks cannot
/// look between connecting and sending: there it may be overrun by the stack's connect deadline. A
/// transport of your own keeps it as well as it can see, and fails with
/// [`TransportErrorKind::TooLate`](crate::TransportErrorKind::TooLate).
///
/// ```
/// use std::time::Duration;
/// use yzb_transport::{Body, SendWithin};
/// let mut request = http::Request::new(Body::from(""));
/// assert_eq!(SendWithin::of(&request), None);
/// request.extensions_mut().insert(SendWithin::new(Duration::from_secs(20)));
/// assert_eq!(SendWithin::of(&request), Some(Duration::from_secs(20)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendWithin(Duration);

impl SendWithin {
    /// So long after it was handed over.
    #[must_use]
    pub const fn new(limit: Duration) -> Self {
        Self(limit)
    }

    /// The limit of this request; none if it may be sent at any time.
    #[must_use]
    pub fn of<B>(request: &http::Request<B>) -> Option<Duration> {
        request.extensions().get::<Self>().map(|within| within.0)
    }
}
