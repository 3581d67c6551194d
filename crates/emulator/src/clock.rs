//! The emulator's clock, which is a dial.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Unix seconds: a base plus what was advanced by hand.
#[derive(Debug)]
pub(crate) struct Clock {
    base: Base,
    advanced: AtomicU64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Base {
    /// Stands still at this moment.
    Frozen(u64),
    /// Runs with the computer's clock.
    Real,
}

impl Clock {
    pub(crate) fn new(base: Base) -> Self {
        Self { base, advanced: AtomicU64::new(0) }
    }

    pub(crate) fn now(&self) -> u64 {
        let base = match self.base {
            Base::Frozen(moment) => moment,
            Base::Real => wall(),
        };
        base.saturating_add(self.advanced.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        let add = |advanced: u64| Some(advanced.saturating_add(seconds));
        let _ = self.advanced.fetch_update(Ordering::SeqCst, Ordering::SeqCst, add);
    }
}

#[expect(clippy::disallowed_methods, reason = "the emulator's one reader of the wall clock")]
fn wall() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_by_hand() {
        let clock = Clock::new(Base::Frozen(1000));
        assert_eq!(clock.now(), 1000);
        clock.advance(7);
        clock.advance(1);
        assert_eq!(clock.now(), 1008);
        clock.advance(u64::MAX);
        assert_eq!(clock.now(), u64::MAX);
    }

    #[test]
    fn a_real_clock_is_past_the_day_this_was_written() {
        let clock = Clock::new(Base::Real);
        assert!(clock.now() > 1_700_000_000);
        clock.advance(1_000_000_000_000);
        assert!(clock.now() > 1_000_000_000_000);
    }
}
