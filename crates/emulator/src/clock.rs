//! The emulator's clock, which is a dial.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// How fast the platform's time passes. As text: `real`, `x60`, `frozen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClockMode {
    /// A second in a second.
    Real,
    /// So many seconds in each second; `Scaled(60)` is two hours in two minutes.
    Scaled(u32),
    /// It stands still and moves by hand only.
    Frozen,
}

/// It is neither `real` nor `frozen` nor `x` with a number from 1 to 4294967295.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownClock(());

/// The latest moment there is, in milliseconds.
const LATEST: i128 = u64::MAX as i128 * 1000;

/// Unix time that passes at a rate, from where it was last told to be.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<Hand>);

/// It was `moment` when the wall clock was `wall`; both in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Hand {
    mode: ClockMode,
    moment: i128,
    wall: i128,
}

impl Clock {
    /// A clock that begins at this moment, or at the wall clock's.
    pub(crate) fn new(mode: ClockMode, begins: Option<u64>) -> Self {
        let wall = wall();
        let moment = begins.map_or(wall, |begins| i128::from(begins) * 1000);
        Self(Mutex::new(Hand { mode, moment, wall }))
    }

    pub(crate) fn now(&self) -> u64 {
        self.hand().now(wall())
    }

    pub(crate) fn mode(&self) -> ClockMode {
        self.hand().mode
    }

    /// Moves forward, or back if negative; not before 1970 and not after the last second there is.
    pub(crate) fn step(&self, seconds: i128) {
        self.hand().turn(|moment| moment + seconds * 1000);
    }

    pub(crate) fn set(&self, moment: u64) {
        self.hand().turn(|_| i128::from(moment) * 1000);
    }

    /// Goes on from the moment it is, at another rate.
    pub(crate) fn set_mode(&self, mode: ClockMode) {
        let mut hand = self.hand();
        hand.turn(|moment| moment);
        hand.mode = mode;
    }

    fn hand(&self) -> MutexGuard<'_, Hand> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hand {
    fn at(self, wall: i128) -> i128 {
        let rate = match self.mode {
            ClockMode::Real => 1,
            ClockMode::Scaled(rate) => i128::from(rate),
            ClockMode::Frozen => 0,
        };
        (self.moment + (wall - self.wall) * rate).clamp(0, LATEST)
    }

    fn now(self, wall: i128) -> u64 {
        u64::try_from(self.at(wall) / 1000).unwrap_or(u64::MAX)
    }

    fn turn(&mut self, to: impl Fn(i128) -> i128) {
        let wall = wall();
        (self.moment, self.wall) = (to(self.at(wall)).clamp(0, LATEST), wall);
    }
}

impl fmt::Display for ClockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Real => f.write_str("real"),
            Self::Scaled(rate) => write!(f, "x{rate}"),
            Self::Frozen => f.write_str("frozen"),
        }
    }
}

impl FromStr for ClockMode {
    type Err = UnknownClock;

    fn from_str(text: &str) -> Result<Self, UnknownClock> {
        match text {
            "real" => Ok(Self::Real),
            "frozen" => Ok(Self::Frozen),
            _ => match text.strip_prefix('x').map(str::parse) {
                Some(Ok(rate)) if rate > 0 && !text.starts_with("x+") => Ok(Self::Scaled(rate)),
                _ => Err(UnknownClock(())),
            },
        }
    }
}

impl fmt::Display for UnknownClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a clock is `real`, `frozen`, or `x` and how many times faster, such as `x60`")
    }
}

impl std::error::Error for UnknownClock {}

#[expect(clippy::disallowed_methods, reason = "the emulator's one reader of the wall clock")]
fn wall() -> i128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i128::try_from(since.as_millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_by_hand_forward_and_back() {
        let clock = Clock::new(ClockMode::Frozen, Some(1000));
        assert_eq!(clock.now(), 1000);
        clock.step(8);
        assert_eq!(clock.now(), 1008);
        clock.step(-1009);
        assert_eq!(clock.now(), 0);
        clock.step(u64::MAX.into());
        assert_eq!(clock.now(), u64::MAX);
        clock.step(1);
        assert_eq!(clock.now(), u64::MAX);
        clock.set(7);
        assert_eq!(clock.now(), 7);
    }

    #[test]
    fn a_real_clock_is_past_the_day_this_was_written_and_can_be_stepped() {
        let clock = Clock::new(ClockMode::Real, None);
        assert!(clock.now() > 1_700_000_000);
        clock.step(1_000_000_000_000);
        assert!(clock.now() > 1_000_000_000_000);
    }

    #[test]
    fn a_scaled_clock_passes_so_many_seconds_in_each() {
        let hand = |mode| Hand { mode, moment: 1_000_000, wall: 50_000 };
        assert_eq!(hand(ClockMode::Scaled(60)).now(52_500), 1150);
        assert_eq!(hand(ClockMode::Real).now(52_500), 1002);
        assert_eq!(hand(ClockMode::Frozen).now(52_500), 1000);
        assert_eq!(hand(ClockMode::Scaled(60)).now(49_000), 940, "the wall clock may go back");
    }

    #[test]
    fn the_past_stays_when_the_rate_changes() {
        let clock = Clock::new(ClockMode::Frozen, Some(1000));
        // As if it had been frozen for a day.
        clock.hand().wall -= 86_400_000;
        clock.set_mode(ClockMode::Scaled(1000));
        assert!(clock.now() < 80_000, "a day at the new rate would be 86400000 seconds");
    }

    #[test]
    fn another_rate_goes_on_from_where_it_was() {
        let clock = Clock::new(ClockMode::Scaled(1_000_000), Some(1000));
        clock.set_mode(ClockMode::Frozen);
        let stands = clock.now();
        assert!(stands >= 1000);
        assert_eq!((clock.now(), clock.mode()), (stands, ClockMode::Frozen));
    }

    #[test]
    fn modes_are_read_and_written() {
        for (text, mode) in [
            ("real", ClockMode::Real),
            ("frozen", ClockMode::Frozen),
            ("x60", ClockMode::Scaled(60)),
        ] {
            assert_eq!(text.parse(), Ok(mode));
            assert_eq!(mode.to_string(), text);
        }
        for text in ["", "x", "x0", "x-1", "x1.5", "60", "Real", "x99999999999", "x+5"] {
            assert!(text.parse::<ClockMode>().is_err(), "{text}");
        }
    }
}
