//! Pauses between attempts to connect, so that a thousand apps do not knock at a server that is down
//! a thousand times, nor all at once when it is back.

use core::time::Duration;

use yzb_cache::Monotonic;

use crate::Failure;

/// After the first failure.
const FIRST: Duration = Duration::from_millis(50);
/// The longest: a server that is back is found within it.
const LONGEST: Duration = Duration::from_secs(1);

/// What the last attempts came to.
#[derive(Default)]
pub(super) struct Backoff {
    failures: u32,
    last: Option<(Failure, Monotonic)>,
}

impl Backoff {
    /// The last failure, while it is too early for another attempt.
    pub(super) fn refuses(&self, now: Monotonic) -> Option<Failure> {
        let (failure, until) = self.last.as_ref()?;
        (now < *until).then(|| failure.clone())
    }

    /// An attempt failed. The pause is random, from one half of its full length to the whole.
    pub(super) fn failed(&mut self, failure: Failure, now: Monotonic, random: u64) {
        let full = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        let half = full / 2;
        let part = u64::try_from(half.as_millis()).unwrap_or_default();
        let pause = half + Duration::from_millis(random % (part + 1));
        self.failures = self.failures.saturating_add(1);
        self.last = Some((failure, now + pause));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Problem;

    fn pause(failures: u32, random: u64) -> u64 {
        let mut backoff = Backoff::default();
        let mut end = 0;
        for _ in 0..failures {
            backoff.failed(Failure::new(Problem::Unreachable), Monotonic::default(), random);
            end = backoff.last.as_ref().unwrap().1.as_millis();
        }
        assert!(backoff.refuses(Monotonic::from_millis(end - 1)).is_some());
        assert!(backoff.refuses(Monotonic::from_millis(end)).is_none());
        end
    }

    #[test]
    fn pauses_are_random_and_grow_to_one_second() {
        assert_eq!([pause(1, 0), pause(1, 25), pause(1, 26)], [25, 50, 25]);
        assert_eq!([pause(2, 0), pause(3, 0), pause(6, 0), pause(60, 0)], [50, 100, 500, 500]);
        assert_eq!(pause(60, 500), 1000);
    }
}
