//! A token or ticket and those it replaced.

use std::collections::VecDeque;

use crate::hidden::Hidden;
use crate::rule::Why;

/// The current value and its predecessors, the latest first. A forgotten one is dead.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    current: Option<Issued>,
    previous: VecDeque<Issued>,
}

/// So many replaced values are remembered at most.
const REMEMBERED: usize = 1024;

/// What a new value leaves to the ones before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaves {
    /// Seconds, but never more than they had.
    pub(crate) grace: u64,
    /// Whether those replaced before keep what they have of theirs.
    pub(crate) spares: bool,
}

/// One value that was given out.
#[derive(Debug)]
struct Issued {
    value: Hidden,
    /// It works while `now` is before this moment.
    until: u64,
    revoked: bool,
}

/// A value that works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Live {
    /// The moment from which it will not, if nothing happens before.
    pub(crate) until: u64,
    /// It is the predecessor, in its grace.
    pub(crate) replaced: bool,
}

impl Slot {
    /// Puts a new value in place. Of those replaced before, the ones that work keep the end they
    /// have, unless they are not spared; the others are forgotten.
    pub(crate) fn replace(&mut self, value: String, now: u64, life: u64, leaves: Leaves) {
        if let Some(old) = self.current.take() {
            let until = old.until.min(now.saturating_add(leaves.grace));
            self.previous.retain(|issued| leaves.spares && issued.works(now));
            self.previous.truncate(REMEMBERED - 1);
            self.previous.push_front(Issued { until, ..old });
        }
        let until = now.saturating_add(life);
        self.current = Some(Issued { value: value.into(), until, revoked: false });
    }

    /// Takes the current value back; `false` if there was none that worked at `now`.
    pub(crate) fn revoke(&mut self, now: u64) -> bool {
        match &mut self.current {
            Some(issued) if issued.works(now) => {
                issued.revoked = true;
                true
            }
            _ => false,
        }
    }

    /// Whether `value` works at `now`, until when, and if not why.
    pub(crate) fn check(&self, value: &str, now: u64) -> Result<Live, Why> {
        let is_it = |issued: &&Issued| issued.value.as_str() == value;
        let current = self.current.as_ref().filter(is_it).map(|issued| (issued, false));
        let previous = || self.previous.iter().find(is_it).map(|issued| (issued, true));
        let (issued, replaced) = current.or_else(previous).ok_or(Why::Unknown)?;
        match issued {
            _ if issued.works(now) => Ok(Live { until: issued.until, replaced }),
            Issued { revoked: true, .. } => Err(Why::Revoked),
            _ if replaced => Err(Why::Replaced),
            _ => Err(Why::Expired),
        }
    }

    /// The current value and its end, if it works at `now`.
    pub(crate) fn current(&self, now: u64) -> Option<(&str, u64)> {
        let issued = self.current.as_ref().filter(|issued| issued.works(now))?;
        Some((issued.value.as_str(), issued.until))
    }

    /// The values that work at `now`, the current one first, each with whether it was replaced.
    pub(crate) fn live(&self, now: u64) -> impl Iterator<Item = (&str, bool)> {
        let current = self.current.iter().map(|issued| (issued, false));
        let previous = self.previous.iter().map(|issued| (issued, true));
        let working = current.chain(previous).filter(move |(issued, _)| issued.works(now));
        working.map(|(issued, replaced)| (issued.value.as_str(), replaced))
    }
}

