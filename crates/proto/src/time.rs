//! A moment and a span, which the platform writes under one name.
//!
//! `expires_in` is a **span** in token and ticket answers and a **moment** in check code answers
//! and in the shared store's records. Two types, so that neither is ever read as the other.

use core::fmt;
use core::ops::Add;
use core::time::Duration;

/// A moment: whole seconds since 1970-01-01T00:00:00Z.
///
/// Nothing in this crate reads a clock: a moment comes from the platform or from the caller.
///
/// ```
/// use yzb_proto::{Lifetime, UnixSeconds};
/// let sent = UnixSeconds::new(1_654_569_706);
/// let expires = sent + Lifetime::from_secs(7200);
/// assert_eq!(expires.since(sent), Lifetime::from_secs(7200));
/// assert_eq!(sent.since(expires), Lifetime::ZERO); // never negative
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnixSeconds(u64);

impl UnixSeconds {
    /// The earliest moment believed of the platform, 2001-09-09: below it the value is a span in
    /// the wrong place.
    pub const EARLIEST: Self = Self(1_000_000_000);
    /// The latest moment believed of the platform (the year 5138): above it the value is in
    /// milliseconds.
    pub const LATEST: Self = Self(100_000_000_000);

    /// A moment from unix seconds.
    #[must_use]
    pub const fn new(unix_seconds: u64) -> Self {
        Self(unix_seconds)
    }

    /// The moment in unix seconds.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Lifetime {
        Lifetime(self.0.saturating_sub(earlier.0))
    }

    /// The moment this long before; at the earliest, 1970.
    #[must_use]
    pub const fn minus(self, span: Lifetime) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Add<Lifetime> for UnixSeconds {
    type Output = Self;

    /// Saturates, so that an absurd span cannot turn into the past.
    fn add(self, span: Lifetime) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A span: whole seconds that something stays valid.
///
/// A zero span is what a missing or zero `expires_in` is read as: due at once. Whoever renews
/// keeps a floor on the rhythm, so that such an answer never becomes a tight loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lifetime(u64);

impl Lifetime {
    /// Due at once.
    pub const ZERO: Self = Self(0);
    /// How long server tokens and tickets live (documented by example): 7200 seconds.
    pub const DOCUMENTED: Self = Self(7200);
    /// How long a replaced ticket stays valid (documented): 600 seconds.
    pub const TICKET_GRACE: Self = Self(600);
    /// The longest span believed of the platform: above it the value is a moment in the wrong place.
    pub const LONGEST: Self = Self(1_000_000_000);

    /// A span from seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The span in seconds.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// Whether it is zero: due at once.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl From<Lifetime> for Duration {
    fn from(span: Lifetime) -> Self {
        Self::from_secs(span.0)
    }
}

impl From<Duration> for Lifetime {
    /// In whole seconds; a part of one is dropped, so that nothing is kept longer than it lives.
    fn from(duration: Duration) -> Self {
        Self(duration.as_secs())
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        assert_eq!(UnixSeconds::new(u64::MAX) + Lifetime::from_secs(1), UnixSeconds::new(u64::MAX));
        assert_eq!(UnixSeconds::new(5).minus(Lifetime::from_secs(6)), UnixSeconds::new(0));
        assert_eq!(UnixSeconds::new(5).since(UnixSeconds::new(6)), Lifetime::ZERO);
    }
}
