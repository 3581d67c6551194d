//! What holds unless told otherwise, for every stack that has deadlines of ours.

use std::time::Duration;

/// How long DNS, TCP, a proxy's CONNECT and TLS may take together.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long the whole exchange may take, connecting and the answer's body included.
pub(crate) const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);

/// What a request is labelled with.
pub(crate) const USER_AGENT: &str = concat!("yzb/", env!("CARGO_PKG_VERSION"));
