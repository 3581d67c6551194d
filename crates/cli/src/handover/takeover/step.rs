//! What is to be done with one code. Pure.

use std::fmt;

use yzb::{Stored, UnixSeconds};
use yzb_store_redis::{Sighting, Whose};

use super::super::platform::Opinion;
use super::super::task;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The record is as it should be.
    Keep,
    /// The code is good: the record is written again with the same code, in our spelling.
    Write,
    /// Another code is issued, in turn, and stored.
    Issue(Why),
    /// The task may be about to renew it: see what becomes of it.
    Await,
    /// It is another fleet's, and is left alone.
    Leave,
}

/// Why another code is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Missing,
    Unreadable,
    Over,
    Refused,
    SaysTooMuch,
    Due { left: u64 },
}

/// A record that says so many seconds more than the platform does is not to be followed: readers would go
/// on with a dead code. Less than that a clock may explain.
const WRONG_BY: u64 = 300;

/// Where codes go, and how long they must last at least.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) is_back: bool,
    /// What has no more left than this, in seconds, is renewed.
    pub(super) least: u64,
    /// No code lasts longer than this, in seconds.
    pub(super) longest: u64,
}

/// What of a record decides.
#[derive(Clone, Copy)]
struct Record<'a> {
    stored: &'a Stored,
    whose: Whose,
    /// The task cannot reckon with its expiry.
    is_odd: bool,
}

impl Way {
    /// What to do with what is there.
    pub(super) fn step(self, sighting: &Sighting, opinion: Opinion, now: UnixSeconds) -> Step {
        match sighting {
            Sighting::Record(sighted) => {
                let (stored, whose) = (&sighted.stored, sighted.whose);
                let record = Record { stored, whose, is_odd: sighted.expires_as_text };
                self.of_record(record, opinion, now)
            }
            Sighting::Absent => Step::Issue(Why::Missing),
            _ => Step::Issue(Why::Unreadable),
        }
    }

    fn of_record(self, record: Record<'_>, opinion: Opinion, now: UnixSeconds) -> Step {
        let Record { stored, whose, is_odd } = record;
        if whose == Whose::Others {
            return Step::Leave;
        }
        let said = stored.expires_at.since(now).as_secs();
        let left = left(said, opinion, now);
        if left == 0 {
            return Step::Issue(if opinion == Opinion::Refused { Why::Refused } else { Why::Over });
        }
        if said > self.longest || said - left > WRONG_BY {
            return Step::Issue(Why::SaysTooMuch);
        }
        let is_task_s = stored.generation == 0;
        // It goes by what its record says.
        if is_task_s && is_about_to_be_renewed(said) {
            return Step::Await;
        }
        if left <= self.least {
            return Step::Issue(Why::Due { left });
        }
        // On the way back our further fields stay: the task reads two, and writes no others.
        if is_odd || (is_task_s && !self.is_back) { Step::Write } else { Step::Keep }
    }
}

/// The seconds that a code has left of those that its record says, as far as anybody knows.
fn left(said: u64, opinion: Opinion, now: UnixSeconds) -> u64 {
    match opinion {
        Opinion::Refused => 0,
        Opinion::ValidUntil(until) => said.min(until.since(now).as_secs()),
        Opinion::Unasked => said,
    }
}

