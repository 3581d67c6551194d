//! Why there is no lease.

use core::error::Error;
use core::fmt;
use core::time::Duration;

use yzb_proto::Retry;

use crate::{IssueError, StoreError};

/// There is no code to be had now. Everyone who waited for the same renewal gets the same error.
///
/// It holds no body and no secret.
#[derive(Clone, Debug)]
pub struct LeaseError {
    kind: LeaseErrorKind,
    attempt: u64,
    again_in: Duration,
}

/// What failed. Each says whether waiting helps.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LeaseErrorKind {
    /// The issuer got none. [`LeaseError::retry`] says what to do.
    Issue(IssueError),
    /// The issuer panicked, which is a bug in it. Later attempts may do better.
    Panicked,
    /// The renewal was given up in the middle: nobody waited for it any more.
    Abandoned,
    /// The code was over by the time it arrived: the platform, the network or the clock is wrong.
    /// Waiting may help.
    ExpiredOnArrival,
    /// The issuer gave the very code again that was refused while it was asked for. Waiting helps.
    RefusedMeanwhile,
    /// The renewal took longer than the policy's `renewal_limit`, so it was given up: the issuer has no
    /// time-out of its own, or the runtime that it was begun on is gone. Waiting helps.
    Hung,
    /// A code was issued, or perhaps issued, too short a while ago for another. Waiting helps.
    Budget,
    /// The store cannot be reached, and the policy says not to issue without it. Waiting helps once
    /// the store is back.
    Store(StoreError),
    /// Another process had its turn to issue for longer than the policy waits. Waiting helps.
    Busy,
    /// It took too long from getting the turn to sending, so nothing was sent. Waiting helps.
    TooLateToSend,
}

impl LeaseError {
    pub(crate) const fn new(kind: LeaseErrorKind, attempt: u64, again_in: Duration) -> Self {
        Self { kind, attempt, again_in }
    }

    /// What failed.
    #[must_use]
    pub const fn kind(&self) -> &LeaseErrorKind {
        &self.kind
    }

    /// The number of the renewal that failed.
    #[must_use]
    pub const fn attempt(&self) -> u64 {
        self.attempt
    }

    /// How long after the failure the next attempt may begin.
    #[must_use]
    pub const fn again_in(&self) -> Duration {
        self.again_in
    }

    /// What to do about it.
    #[must_use]
    pub const fn retry(&self) -> Retry {
        match &self.kind {
            LeaseErrorKind::Issue(error) => error.retry(),
            _ => Retry::Later(None),
        }
    }
}

impl LeaseErrorKind {
    /// A stable name in kebab case, for labels of metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Issue(_) => "issue",
            Self::Panicked => "panicked",
            Self::Abandoned => "abandoned",
            Self::ExpiredOnArrival => "expired-on-arrival",
            Self::RefusedMeanwhile => "refused-meanwhile",
            Self::Hung => "hung",
            Self::Budget => "budget",
            Self::Store(_) => "store",
            Self::Busy => "busy",
            Self::TooLateToSend => "too-late-to-send",
        }
    }

    /// Whether a code may have been issued that nobody knows.
    pub(crate) const fn may_have_issued(&self) -> bool {
        match self {
            Self::Issue(error) => error.may_have_issued(),
            Self::Panicked
            | Self::Abandoned
            | Self::ExpiredOnArrival
            | Self::RefusedMeanwhile
            | Self::Hung => true,
            _ => false,
        }
    }
}

impl fmt::Display for LeaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            LeaseErrorKind::Issue(error) => error.fmt(f)?,
            LeaseErrorKind::Panicked => f.write_str("the issuer panicked: mend it")?,
            LeaseErrorKind::Abandoned => f.write_str("nobody waited for the renewal any more")?,
            LeaseErrorKind::ExpiredOnArrival => {
                f.write_str(
                    "the code was over when it arrived: look at the clock and the network",
                )?;
            }
            LeaseErrorKind::RefusedMeanwhile => {
                f.write_str("the platform issued the code again that it had just refused")?;
            }
            LeaseErrorKind::Hung => {
                f.write_str("the renewal hung and was given up: give the issuer a time-out")?;
            }
            LeaseErrorKind::Budget => {
                f.write_str("a code was issued, or perhaps issued, a moment ago")?;
            }
            LeaseErrorKind::Store(error) => write!(f, "not issuing without the store: {error}")?,
            LeaseErrorKind::Busy => f.write_str("another process takes long to issue")?,
            LeaseErrorKind::TooLateToSend => {
                f.write_str("nothing was sent, because another process may have its turn by now")?;
            }
        }
        write!(f, " (the next attempt is {:.1} s after this)", self.again_in.as_secs_f64())
    }
}

impl Error for LeaseError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            LeaseErrorKind::Issue(error) => error.source(),
            LeaseErrorKind::Store(error) => error.source(),
            _ => None,
        }
    }
}
