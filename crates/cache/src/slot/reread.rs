//! When the store is looked into again.

use core::time::Duration;

use super::Slot;
use crate::{Monotonic, Now, Policy, Token};

impl<T: Token> Slot<T> {
    /// What is held could not be stored, or is stored now. Others cannot see it until it is, and their
    /// turn comes: so the store is looked into again soon.
    pub(crate) fn keeps_unstored(&mut self, policy: &Policy, now: Now, unstored: bool) {
        if unstored && !core::mem::replace(&mut self.rare().unstored, true) {
            self.reread_at = self.reread_at.min(now.monotonic + policy.retry().floor);
        } else if let Some(rare) = self.rare.as_mut().filter(|_| !unstored) {
            rare.unstored = false;
        }
        self.hush(now);
    }

    pub(super) fn plan_reread(&mut self, policy: &Policy, now: Now, random: f64) {
        let unstored = self.rare.as_ref().is_some_and(|rare| rare.unstored);
        let every = match &self.held {
            Some(_) if unstored => policy.reread_every().min(policy.retry().ceiling / 4),
            Some(_) => policy.reread_every(),
            None => return self.reread_at = now.monotonic + policy.retry().floor,
        };
        self.reread_at = next_reread(every, now.monotonic, random);
    }
}

/// Into how many parts the time between two looks is divided.
const PARTS: u64 = 10;

/// About `every` from now, ±20 %, at a moment at which other slots by this clock look too, so that a
/// store can do it at once. The part of the clock that is left over is dropped, unless that is too soon.
fn next_reread(every: Duration, now: Monotonic, random: f64) -> Monotonic {
    let part = if (0.0..=1.0).contains(&random) { random } else { 0.5 };
    let soonest = now + every.mul_f64(0.8);
    let at = now + every.mul_f64(0.4_f64.mul_add(part, 0.8));
    let step = u64::try_from(every.as_millis()).unwrap_or(u64::MAX) / PARTS;
    if step == 0 {
        return at;
    }
    let down = Monotonic::from_millis(at.as_millis() - at.as_millis() % step);
    if down < soonest { down + Duration::from_millis(step) } else { down }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn the_next_look_is_a_minute_away_within_a_fifth_whenever_it_is_planned() {
        for now in (0..6_000).step_by(7).map(|now| Monotonic::from_millis(86_400_000 + now)) {
            for random in [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0, f64::NAN] {
                let pause = next_reread(MINUTE, now, random).since(now).as_millis();
                assert!((48_000..=72_000).contains(&pause), "{now:?} {random} {pause}");
            }
        }
    }

    #[test]
    fn slots_that_are_planned_at_different_times_look_at_a_few_moments() {
        let planned = |at: u64| next_reread(MINUTE, Monotonic::from_millis(at), 0.3).as_millis();
        let moments: Vec<_> = (0..60_000).step_by(11).map(planned).collect();
        assert!(moments.iter().all(|moment| moment % 6_000 == 0));
        // They are as far apart as a process may spread them, and not all at once.
        let mut different = moments.clone();
        different.dedup();
        assert_eq!(different.len(), 11);
    }

    #[test]
    fn chance_decides_among_the_moments() {
        let now = Monotonic::from_millis(120_100);
        let at = |random| next_reread(MINUTE, now, random).as_millis();
        assert_eq!([0.0, 0.3, 0.6, 1.0].map(at), [174_000, 174_000, 180_000, 192_000]);
        // Shorter than the clock can tell: as it comes.
        let short = next_reread(Duration::from_millis(9), Monotonic::from_millis(5), 0.0);
        assert_eq!(short, Monotonic::from_millis(12));
    }
}
