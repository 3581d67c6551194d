//! When the next attempt may begin: pauses after failures, and the budget.

use core::time::Duration;

use yzb_proto::Retry;

use crate::broken::{Rule, broken};
use crate::policy::Pauses;
use crate::{LeaseError, LeaseErrorKind, Monotonic, Now, Policy};

/// The rhythm of attempts.
#[derive(Debug, Default)]
pub(super) struct Pace {
    failures: u32,
    retry_at: Monotonic,
    /// The floor after the last failure, which outlasts even a recovery.
    floor_at: Monotonic,
    budget_at: Monotonic,
    last: Option<LeaseError>,
}

impl Pace {
    pub(super) const fn last_error(&self) -> Option<&LeaseError> {
        self.last.as_ref()
    }

    pub(super) fn next_start(&self) -> Monotonic {
        self.retry_at.max(self.floor_at).max(self.budget_at)
    }

    pub(super) fn may_start(&self, now: Now) -> bool {
        now.monotonic >= self.next_start()
    }

    /// What somebody is told who asks too early.
    pub(super) fn refusal(&self, attempt: u64, now: Now) -> LeaseError {
        let again_in = self.next_start().since(now.monotonic);
        let budget = || LeaseError::new(LeaseErrorKind::Budget, attempt, again_in);
        self.last.clone().unwrap_or_else(budget)
    }

    /// A request that may have issued a code was sent at this time.
    pub(super) fn draw(&mut self, policy: &Policy, sent: Now) {
        if broken(Rule::Budget) {
            return;
        }
        self.budget_at = self.budget_at.max(sent.monotonic + policy.issue_interval());
    }

    /// There is a good code again.
    pub(super) fn recover(&mut self) {
        self.failures = 0;
        self.last = None;
        self.retry_at = Monotonic::default();
    }

    /// Another failure; `random` is from 0 to 1.
    pub(super) fn fail(
        &mut self,
        policy: &Policy,
        attempt: u64,
        kind: LeaseErrorKind,
        now: Now,
        random: f64,
    ) -> LeaseError {
        self.failures = self.failures.saturating_add(1);
        let pause = pause(policy, &kind, self.failures, random);
        self.retry_at = match () {
            () if broken(Rule::Floor) => now.monotonic,
            () if broken(Rule::NeverGiveUp) => Monotonic::from_millis(u64::MAX),
            () => now.monotonic + pause,
        };
        if !broken(Rule::Floor) {
            self.floor_at = now.monotonic + policy.retry().floor;
        }
        let again_in = self.next_start().since(now.monotonic);
        let error = LeaseError::new(kind, attempt, again_in);
        self.last = Some(error.clone());
        error
    }
}

fn pause(policy: &Policy, kind: &LeaseErrorKind, failures: u32, random: f64) -> Duration {
    let asked = match kind {
        LeaseErrorKind::Issue(error) => error.retry(),
        _ => Retry::Later(None),
    };
    match asked {
        Retry::Later(None) => spread(policy.retry(), failures, random),
        Retry::Later(Some(asked)) => {
            // Sooner than asked for would be rude; for ever would be an outage of our own.
            let asked = Duration::from(asked).min(policy.refused().ceiling);
            spread(policy.retry(), failures, random).max(asked)
        }
        _ => spread(policy.refused(), failures, random),
    }
}

/// From the floor to a limit that doubles up to the ceiling, at random.
fn spread(pauses: Pauses, failures: u32, random: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.min(31));
    let longest = pauses.floor.saturating_mul(doubled).min(pauses.ceiling);
    // A broken source of randomness must not break the rhythm.
    let part = if (0.0..=1.0).contains(&random) { random } else { 1.0 };
    pauses.floor + (longest - pauses.floor).mul_f64(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSES: Pauses =
        Pauses { floor: Duration::from_secs(1), ceiling: Duration::from_secs(30) };

    #[test]
    fn pauses_grow_from_the_floor_to_the_ceiling() {
        let longest = [1, 2, 3, 4, 5, 6, u32::MAX].map(|n| spread(PAUSES, n, 1.0).as_secs());
        assert_eq!(longest, [2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(spread(PAUSES, 9, 0.0), PAUSES.floor);
        assert_eq!(spread(PAUSES, 9, f64::NAN), PAUSES.ceiling);
    }
}
