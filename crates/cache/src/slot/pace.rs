//! When the next attempt may begin: pauses after failures, and the budget.

use core::time::Duration;

use yzb_proto::Retry;

use super::Slot;
use super::rare::Trouble;
use crate::broken::{Rule, broken};
use crate::policy::Pauses;
use crate::{LeaseError, LeaseErrorKind, Monotonic, Now, Policy, Token};

impl<T: Token> Slot<T> {
    pub(super) fn next_start(&self) -> Monotonic {
        let trouble = self.rare.as_ref().and_then(|rare| rare.trouble.as_ref());
        trouble.map_or(self.start_at, |trouble| self.start_at.max(trouble.retry_at))
    }

    pub(super) fn may_start(&self, now: Now) -> bool {
        now.monotonic >= self.next_start()
    }

    /// What somebody is told who asks too early.
    pub(super) fn refusal(&self, now: Now) -> LeaseError {
        let again_in = self.next_start().since(now.monotonic);
        let budget = || LeaseError::new(LeaseErrorKind::Budget, self.attempts, again_in);
        self.last_error().cloned().unwrap_or_else(budget)
    }

    /// A request that may have issued a code was sent at this time.
    pub(super) fn draw(&mut self, policy: &Policy, sent: Now) {
        if !broken(Rule::Budget) {
            self.start_at = self.start_at.max(sent.monotonic + policy.issue_interval());
        }
    }

    /// There is a good code again. The floor after the last failure outlasts even that.
    pub(super) fn recover(&mut self) {
        if let Some(rare) = &mut self.rare {
            rare.trouble = None;
        }
    }

    /// Another failure; `random` is from 0 to 1.
    pub(super) fn fail(
        &mut self,
        policy: &Policy,
        kind: LeaseErrorKind,
        now: Now,
        random: f64,
    ) -> LeaseError {
        let trouble = self.rare.as_ref().and_then(|rare| rare.trouble.as_ref());
        let failures = trouble.map_or(0, |trouble| trouble.failures).saturating_add(1);
        let pause = pause(policy, &kind, failures, random);
        let retry_at = match () {
            () if broken(Rule::Floor) => now.monotonic,
            () if broken(Rule::NeverGiveUp) => Monotonic::from_millis(u64::MAX),
            () => now.monotonic + pause,
        };
        if !broken(Rule::Floor) {
            self.start_at = self.start_at.max(now.monotonic + policy.retry().floor);
        }
        let again_in = self.start_at.max(retry_at).since(now.monotonic);
        let error = LeaseError::new(kind, self.attempts, again_in);
        self.rare().trouble = Some(Trouble { failures, retry_at, error: error.clone() });
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
