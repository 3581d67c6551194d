//! Time, as an argument: a wall clock for moments and a monotonic one for spans.

use core::ops::Add;
use core::time::Duration;

use yzb_proto::UnixSeconds;

/// A reading of the monotonic clock: milliseconds since some moment that stays the same while the
/// process runs, and that a change of the wall clock does not move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Monotonic(u64);

/// Both clocks, read together.
///
/// Codes expire at moments, which only the wall clock knows; but it can be set. So each lease has an
/// end by either clock, and both are looked at on every use: a wall clock that jumps back lengthens
/// nothing, and a machine that slept (which monotonic clocks may not count) is noticed by the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Now {
    /// The wall clock, in unix seconds.
    pub wall: UnixSeconds,
    /// The monotonic clock.
    pub monotonic: Monotonic,
}

/// Where the time comes from. Tests hand in one that only pretends.
///
/// It is asked on every use of a token, so it should be cheap; a few milliseconds of error in the
/// monotonic reading do no harm.
pub trait Clock: Send + Sync {
    /// Reads both clocks.
    fn now(&self) -> Now;
}

/// The machine's clocks: the one place where this crate reads them.
///
/// On Linux these are the kernel's coarse clocks, which are a few milliseconds behind and cost a
/// quarter of the fine ones.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    #[cfg(not(target_os = "linux"))]
    start: std::time::Instant,
}

impl Monotonic {
    /// A reading, from milliseconds.
    #[must_use]
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// The reading in milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Monotonic {
    type Output = Self;

    /// In whole milliseconds, and saturating: an absurd span does not turn into the past.
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
    }
}

impl Now {
    /// A moment and a reading that belong together.
    #[must_use]
    pub const fn new(wall: UnixSeconds, monotonic: Monotonic) -> Self {
        Self { wall, monotonic }
    }
}

impl SystemClock {
    /// The machine's clocks.
    #[must_use]
    #[cfg_attr(
        not(target_os = "linux"),
        expect(clippy::disallowed_methods, reason = "this is the clock that others are handed")
    )]
    pub fn new() -> Self {
        Self {
            #[cfg(not(target_os = "linux"))]
            start: std::time::Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(target_os = "linux")]
impl Clock for SystemClock {
    fn now(&self) -> Now {
        use rustix::time::{ClockId, clock_gettime};
        let wall = clock_gettime(ClockId::RealtimeCoarse);
        let monotonic = clock_gettime(ClockId::MonotonicCoarse);
        // Neither is negative on a running machine; a wall clock before 1970 is as good as 1970.
        let seconds = |value: i64| u64::try_from(value).unwrap_or(0);
        let milliseconds =
            seconds(monotonic.tv_sec) * 1000 + seconds(monotonic.tv_nsec) / 1_000_000;
        Now::new(UnixSeconds::new(seconds(wall.tv_sec)), Monotonic(milliseconds))
    }
}

#[cfg(not(target_os = "linux"))]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that others are handed")]
    fn now(&self) -> Now {
        let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let wall = UnixSeconds::new(wall.map_or(0, |since| since.as_secs()));
        Now::new(wall, Monotonic::default() + self.start.elapsed())
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Now {
        (**self).now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_s_clocks_are_in_this_century_and_do_not_run_backwards() {
        let clock = SystemClock::new();
        let (first, second) = (clock.now(), clock.now());
        assert!(first.wall > UnixSeconds::EARLIEST && first.wall < UnixSeconds::LATEST);
        assert!(second.monotonic >= first.monotonic);
    }

    #[test]
    fn spans_saturate_at_both_ends() {
        let late = Monotonic::from_millis(u64::MAX - 1);
        assert_eq!((late + Duration::MAX).as_millis(), u64::MAX);
        assert_eq!(Monotonic::from_millis(1).since(late), Duration::ZERO);
    }
}
