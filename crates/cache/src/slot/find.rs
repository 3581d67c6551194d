//! What the store held.

use core::time::Duration;

use yzb_proto::UnixSeconds;

use super::hold::{New, record};
use super::{Slot, Worth};
use crate::lease::Standing;
use crate::{Anomaly, Event, Kind, Now, Policy, Source, Stored, Token};

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

/// Of two codes whose expiries are as close as this, nobody can say which is the later one.
const CLOSE: Duration = Duration::from_secs(60);

impl<T: Token> Slot<T> {
    /// What the store held, `random` being from 0 to 1.
    #[must_use]
    pub fn find(
        &mut self,
        policy: &Policy,
        now: Now,
        found: Option<Stored>,
        random: f64,
    ) -> Finding {
        self.look(policy, now);
        self.plan_reread(policy, now, random);
        let finding = match found {
            None => self.rewrite(now),
            Some(found) => self.weigh(policy, now, found, random),
        };
        self.hush(now);
        finding
    }

    /// The store could not be asked: what is held was not confirmed.
    pub fn find_failed(&mut self, policy: &Policy, now: Now, random: f64) {
        self.plan_reread(policy, now, random);
        self.hush(now);
    }

    fn weigh(&mut self, policy: &Policy, now: Now, found: Stored, random: f64) -> Finding {
        let Stored { code, expires_at, issued_at, generation } = found;
        let Some(token) = T::from_code(code) else {
            self.tell(Event::Anomaly(Anomaly::RecordOfAnotherKind));
            return Finding::Nothing;
        };
        if self.is_refused(&token, expires_at) {
            return self.rewrite(now);
        }
        if self.held().is_some_and(|lease| lease.token.same_as(&token)) {
            return self.confirm(policy, now);
        }
        let said = Duration::from(expires_at.since(now.wall));
        let from_the_future = said > policy.longest_lifetime() + policy.clock_tolerance();
        let mut left = said;
        if let Some(end) = self.known_end(token.fingerprint()) {
            left = left.min(end.since(now.monotonic));
        }
        let lost = self.lost_end(expires_at, issued_at);
        if let Some(end) = lost {
            left = left.min(end.since(now.monotonic));
        }
        if left <= policy.serve_margin() {
            return self.rewrite(now);
        }
        if from_the_future {
            self.tell(Event::Anomaly(Anomaly::RecordFromTheFuture));
        }
        if let Some(finding) =
            self.keep_ours(now, &Facts { expires_at, generation }, from_the_future)
        {
            return finding;
        }
        if self.held.is_some() && generation <= self.generation() {
            self.tell(Event::ForeignWriter { code: token.fingerprint() });
        }
        let span = left.min(policy.longest_lifetime());
        let lived = issued_at.map(|issued_at| Duration::from(expires_at.since(issued_at)));
        let new = New {
            expiry: Now::new(now.wall + span.into(), now.monotonic + span),
            known_current: now,
            lived: lived.filter(|lived| *lived >= span),
            // From the future, or perhaps replaced: due at once, and worth nothing to others.
            storable: !from_the_future && lost.is_none(),
            source: Source::Stored,
            issued_at,
            generation: generation.max(self.generation()),
        };
        self.adopt(policy, token, new, now, random)
    }

    /// Whether what is held is better than what was found, and what to do about that.
    fn keep_ours(&self, now: Now, found: &Facts, from_the_future: bool) -> Option<Finding> {
        let counted = found.generation > 0;
        if counted && !self.shared && found.generation < self.generation() {
            // Nobody else writes there: it is an old one of ours, whose end is not remembered.
            return Some(self.rewrite(now));
        }
        let lease = self.held.as_ref()?;
        let older = if counted && found.generation != self.generation() {
            found.generation < self.generation()
        } else {
            found.expires_at + CLOSE.into() < lease.expires_at()
        };
        if lease.limits.standing(now) != Standing::Live {
            // What was replaced by ours is not the current ticket for being in the store.
            return (older && T::KIND == Kind::JsTicket).then_some(Finding::Nothing);
        }
        if from_the_future {
            return Some(Finding::Nothing);
        }
        older.then(|| self.rewrite(now))
    }

    fn adopt(&mut self, policy: &Policy, token: T, new: New, now: Now, random: f64) -> Finding {
        let lease = self.hold(policy, token, new, now, random);
        self.recover();
        self.tell(Event::Adopted {
            serial: lease.serial,
            code: lease.fingerprint(),
            expires_at: lease.expires_at(),
        });
        Finding::Adopted
    }

    fn confirm(&mut self, policy: &Policy, now: Now) -> Finding {
        // What a lost answer may have replaced is not current for being in the store.
        if let Some(lease) = self.held.as_ref().filter(|_| self.worth != Worth::PerhapsReplaced) {
            if self.shared {
                lease.limits.set_known_current(now.wall);
            }
            self.trust(policy, now.monotonic);
        }
        Finding::Confirmed
    }

    /// What is held is to be written again, if it is worth that.
    fn rewrite(&self, now: Now) -> Finding {
        match &self.held {
            Some(lease) if self.worth == Worth::Storable && lease.is_live(now) => {
                Finding::Rewrite(record(lease))
            }
            _ => Finding::Nothing,
        }
    }

    /// After a refusal only something else that lasts longer is taken from the store.
    fn is_refused(&self, token: &T, expires_at: UnixSeconds) -> bool {
        self.refused().is_some_and(|refused| {
            token.fingerprint() == refused.code || expires_at <= refused.expires_at
        })
    }

    pub(super) fn plan_reread(&mut self, policy: &Policy, now: Now, random: f64) {
        let part = if (0.0..=1.0).contains(&random) { random } else { 0.5 };
        let pause = match &self.held {
            Some(_) => policy.reread_every().mul_f64(0.4_f64.mul_add(part, 0.8)),
            None => policy.retry().floor,
        };
        self.reread_at = now.monotonic + pause;
    }
}

/// What decides between two codes.
struct Facts {
    expires_at: UnixSeconds,
    generation: u64,
}
