//! Which problem an error of `yzb` is.

use yzb::{Error, ErrorKind, Retry};

use super::{Problem, ProblemKind};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let retry = error.retry();
        Self {
            kind: kind(error.kind(), retry),
            // It says what happened and what to do, with the platform's message made fit to print,
            // and never has a body or a secret: that is the promise of `yzb::Error`.
            detail: error.to_string().into(),
            retry,
            remedy: remedy(retry),
            retry_after: retry_after(error),
            platform_status: error.status(),
        }
    }
}

const fn kind(kind: ErrorKind, retry: Retry) -> ProblemKind {
    match kind {
        ErrorKind::InvalidArgument => ProblemKind::InvalidArgument,
        ErrorKind::InvalidPage => ProblemKind::InvalidPage,
        ErrorKind::Exchange => ProblemKind::Exchange,
        ErrorKind::Undecodable | ErrorKind::StuckList => ProblemKind::Undecodable,
        ErrorKind::TokenRefused | ErrorKind::NoServerToken => ProblemKind::NoServerToken,
        ErrorKind::NoTicket => ProblemKind::NoTicket,
        ErrorKind::Rejected => match retry {
            Retry::NewAuthCode => ProblemKind::AuthCodeRefused,
            Retry::AskUser => ProblemKind::UserMustAct,
            Retry::Later(_) => ProblemKind::PlatformBusy,
            _ => ProblemKind::PlatformRefused,
        },
        _ => ProblemKind::Internal,
    }
}

/// What the error knows better than its kind.
const fn remedy(retry: Retry) -> Option<&'static str> {
    match retry {
        // The kinds' own remedies are nearer to what was asked here.
        Retry::Never | Retry::Later(_) => None,
        // Renewing is the service's business, not of who asks it.
        Retry::NewServerToken => None,
        _ => Some(retry.advice()),
    }
}

/// In whole seconds, rounded up: whoever comes after it does not come too early.
fn retry_after(error: &Error) -> Option<u64> {
    if let Some(lease) = error.lease() {
        return Some(lease.again_in().as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX));
    }
    match error.retry() {
        Retry::Later(pause) => pause.map(yzb::Lifetime::as_secs),
        _ => None,
    }
}
