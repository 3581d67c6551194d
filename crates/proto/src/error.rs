//! Why a call gave no output, and what the reader of the error should do.

mod decode;
mod field;
mod message;
mod rejection;

use core::fmt;

pub use decode::{DecodeError, DecodeErrorKind, MediaType};
pub use field::FieldProblem;
pub(crate) use message::Masking;
pub use message::Message;
pub use rejection::{Credential, Rejection};

use crate::{Drift, Lifetime, Status};

/// An answer that is not an output: the platform refused, or the answer cannot be read.
///
/// It holds no body and no secret, and can be cloned for everyone who waited.
/// [`retry`](Self::retry) says what to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The platform answered with an error status.
    Rejected(Rejection),
    /// The answer is not what the documents promise, beyond what can be forgiven.
    Undecodable(DecodeError),
}

/// What to do after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retry {
    /// The same request will be refused again: show the error.
    Never,
    /// A passing fault: repeat with growing pauses, the first no shorter than this if it is given.
    Later(
        /// What the answer's `Retry-After` asked for.
        Option<Lifetime>,
    ),
    /// The server token died: drop *that* token, get another, repeat once.
    NewServerToken,
    /// The auth code is spent or stale: ask the page for a new one.
    NewAuthCode,
    /// The refresh token is no longer good: have the user log in again.
    LogInAgain,
    /// The user must add the app or grant the permission first.
    AskUser,
    /// The app's id, secret, allow-list or origin is wrong: tell the operator. A program that keeps
    /// trying does so at a rhythm of minutes.
    FixConfiguration,
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Rejected(rejection) => rejection.retry(),
            Self::Undecodable(error) => error.retry(),
        }
    }

    /// The envelope's status, where one was readable.
    #[must_use]
    pub const fn status(&self) -> Option<Status> {
        match self {
            Self::Rejected(rejection) => Some(rejection.status()),
            Self::Undecodable(error) => error.status(),
        }
    }

    /// The HTTP status of the answer.
    #[must_use]
    pub const fn http_status(&self) -> http::StatusCode {
        match self {
            Self::Rejected(rejection) => rejection.http_status(),
            Self::Undecodable(error) => error.http_status(),
        }
    }

    /// What was forgiven before the error was met.
    #[must_use]
    pub const fn drift(&self) -> Drift {
        match self {
            Self::Rejected(rejection) => rejection.drift(),
            Self::Undecodable(error) => error.drift(),
        }
    }
}

impl Retry {
    /// A stable name in kebab case, for labels of metrics and for output that programs read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Later(_) => "later",
            Self::NewServerToken => "new-server-token",
            Self::NewAuthCode => "new-auth-code",
            Self::LogInAgain => "log-in-again",
            Self::AskUser => "ask-user",
            Self::FixConfiguration => "fix-configuration",
        }
    }

    /// The remedy as half a sentence, for the end of an error text.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Never => "repeating the request will not help",
            Self::Later(_) => "repeat later, with growing pauses",
            Self::NewServerToken => "drop this server token, get another and repeat once",
            Self::NewAuthCode => "ask the page for a new auth code",
            Self::LogInAgain => "have the user log in again",
            Self::AskUser => "the user must add the app or grant the permission first",
            Self::FixConfiguration => {
                "check app id, secret, origin and the platform's IP allow-list"
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::Undecodable(error) => error.fmt(f),
        }
    }
}

/// Without a source: `Display` shows both kinds whole, and a source would print them twice.
impl core::error::Error for Error {}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::Undecodable(error)
    }
}
