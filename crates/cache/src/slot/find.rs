//! What the store held.

use core::time::Duration;

use yzb_proto::{Lifetime, UnixSeconds};

use super::hold::{New, counted, margin, record};
use super::settle::wall_of;
use super::{Slot, Worth};
use crate::lease::Standing;
use crate::{Anomaly, Event, Kind, Monotonic, Now, Policy, Previous, Source, Stored, Token};

/// What a look into the store came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Finding {
    /// There was nothing of use.
    Nothing,
    /// There was what is held.
    Confirmed,
    /// There was something else, which is handed out from now on.
    Adopted,
    /// What is held was lost, or never arrived: this is to be stored again.
    Rewrite(Stored),
}

impl<T: Token> Slot<T> {
    /// What the store held: `asked` is from before it was asked, `now` from after the answer, `random`
    /// from 0 to 1.
    #[must_use]
    pub fn find(
        &mut self,
        policy: &Policy,
        (asked, now): (Now, Now),
        found: Option<Stored>,
        random: f64,
    ) -> Finding {
        self.look(policy, now);
        self.plan_reread(policy, now, random);
        let asked = Now::new(wall_of(policy, asked, now), asked.monotonic);
        let finding = match found {
            None => self.rewrite(now),
            Some(found) => self.weigh(policy, (asked, now), (found, false), random),
        };
        if !matches!(finding, Finding::Rewrite(_)) {
            self.keeps_unstored(policy, now, false);
        }
        self.hush(now);
        finding
    }

    /// What the store held when it refused the code that is held, and what the platform says is the
    /// current one of the two: it is handed out from now on, whatever is held.
    pub fn yield_to(
        &mut self,
        policy: &Policy,
        (asked, now): (Now, Now),
        found: Stored,
        random: f64,
    ) {
        if let Some(lease) = &self.held {
            lease.limits.shorten(now);
        }
        let asked = Now::new(wall_of(policy, asked, now), asked.monotonic);
        let _ = self.weigh(policy, (asked, now), (found, true), random);
        self.hush(now);
    }

    /// The store could not be asked: what is held was not confirmed.
    pub fn find_failed(&mut self, policy: &Policy, now: Now, random: f64) {
        self.plan_reread(policy, now, random);
        self.hush(now);
    }

    fn weigh(
        &mut self,
        policy: &Policy,
        (asked, now): (Now, Now),
        (found, is_current): (Stored, bool),
        random: f64,
    ) -> Finding {
        let Stored { code, expires_at, issued_at, generation, previous, issuer, .. } = found;
        let Some(token) = T::from_code(code) else {
            self.tell(Event::Anomaly(Anomaly::RecordOfAnotherKind));
            return Finding::Nothing;
        };
        if self.is_refused(policy, &token, expires_at) {
            return self.rewrite(now);
        }
        if self.held().is_some_and(|lease| lease.token.same_as(&token)) {
            return self.confirm(policy, asked, generation);
        }
        // Whoever knows their clock to be behind reads a moment as if it were right.
        let said = Duration::from(expires_at.since(now.wall + self.behind()));
        let from_the_future = said > policy.longest_lifetime() + policy.clock_tolerance();
        let mut left = said;
        if let Some(end) = self.known_end(token.fingerprint()) {
            left = left.min(end.since(now.monotonic));
        }
        let lived = issued_at.map(|issued_at| Duration::from(expires_at.since(issued_at)));
        let margin = margin(policy, Source::Stored, lived);
        if left <= margin {
            return self.rewrite(now);
        }
        let lost = self.lost_end(expires_at, issued_at);
        if let Some(end) = lost {
            left = left.min(end.since(now.monotonic));
        }
        if left <= margin {
            // It may have been replaced, or be newer than what is held: nothing is written over it.
            return Finding::Nothing;
        }
        if from_the_future {
            self.tell(Event::Anomaly(Anomaly::RecordFromTheFuture));
        }
        let facts = Facts { expires_at, issued_at, generation };
        let ours =
            if is_current { None } else { self.keep_ours(policy, now, &facts, from_the_future) };
        if let Some(finding) = ours {
            return finding;
        }
        if self.held.is_some() && generation <= self.generation() {
            self.tell(Event::ForeignWriter { code: token.fingerprint(), issuer });
        }
        let span = left.min(policy.longest_lifetime());
        let new = New {
            expiry: Now::new(now.wall + span.into(), now.monotonic + span),
            known_current: asked,
            lived: lived.filter(|lived| *lived >= span),
            // From the future, or perhaps replaced: due at once, and worth nothing to others.
            storable: !from_the_future && lost.is_none(),
            source: Source::Stored,
            issued_at,
            generation: generation.max(self.generation()),
        };
        let previous = previous.and_then(|previous| {
            let Previous { token, valid_until } = previous;
            Some(Box::new(Previous::new(T::from_code(token)?, valid_until)))
        });
        self.adopt(policy, (token, previous), new, now, random)
    }

