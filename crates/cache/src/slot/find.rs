//! What the store held.

use core::time::Duration;

use yzb_proto::{Lifetime, UnixSeconds};

use super::hold::{New, counted, margin, record};
use super::settle::wall_of;
use super::{Slot, Worth};
use crate::lease::Standing;
use crate::{Anomaly, Event, Kind, Now, Policy, Previous, Source, Stored, Token};

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
