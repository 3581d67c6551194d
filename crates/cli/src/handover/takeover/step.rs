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
    TooFar,
    Due { left: u64 },
}

/// Where codes go, and how long they must last at least.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) is_back: bool,
    /// What has no more left than this, in seconds, is renewed.
    pub(super) least: u64,
    /// No code lasts longer than this, in seconds.
    pub(super) longest: u64,
}

impl Way {
    /// What to do with what is there.
    pub(super) fn step(self, sighting: &Sighting, opinion: Opinion, now: UnixSeconds) -> Step {
        let sighted = match sighting {
            Sighting::Record(sighted) => sighted,
            Sighting::Absent => return Step::Issue(Why::Missing),
            _ => return Step::Issue(Why::Unreadable),
        };
        if sighted.whose == Whose::Others {
            return Step::Leave;
        }
        let stored = &sighted.stored;
        let left = left(stored, opinion, now);
        if left == 0 {
            return Step::Issue(if opinion == Opinion::Refused { Why::Refused } else { Why::Over });
        }
        if left > self.longest {
            return Step::Issue(Why::TooFar);
        }
        let is_task_s = stored.generation == 0;
        if is_task_s && is_about_to_be_renewed(left) {
            return Step::Await;
        }
        if left <= self.least {
            return Step::Issue(Why::Due { left });
        }
        let is_odd = sighted.expires_as_text;
        // On the way back our further fields stay: the task reads two, and writes no others.
        if is_odd || (is_task_s && !self.is_back) { Step::Write } else { Step::Keep }
    }
}

/// The seconds that a code has left, as far as anybody knows.
fn left(stored: &Stored, opinion: Opinion, now: UnixSeconds) -> u64 {
    let said = stored.expires_at.since(now).as_secs();
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
            Self::TooFar => f.write_str("no code can last as long as the old one said"),
            Self::Due { left } => write!(f, "the old one had {left} s left"),
        }
    }
}