    /// Whether what is held is better than what was found, and what to do about that.
    fn keep_ours(
        &self,
        policy: &Policy,
        now: Now,
        found: &Facts,
        from_the_future: bool,
    ) -> Option<Finding> {
        let is_counted = found.generation > 0;
        if is_counted && !self.shared && found.generation < self.generation() {
            // Nobody else writes there: it is an old one of ours, whose end is not remembered.
            return Some(self.rewrite(now));
        }
        let lease = self.held.as_ref()?;
        let ours = Facts {
            expires_at: lease.expires_at(),
            issued_at: lease.issued_at(),
            generation: counted(lease),
        };
        let older = found.is_older(&ours, uncertainty(policy));
        if lease.limits.standing(now) != Standing::Live {
            // What was replaced by ours is not the current ticket for being in the store.
            return (older && T::KIND == Kind::JsTicket).then_some(Finding::Nothing);
        }
        if from_the_future {
            return Some(Finding::Nothing);
        }
        older.then(|| self.rewrite(now))
    }

    fn adopt(
        &mut self,
        policy: &Policy,
        code: (T, Option<Box<Previous<T>>>),
        new: New,
        now: Now,
        random: f64,
    ) -> Finding {
        let lease = self.hold(policy, code, new, now, random);
        self.recover();
        self.tell(Event::Adopted {
            serial: lease.serial,
            code: lease.fingerprint(),
            expires_at: lease.expires_at(),
        });
        Finding::Adopted
    }

    pub(super) fn confirm(&mut self, policy: &Policy, asked: Now, generation: u64) -> Finding {
        if let Some(lease) = &self.held {
            lease.limits.raise_generation(generation);
        }
        // What a lost answer may have replaced is not current for being in the store.
        if let Some(lease) = self.held.as_ref().filter(|_| self.worth != Worth::PerhapsReplaced) {
            if self.shared {
                lease.limits.set_known_current(asked.wall);
            }
            self.trust(policy, asked.monotonic);
        }
        Finding::Confirmed
    }

    /// What is held is to be written again, if it is worth that.
    fn rewrite(&self, now: Now) -> Finding {
        match &self.held {
            Some(lease) if self.worth == Worth::Storable && lease.is_live(now) => {
                Finding::Rewrite(record(lease, self.ahead()))
            }
            _ => Finding::Nothing,
        }
    }

    /// After a refusal only something else that lasts longer is taken from the store.
    fn is_refused(&self, policy: &Policy, token: &T, expires_at: UnixSeconds) -> bool {
        self.refused().is_some_and(|refused| {
            // By another's clock, later may look a little earlier.
            let is_later = expires_at + uncertainty(policy) > refused.expires_at;
            token.fingerprint() == refused.code || !is_later
        })
    }

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

/// Two moments of issue by different clocks that are as close as this do not tell which came first. A
/// request may be sent a while after its moment was noted: it waits for a token, say.
fn uncertainty(policy: &Policy) -> Lifetime {
    (policy.clock_bound() + policy.send_within()).into()
}

/// What decides between two codes.
struct Facts {
    expires_at: UnixSeconds,
    issued_at: Option<UnixSeconds>,
    generation: u64,
}

impl Facts {
    /// Whether it was issued before the other, as far as can be told with clocks that differ by
    /// `bound`. Generations begin anew where a store lost what it had, so alone they count only where
    /// nobody said when the codes were issued.
    fn is_older(&self, other: &Self, bound: Lifetime) -> bool {
        match (self.issued_at, other.issued_at) {
            // Whoever counts further may have a clock that is far behind.
            (Some(issued), Some(others)) => {
                issued + bound < others && self.generation <= other.generation
            }
            _ if self.generation > 0 && other.generation > 0 => self.generation < other.generation,
            _ => self.expires_at + bound < other.expires_at,
        }
    }
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
