//! What holds unless told otherwise, for every stack that has deadlines of ours.

use std::time::Duration;

/// How long DNS, TCP, a proxy's CONNECT and TLS may take together.
#[cfg(any(feature = "hyper", feature = "reqwest", feature = "ureq"))]
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long the whole exchange may take, connecting and the answer's body included.
#[cfg(any(feature = "hyper", feature = "reqwest", feature = "ureq"))]
pub(crate) const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);

/// What a request is labelled with.
#[cfg(any(feature = "hyper", feature = "reqwest", feature = "ureq"))]
pub(crate) const USER_AGENT: &str = concat!("yzb/", env!("CARGO_PKG_VERSION"));

/// The longest limit that means anything: clocks overflow not far beyond what a `Duration` can
/// say.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// This limit, but a year at most; and where it is zero, so that nothing could be done within it,
/// what it would have replaced.
pub(crate) const fn within_reason(limit: Duration, default: Duration) -> Duration {
    if limit.is_zero() {
        return default;
    }
    if limit.as_secs() < LONGEST.as_secs() { limit } else { LONGEST }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_stay_within_what_clocks_can_count() {
        let within = |limit| within_reason(limit, Duration::from_secs(10));
        assert_eq!(within(Duration::ZERO), Duration::from_secs(10));
        assert_eq!(within(Duration::from_nanos(1)), Duration::from_nanos(1));
        assert_eq!(within(Duration::MAX), LONGEST);
    }
}
