//! The combinations of limits that cannot work.

use core::fmt;
use core::time::Duration;

use super::{Pauses, Policy, TICKET_GRACE};

/// Limits that contradict each other. `Display` says which, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPolicy {
    /// A pause between attempts, `issue_interval`, `reread_every` or `watch_every` is shorter than
    /// 100 ms.
    TightLoop,
    /// A floor is above its ceiling.
    FloorAboveCeiling,
    /// `refresh_spread` is not a number from 0 to 0.5.
    Spread,
    /// `refresh_ahead`, at its shortest, is not longer than `serve_margin` and `clock_bound`.
    RefreshTooLate,
    /// `longest_lifetime` is not longer than `refresh_ahead`, at its longest.
    LifetimeTooShort,
    /// `unknown_lifetime` is too short for the next issue to come in time.
    UnknownTooShort,
    /// `unknown_lifetime` is longer than `longest_lifetime`.
    UnknownTooLong,
    /// `ticket_margin` leaves nothing of the 600 s.
    TicketMargin,
    /// `reread_every` is too rare for a shared ticket to stay trusted.
    RereadTooRare,
    /// `store_timeout`, `turn_wait`, `send_within`, `issue_interval` or `reread_every` is zero.
    Zero,
    /// `renewal_limit` is not longer than `turn_wait` and `send_within` together.
    LimitTooShort,
    /// `clock_tolerance` is shorter than the second in which wall clocks are read.
    ClockTolerance,
    /// `alone_interval` is shorter than `issue_interval`.
    AloneTooOften,
    /// `watch_every` is too rare to notice in time that a ticket was replaced.
    WatchTooRare,
    /// A limit is longer than 30 days.
    Absurd,
}

impl InvalidPolicy {
    pub(super) fn find(policy: &Policy) -> Option<Self> {
        let tight = |pauses: Pauses| pauses.floor < TIGHT;
        let upside_down = |pauses: Pauses| pauses.floor > pauses.ceiling;
        let spread = policy.refresh_spread;
        // First what the others reckon with.
        if !(0.0..=0.5).contains(&spread) {
            return Some(Self::Spread);
        }
        if longest(policy) > MONTH {
            return Some(Self::Absurd);
        }
        let rules = [
            (upside_down(policy.retry) || upside_down(policy.refused), Self::FloorAboveCeiling),
            (shortest_wait(policy).is_zero(), Self::Zero),
            (tight(policy.retry) || tight(policy.refused), Self::TightLoop),
            (often(policy) < TIGHT, Self::TightLoop),
            (policy.renewal_limit <= policy.turn_wait + policy.send_within, Self::LimitTooShort),
            (policy.clock_tolerance < Duration::from_secs(2), Self::ClockTolerance),
            (ahead(policy, -spread) <= margins(policy), Self::RefreshTooLate),
            (policy.longest_lifetime <= ahead(policy, spread), Self::LifetimeTooShort),
            (
                policy.unknown_lifetime <= policy.serve_margin + policy.issue_interval,
                Self::UnknownTooShort,
            ),
            (policy.unknown_lifetime > policy.longest_lifetime, Self::UnknownTooLong),
            (policy.ticket_margin + margins(policy) >= TICKET_GRACE, Self::TicketMargin),
            // Two re-reads may fail before a copy is distrusted.
            (
                policy.reread_every.mul_f64(3.6) + margins(policy) > policy.ticket_trust(),
                Self::RereadTooRare,
            ),
            (policy.alone_interval < policy.issue_interval, Self::AloneTooOften),
            (
                policy.watch_every + policy.reread_every.mul_f64(1.2) + margins(policy)
                    > policy.ticket_trust(),
                Self::WatchTooRare,
            ),
        ];
        rules.into_iter().find_map(|(broken, reason)| broken.then_some(reason))
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::TightLoop => {
                "the floors of retry_pauses and refused_pauses, issue_interval, reread_every and \
                 watch_every must be at least 100 ms: less is a tight loop"
            }
            Self::FloorAboveCeiling => {
                "the floor of retry_pauses or refused_pauses is above its ceiling: swap them"
            }
            Self::Spread => {
                "refresh_spread must be from 0 to 0.5: it is the part by which refresh_ahead varies"
            }
            Self::RefreshTooLate => {
                "refresh_ahead must be longer than serve_margin and clock_bound together, the spread \
                 included: otherwise every code is over before it is renewed"
            }
            Self::LifetimeTooShort => {
                "longest_lifetime must be longer than refresh_ahead, the spread included: otherwise \
                 every code is due at once"
            }
            Self::UnknownTooShort => {
                "unknown_lifetime must be longer than serve_margin and issue_interval together: \
                 otherwise the code is over before the next may be issued"
            }
            Self::UnknownTooLong => {
                "unknown_lifetime must not be longer than longest_lifetime: a code of which nothing was \
                 said would be believed longer than one that says so"
            }
            Self::TicketMargin => {
                "ticket_margin, serve_margin and clock_bound together must be less than 600 s: \
                 otherwise no shared ticket is ever trusted"
            }
            Self::RereadTooRare => {
                "reread_every must fit three times into 600 s less the margins, its spread of 20 % \
                 included: otherwise a store that is slow twice takes good tickets away"
            }
            Self::Zero => {
                "store_timeout, turn_wait, send_within, issue_interval and reread_every must not be \
                 zero"
            }
            Self::LimitTooShort => {
                "renewal_limit must be longer than turn_wait and send_within together: otherwise \
                 renewals are given up that do well"
            }
            Self::ClockTolerance => {
                "clock_tolerance must be at least 2 s: wall clocks are read in whole seconds"
            }
            Self::AloneTooOften => {
                "alone_interval must be at least issue_interval: being cut off is no reason to issue \
                 more often"
            }
            Self::WatchTooRare => {
                "watch_every must be less than 600 s by the margins and one reread_every: otherwise a \
                 ticket that somebody replaced is over before that is noticed"
            }
            Self::Absurd => "no limit may be longer than 30 days",
        }
    }
}

