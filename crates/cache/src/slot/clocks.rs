//! Whether the wall clock jumped.

use crate::{Now, Policy};

/// By how many seconds the wall clock was ahead of the monotonic one at the last look.
#[derive(Debug)]
pub(super) struct Clocks(i64);

const NEVER: i64 = i64::MIN;

impl Default for Clocks {
    fn default() -> Self {
        Self(NEVER)
    }
}

impl Clocks {
    /// By how many seconds the wall clock jumped since the last look, forward if positive; none if
    /// it did not.
    pub(super) fn look(&mut self, policy: &Policy, now: Now) -> Option<i64> {
        let last = core::mem::replace(&mut self.0, lead(now));
        if last == NEVER {
            return None;
        }
        let seconds = self.0.saturating_sub(last);
        (seconds.unsigned_abs() > policy.clock_tolerance().as_secs()).then_some(seconds)
    }
}

/// By how many seconds the wall clock is ahead.
pub(crate) fn lead(now: Now) -> i64 {
    let seconds = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    seconds(now.wall.as_secs()) - seconds(now.monotonic.as_millis() / 1000)
}
