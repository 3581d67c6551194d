//! How much of everything a client may use.

use std::time::Duration;

/// How much a request may use, and how long it may take. All have a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest body that is read, in bytes: 16384 unless said.
    pub body: usize,
    /// How long the body may take to arrive: 10 s unless said.
    pub body_time: Duration,
    /// The longest path and query, in bytes: 16384 unless said.
    pub uri: usize,
    /// The most headers: 64 unless said.
    pub headers: usize,
    /// The most bytes of all headers, names and values: 16384 unless said.
    pub header_bytes: usize,
    /// How long a request may take from its head to its answer: 30 s unless said. That is longer
    /// than a call to the platform takes at the most, so that no login is given up in the middle.
    pub request_time: Duration,
    /// How many wrong tokens a peer may send at once: 10 unless said.
    pub wrong_tokens: u32,
    /// How long it is from one wrong token to the next beyond those: 6 s unless said.
    pub wrong_token_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 16 * 1024,
            body_time: Duration::from_secs(10),
            uri: 16 * 1024,
            headers: 64,
            header_bytes: 16 * 1024,
            request_time: Duration::from_secs(30),
            wrong_tokens: 10,
            wrong_token_pause: Duration::from_secs(6),
        }
    }
}