/// Whether the task, if it runs, comes upon it in one of its next rounds. If two ask at once, the
/// platform keeps one token, and nobody knows which. Later than that, it does not run.
const fn is_about_to_be_renewed(left: u64) -> bool {
    let soon = task::AHEAD + task::TOLERANCE;
    let over_due = task::AHEAD - task::ROUND - task::TOLERANCE;
    left <= soon && left > over_due
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there was none"),
            Self::Unreadable => f.write_str("what was there cannot be read"),
            Self::Over => f.write_str("the old one was over"),
            Self::Refused => f.write_str("the platform refused the old one"),
            Self::SaysTooMuch => f.write_str("the old one was to last longer than it does"),
            Self::Due { left } => write!(f, "the old one had {left} s left"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yzb::{Code, Lifetime, ServerAccessToken};

    const NOW: UnixSeconds = UnixSeconds::new(1_700_000_000);
    const OVER: Way = Way { is_back: false, least: 990, longest: 14_400 };
    const BACK: Way = Way { is_back: true, least: 1800, longest: 14_400 };

    fn stored(left: u64) -> Stored {
        let code = Code::ServerToken(ServerAccessToken::new("planted").unwrap());
        Stored::new(code, NOW + Lifetime::from_secs(left))
    }

    fn until(left: u64) -> Opinion {
        Opinion::ValidUntil(NOW + Lifetime::from_secs(left))
    }

    #[test]
    fn the_task_s_good_code_is_marked_on_the_way_over_and_left_as_it_is_on_the_way_back() {
        let good = Record { stored: &stored(5000), whose: Whose::Unsaid, is_odd: false };
        assert_eq!(OVER.of_record(good, until(5000), NOW), Step::Write);
        assert_eq!(BACK.of_record(good, until(5000), NOW), Step::Keep);
        let odd = Record { is_odd: true, ..good };
        assert_eq!(BACK.of_record(odd, until(5000), NOW), Step::Write);
    }

    #[test]
    fn ours_are_kept_until_they_are_due_and_for_half_an_hour_on_the_way_back() {
        for (left, over, back) in [
            (991, Step::Keep, Step::Issue(Why::Due { left: 991 })),
            (990, Step::Issue(Why::Due { left: 990 }), Step::Issue(Why::Due { left: 990 })),
            // Ours are not waited for: the turn in the store is.
            (600, Step::Issue(Why::Due { left: 600 }), Step::Issue(Why::Due { left: 600 })),
            (1801, Step::Keep, Step::Keep),
        ] {
            let stored = stored(left).generation(3);
            let ours = Record { stored: &stored, whose: Whose::Ours, is_odd: false };
            assert_eq!(OVER.of_record(ours, until(left), NOW), over, "{left}");
            assert_eq!(BACK.of_record(ours, until(left), NOW), back, "{left}");
        }
    }

    #[test]
    fn the_task_is_waited_for_around_its_own_moment_only() {
        for (left, is_awaited) in
            [(661, false), (660, true), (600, true), (481, true), (480, false)]
        {
            let stored = stored(left);
            let theirs = Record { stored: &stored, whose: Whose::Unsaid, is_odd: false };
            let step = OVER.of_record(theirs, until(left), NOW);
            assert_eq!(step == Step::Await, is_awaited, "{left}: {step:?}");
        }
    }

    #[test]
    fn what_the_platform_says_outweighs_the_record() {
        let stored = stored(5000);
        let theirs = Record { stored: &stored, whose: Whose::Unsaid, is_odd: false };
        let refused = OVER.of_record(theirs, Opinion::Refused, NOW);
        assert_eq!(refused, Step::Issue(Why::Refused));
        // Replaced by somebody: the task does not know, and is not waited for.
        let replaced = OVER.of_record(theirs, until(550), NOW);
        assert_eq!(replaced, Step::Issue(Why::SaysTooMuch));
    }

    #[test]
    fn what_is_over_or_cannot_be_is_replaced_and_what_is_another_fleet_s_is_not() {
        let (over, far, good) = (stored(0), stored(20_000), stored(5000));
        let of = |stored| Record { stored, whose: Whose::Unsaid, is_odd: false };
        assert_eq!(OVER.of_record(of(&over), Opinion::Unasked, NOW), Step::Issue(Why::Over));
        let too_much = Step::Issue(Why::SaysTooMuch);
        assert_eq!(OVER.of_record(of(&far), Opinion::Unasked, NOW), too_much);
        assert_eq!(OVER.of_record(of(&good), until(4699), NOW), too_much);
        assert_eq!(OVER.of_record(of(&good), until(4700), NOW), Step::Write);
        let theirs = Record { whose: Whose::Others, ..of(&over) };
        assert_eq!(OVER.of_record(theirs, Opinion::Unasked, NOW), Step::Leave);
        assert_eq!(OVER.step(&Sighting::Absent, Opinion::Unasked, NOW), Step::Issue(Why::Missing));
    }
}