impl Issued {
    fn works(&self, now: u64) -> bool {
        !self.revoked && now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN_MINUTES: Leaves = Leaves { grace: 600, spares: true };

    fn slot(issued: &[(&str, u64)]) -> Slot {
        let mut slot = Slot::default();
        for &(value, at) in issued {
            slot.replace(value.to_owned(), at, 7200, TEN_MINUTES);
        }
        slot
    }

    #[test]
    fn a_value_works_up_to_but_not_at_its_end() {
        let slot = slot(&[("a", 1000)]);
        assert_eq!(slot.check("a", 8199), Ok(Live { until: 8200, replaced: false }));
        assert_eq!(slot.check("a", 8200), Err(Why::Expired));
    }

    #[test]
    fn a_replaced_value_has_its_grace_and_no_more() {
        let slot = slot(&[("a", 0), ("b", 1000)]);
        assert_eq!(slot.check("a", 1599), Ok(Live { until: 1600, replaced: true }));
        assert_eq!(slot.check("a", 1600), Err(Why::Replaced));
    }

    #[test]
    fn grace_never_lengthens_a_life() {
        let slot = slot(&[("a", 0), ("b", 7000)]);
        assert_eq!(slot.check("a", 7199), Ok(Live { until: 7200, replaced: true }));
        assert_eq!(slot.check("a", 7200), Err(Why::Replaced));
    }

    #[test]
    fn a_value_replaced_twice_keeps_its_grace_unless_it_is_not_spared() {
        let mut slot = slot(&[("a", 0), ("b", 10), ("c", 20)]);
        assert_eq!(slot.check("a", 609), Ok(Live { until: 610, replaced: true }));
        assert_eq!(slot.check("a", 610), Err(Why::Replaced));
        assert_eq!(slot.live(21).collect::<Vec<_>>(), [("c", false), ("b", true), ("a", true)]);
        slot.replace("d".to_owned(), 30, 7200, Leaves { grace: 600, spares: false });
        assert_eq!(slot.live(31).collect::<Vec<_>>(), [("d", false), ("c", true)]);
        assert_eq!(slot.check("b", 31), Err(Why::Unknown));
    }

    #[test]
    fn those_remembered_keep_each_its_own_end_whatever_is_left_to_others() {
        let mut slot = Slot::default();
        for at in 0..5 {
            slot.replace(at.to_string(), at, 100, Leaves { grace: u64::MAX, spares: true });
        }
        slot.replace("5".to_owned(), 5, 100, Leaves { grace: 0, spares: true });
        assert_eq!(slot.check("0", 99), Ok(Live { until: 100, replaced: true }));
        assert_eq!(slot.check("0", 100), Err(Why::Replaced));
        assert_eq!(slot.check("4", 5), Err(Why::Replaced), "this one was left nothing");
        assert_eq!(slot.current(104), Some(("5", 105)));
        assert_eq!(slot.current(105), None);
    }

    #[test]
    fn memory_is_bounded_and_what_has_ended_goes_first() {
        let mut slot = Slot::default();
        let replace = |slot: &mut Slot, at: u64| {
            let leaves = Leaves { grace: u64::MAX, spares: true };
            slot.replace(at.to_string(), at, 10_000, leaves);
        };
        (0..3000).for_each(|at| replace(&mut slot, at));
        assert_eq!(slot.previous.len(), REMEMBERED);
        assert_eq!(slot.check("1974", 3000), Err(Why::Unknown));
        assert!(slot.check("1975", 3000).is_ok());
        replace(&mut slot, 20_000);
        assert_eq!(slot.previous.len(), 1);
    }

    #[test]
    fn a_revoked_value_is_dead_and_gets_no_grace_when_replaced() {
        let mut slot = slot(&[("a", 0)]);
        assert!(slot.revoke(5));
        assert!(!slot.revoke(5));
        assert_eq!(slot.check("a", 5), Err(Why::Revoked));
        slot.replace("b".to_owned(), 6, 7200, TEN_MINUTES);
        assert_eq!(slot.check("a", 7), Err(Why::Revoked));
        assert_eq!(slot.live(7).collect::<Vec<_>>(), [("b", false)]);
    }

    #[test]
    fn at_the_end_of_time_nothing_overflows() {
        let mut slot = Slot::default();
        slot.replace("a".to_owned(), u64::MAX, 7200, TEN_MINUTES);
        slot.replace("b".to_owned(), u64::MAX, 7200, TEN_MINUTES);
        assert_eq!(slot.check("b", u64::MAX), Err(Why::Expired));
    }
}
