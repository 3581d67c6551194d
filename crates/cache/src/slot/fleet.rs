//! What a slot needs to know of others who issue for the same app.

use core::time::Duration;

use yzb_proto::{Lifetime, UnixSeconds};

use super::hold::{before, milliseconds};
use super::settle::wall_of;
use super::{Slot, Worth};
use crate::policy::TICKET_GRACE;
use crate::{Checked, Event, Kind, Lease, Now, Policy, Source, StoreError, Token, Witness};

/// By how many seconds each witness's clock is ahead of ours, where that is beyond the bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ClockOff {
    platform: i64,
    store: i64,
}

/// A store's clock is believed for so many seconds, and no more: beyond, it would make each code that is
/// stored look over to everybody, and a fleet whose clocks are all right would issue one after the other
/// because that of its store is not. The platform's is the one by which codes end.
const BELIEVED: i64 = 3600;

impl ClockOff {
    fn behind(self) -> Lifetime {
        positive(self.platform.max(self.store.min(BELIEVED)))
    }

    fn ahead(self) -> Lifetime {
        positive(-self.platform.min(self.store.max(-BELIEVED)))
    }
}

impl<T: Token> Slot<T> {
    /// Whether to issue although the store cannot be reached. Where others share it: only if the policy
    /// says so, what is held will not last until the next tries, and it was not done just now.
    #[must_use]
    pub fn may_go_alone(&self, policy: &Policy, now: Now) -> bool {
        let goes_alone = policy.goes_alone(self.shared);
        if !goes_alone || !self.shared {
            return goes_alone;
        }
        let tries = policy.retry().ceiling * 2;
        let later = Now::new(now.wall + tries.into(), now.monotonic + tries);
        let lasts = self.held.as_ref().is_some_and(|lease| lease.is_live(later));
        let last = self.rare.as_ref().and_then(|rare| rare.alone);
        !lasts && last.is_none_or(|(last, _)| now.monotonic.since(last) >= policy.alone_interval())
    }

    /// It goes to issue although the store cannot be reached, for this reason.
    pub fn goes_alone(&mut self, now: Now, error: StoreError) {
        if self.shared {
            let attempt = self.attempts;
            self.rare().alone = Some((now.monotonic, attempt));
        }
        self.tell(Event::WithoutStore { error });
    }

    /// What another clock said: `asked` is from before it was asked, `now` from after the answer.
    /// Beyond the policy's bound that is told, and from then on whichever clock ends a stored code
    /// sooner is believed; a store's by an hour at most.
    pub fn witness(
        &mut self,
        policy: &Policy,
        (asked, now): (Now, Now),
        moment: UnixSeconds,
        witness: Witness,
    ) {
        // A second, because both are read in whole ones.
        let earliest = wall_of(policy, asked, now).minus(Lifetime::from_secs(1));
        let latest = now.wall + Lifetime::from_secs(1);
        let seconds = if moment > latest {
            signed(moment.since(latest))
        } else {
            -signed(earliest.since(moment))
        };
        let bound = signed(policy.clock_bound().into());
        let off = if seconds.abs() > bound { seconds } else { 0 };
        if off != 0 {
            self.tell(Event::ClockDiffers { seconds, witness });
        }
        let known = self.rare.as_ref().map_or(ClockOff::default(), |rare| rare.clock_off);
        let mut new = known;
        match witness {
            Witness::Platform => new.platform = off,
            Witness::Store => new.store = off,
        }
        if new != known {
            let before = self.behind();
            self.rare().clock_off = new;
            self.shorten_stored(Duration::from(self.behind()).saturating_sub(before.into()));
        }
        self.hush(now);
    }

    /// Whether the platform is to be asked whether the held ticket is still the current one: where
    /// others may replace it unseen, and while the store cannot say.
    #[must_use]
    pub fn wants_check(&self, policy: &Policy, now: Now, store_failed: bool) -> bool {
        let is_blind = store_failed && self.shared && T::KIND == Kind::JsTicket;
        if !is_blind && !self.watches(policy) {
            return false;
        }
        let last = self.rare.as_ref().and_then(|rare| rare.checked);
        self.held.as_ref().filter(|lease| lease.is_live(now)).is_some_and(|lease| {
            let last = last.filter(|(_, serial)| *serial == lease.serial());
            last.is_none_or(|(last, _)| now.monotonic.since(last) >= policy.watch_every())
        })
    }

