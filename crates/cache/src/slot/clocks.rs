//! Whether the wall clock jumped.

use crate::{Event, Now, Policy};

/// The last look at both clocks.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    last: Option<Now>,
}

impl Clocks {
    /// Compares what passed on either clock since the last look.
    pub(super) fn look(&mut self, policy: &Policy, now: Now, events: &mut Vec<Event>) {
        let Some(last) = self.last.replace(now) else { return };
        let passed = now.monotonic.since(last.monotonic).as_secs();
        let expected = last.wall.as_secs().saturating_add(passed);
        let seconds = i64::try_from(now.wall.as_secs().abs_diff(expected)).unwrap_or(i64::MAX);
        if seconds.unsigned_abs() > policy.clock_tolerance().as_secs() {
            let seconds = if now.wall.as_secs() < expected { -seconds } else { seconds };
            events.push(Event::ClockJumped { seconds });
        }
    }
}