impl fmt::Display for InvalidPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl core::error::Error for InvalidPolicy {}

const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);
const TIGHT: Duration = Duration::from_millis(100);

fn ahead(policy: &Policy, spread: f64) -> Duration {
    policy.refresh_ahead.mul_f64(1.0 + spread)
}

/// How long before its end a code that another process stored is no longer handed out.
fn margins(policy: &Policy) -> Duration {
    policy.serve_margin + policy.clock_bound
}

/// The shortest time between two rounds of anything that comes round.
fn often(policy: &Policy) -> Duration {
    policy.issue_interval.min(policy.reread_every).min(policy.watch_every)
}

fn shortest_wait(policy: &Policy) -> Duration {
    let waits = [policy.turn_wait, policy.send_within, policy.issue_interval, policy.reread_every];
    waits.into_iter().fold(policy.store_timeout, Duration::min)
}

fn longest(policy: &Policy) -> Duration {
    let all = [
        policy.serve_margin,
        policy.retry.ceiling,
        policy.refused.ceiling,
        policy.issue_interval,
        policy.longest_lifetime,
        policy.unknown_lifetime,
        policy.ticket_margin,
        policy.reread_every,
        policy.store_timeout,
        policy.turn_wait,
        policy.send_within,
        policy.renewal_limit,
        policy.clock_tolerance,
        policy.clock_bound,
        policy.alone_interval,
        policy.watch_every,
    ];
    all.into_iter().fold(policy.refresh_ahead, Duration::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PolicyBuilder;

    fn refused(change: impl FnOnce(PolicyBuilder) -> PolicyBuilder) -> Option<InvalidPolicy> {
        change(Policy::builder()).build().err()
    }

    #[test]
    fn the_defaults_can_work() {
        assert_eq!(refused(|policy| policy), None);
    }

    #[test]
    fn what_cannot_work_is_refused_with_the_reason() {
        use InvalidPolicy as Bad;
        let s = Duration::from_secs;
        assert_eq!(refused(|p| p.retry_pauses(s(0), s(1))), Some(Bad::TightLoop));
        let short = Duration::from_millis(99);
        assert_eq!(refused(|p| p.reread_every(short)), Some(Bad::TightLoop));
        assert_eq!(refused(|p| p.issue_interval(short)), Some(Bad::TightLoop));
        assert_eq!(refused(|p| p.renewal_limit(s(45))), Some(Bad::LimitTooShort));
        assert_eq!(refused(|p| p.refused_pauses(s(9), s(8))), Some(Bad::FloorAboveCeiling));
        assert_eq!(refused(|p| p.refresh_spread(f64::NAN)), Some(Bad::Spread));
        assert_eq!(refused(|p| p.refresh_ahead(s(11))), Some(Bad::RefreshTooLate));
        assert_eq!(refused(|p| p.longest_lifetime(s(985))), Some(Bad::LifetimeTooShort));
        assert_eq!(refused(|p| p.unknown_lifetime(s(40))), Some(Bad::UnknownTooShort));
        assert_eq!(refused(|p| p.unknown_lifetime(s(14_401))), Some(Bad::UnknownTooLong));
        assert_eq!(refused(|p| p.ticket_margin(s(590))), Some(Bad::TicketMargin));
        assert_eq!(refused(|p| p.reread_every(s(200))), Some(Bad::RereadTooRare));
        assert_eq!(refused(|p| p.send_within(s(0))), Some(Bad::Zero));
        assert_eq!(refused(|p| p.clock_tolerance(s(1))), Some(Bad::ClockTolerance));
        assert_eq!(refused(|p| p.alone_interval(s(29))), Some(Bad::AloneTooOften));
        assert_eq!(refused(|p| p.watch_every(s(430))), Some(Bad::WatchTooRare));
        assert_eq!(refused(|p| p.clock_bound(s(801))), Some(Bad::RefreshTooLate));
        assert_eq!(refused(|p| p.turn_wait(Duration::MAX)), Some(Bad::Absurd));
    }
}