    /// Whether somebody may replace the ticket whom the store does not know.
    pub(super) fn watches(&self, policy: &Policy) -> bool {
        let others = policy.other_issuers() || policy.issue_without_store() == Some(true);
        others && self.shared && T::KIND == Kind::JsTicket
    }

    /// What the platform said of the lease of this number: `asked` is from before it was asked.
    pub fn checked(
        &mut self,
        policy: &Policy,
        serial: u64,
        (asked, now): (Now, Now),
        checked: Checked,
    ) {
        self.rare().checked = Some((asked.monotonic, serial));
        let Some(lease) = self.held.clone().filter(|lease| lease.serial() == serial) else {
            return;
        };
        match checked {
            Checked::CannotTell => {}
            Checked::Invalid => {
                self.invalidate(&lease, now);
            }
            Checked::Valid { until } => {
                // What was issued by a clock that is ahead expires sooner than that says.
                let promised = lease.expires_at().minus(self.ahead());
                if until + policy.clock_bound().into() < promised {
                    self.replaced_elsewhere(policy, &lease, now, until);
                } else {
                    let asked = Now::new(wall_of(policy, asked, now), asked.monotonic);
                    let _ = self.confirm(policy, asked, 0);
                    if until < promised {
                        self.end_at(policy, &lease, now, until);
                    }
                }
            }
        }
        self.hush(now);
    }

    /// Whether the renewal that runs goes on without the store.
    pub(super) fn is_alone(&self) -> bool {
        let last = self.rare.as_ref().and_then(|rare| rare.alone);
        last.is_some_and(|(_, attempt)| attempt == self.attempts)
    }

    /// By how much others' clocks are ahead of ours, as far as they are believed.
    pub(super) fn behind(&self) -> Lifetime {
        self.rare.as_ref().map_or(Lifetime::ZERO, |rare| rare.clock_off.behind())
    }

    /// By how much ours is ahead of others' clocks, as far as they are believed.
    pub(super) fn ahead(&self) -> Lifetime {
        self.rare.as_ref().map_or(Lifetime::ZERO, |rare| rare.clock_off.ahead())
    }

    /// What is held by another's moment ends so much sooner than was thought.
    fn shorten_stored(&self, by: Duration) {
        let stored = self.held.as_ref().filter(|lease| lease.source() == Source::Stored);
        if let Some(lease) = stored.filter(|_| !by.is_zero()) {
            lease.limits.shorten(before(lease.limits.end(), by));
        }
    }

    /// Somebody else got another ticket: this one is over at that moment by the platform's clock.
    fn replaced_elsewhere(
        &mut self,
        policy: &Policy,
        lease: &Lease<T>,
        now: Now,
        until: UnixSeconds,
    ) {
        self.worth = Worth::PerhapsReplaced;
        let known_current = until.minus(TICKET_GRACE.into()).min(lease.limits.known_current());
        lease.limits.set_known_current(known_current);
        self.end_at(policy, lease, now, until);
        self.due = self.due.min(now.monotonic);
        self.tell(Event::ReplacedElsewhere { serial: lease.serial(), until });
    }
}

impl<T: Token> Slot<T> {
    /// The held code is over at that moment by the platform's clock, at the latest: also if that is so
    /// close to what was promised that it may come from a clock, or from somebody who replaced it.
    fn end_at(&mut self, policy: &Policy, lease: &Lease<T>, now: Now, until: UnixSeconds) {
        let left = Duration::from(until.since(now.wall)).saturating_sub(policy.clock_bound());
        let end = Now::new(now.wall + left.into(), now.monotonic + left);
        lease.limits.shorten(before(end, milliseconds(self.margin)));
        self.expiry = self.expiry.min(end.monotonic);
    }
}

fn signed(span: Lifetime) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

fn positive(seconds: i64) -> Lifetime {
    Lifetime::from_secs(u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use yzb_proto::ServerAccessToken;

    use super::*;
    use crate::Monotonic;

    #[test]
    fn whose_policy_says_nothing_goes_alone_where_nobody_shares_the_store() {
        let now = Now::new(UnixSeconds::new(1_700_000_000), Monotonic::from_millis(5000));
        let policy = |yes| Policy::builder().issue_without_store(yes).build().unwrap();
        for (shared, policy, wanted) in [
            (false, Policy::default(), true),
            (true, Policy::default(), false),
            (true, policy(true), true),
            (false, policy(false), false),
        ] {
            let slot = Slot::<ServerAccessToken>::new(shared);
            assert_eq!(slot.may_go_alone(&policy, now), wanted, "{shared} {policy:?}");
        }
    }
}
