//! The published Python task, as far as it matters beside it.
//!
//! Once a minute it goes through its apps in order: it reads both records, and renews the token and then
//! the ticket where 600 s or less are left. It has no lock. A record that it cannot read, or a
//! request that fails, ends that round, so that the apps behind that one are not renewed.

use std::time::Duration;

use yzb::Policy;

/// It renews where so much is left, in seconds.
pub(super) const AHEAD: u64 = 600;

/// From one of its rounds to the next, in seconds.
pub(super) const ROUND: u64 = 60;

/// How much earlier or later something may be seen than it is: clocks differ, and a round takes its time.
pub(super) const TOLERANCE: u64 = 60;

/// When programs of ours renew, in seconds that are left: at most and at least.
pub(super) fn ours(policy: &Policy) -> (u64, u64) {
    let (ahead, spread) = (policy.refresh_ahead(), policy.refresh_spread());
    (rounded(ahead.mul_f64(1.0 + spread)), rounded(ahead.mul_f64((1.0 - spread).max(0.0))))
}

fn rounded(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_millis() >= 500)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_ours_are_due_before_the_task_s_by_more_than_a_round() {
        let (most, least) = ours(&Policy::default());
        assert_eq!((most, least), (990, 810));
        assert!(least > AHEAD + ROUND);
    }
}
