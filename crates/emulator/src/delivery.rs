//! How an answer reaches its client, where it is not simply sent.

use std::time::Duration;

/// What the loopback server does with an answer beyond sending it. It is in the extensions of the
/// response, and only there if there is something to do; a transport that plays the platform in
/// process may look and act likewise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Real time, not the platform's, that passes between the request and the first byte.
    pub delay: Duration,
    /// What then happens to the bytes.
    pub manner: Manner,
}

/// What happens to the bytes of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Manner {
    /// They are sent, with their length.
    #[default]
    Plain,
    /// They are sent in chunks, without a length.
    Chunked,
    /// They are never sent; the connection stays open until the client has enough.
    Silence,
    /// They are never sent; the connection is closed.
    Closed,
    /// They are never sent; the connection is reset.
    ResetBefore,
    /// The head and half of the body are sent, then the connection is reset.
    ResetDuring,
    /// All is sent, then the connection is reset.
    ResetAfter,
    /// The head and half of the body are sent, then the connection is closed.
    Truncated,
    /// All is sent under a length that promises more, then the connection is closed.
    LengthTooLong,
    /// All is sent under a length that promises less, then the connection is closed.
    LengthTooShort,
    /// One byte at a time, this far apart.
    Drip(Duration),
}

impl Delivery {
    /// The delivery of this response, if it is not simply sent.
    #[must_use]
    pub fn of<B>(response: &http::Response<B>) -> Option<Self> {
        response.extensions().get().copied()
    }
}
