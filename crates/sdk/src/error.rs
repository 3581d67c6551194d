//! Why something was not to be had, and what to do.

use std::fmt;
use std::sync::Arc;

use yzb_cache::{LeaseError, LeaseErrorKind};
use yzb_proto::{InvalidPage, InvalidValue, Retry, Status};
use yzb_transport::{CallError, TransportError};

use crate::RandomError;

/// Something was not to be had. [`kind`](Self::kind) says what failed, [`retry`](Self::retry) what
/// to do; `Display` says both, and the source has what is behind it.
///
/// It holds no body and no secret, and can be cloned for everyone who waited.
///
/// ```
/// use yzb::{App, Retry};
///
/// /// What a page's script is told after its login.
/// async fn log_in(app: &App, code: &str) -> Result<String, (u16, &'static str)> {
///     match app.login(code).await {
///         Ok(user) => Ok(user.open_id.to_string()),
///         Err(error) => Err(match error.retry() {
///             Retry::NewAuthCode => (401, "call requestAuthCode again"),
///             Retry::Later(_) => (503, "try again later"),
///             _ => (500, "tell the operator"), // with the error's text, from the log
///         }),
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Error {
    kind: ErrorKind,
    cause: Arc<Cause>,
}

/// What failed. Each says what its reader should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was handed in (an id, a secret, a code) cannot be one. Repeating does not help.
    InvalidArgument,
    /// The page's URL cannot be signed, or not as it is: pass what `location.href` reports.
    /// Repeating does not help.
    InvalidPage,
    /// No usable answer came. [`Error::retry`] says whether repeating helps: a login that may have
    /// arrived wants a new auth code.
    Exchange,
    /// The platform refused: see [`Error::status`] and [`Error::retry`].
    Rejected,
    /// The answer cannot be read, beyond what can be forgiven. Repeating may help if something in
    /// between answered in the platform's place.
    Undecodable,
    /// The platform refused the server's token (4102), and there was no other to be had or that was
    /// refused too. Repeat later. If it goes on, somebody else issues tokens for this app: share a
    /// store with them.
    TokenRefused,
    /// There is no server token: the renewal failed, or it is too early for another. Callers share
    /// that outcome; the next attempt is made by itself.
    NoServerToken,
    /// There is no ticket. As [`NoServerToken`](Self::NoServerToken).
    NoTicket,
    /// The list of users does not advance: the platform gave a page that ends where it began. Report
    /// it; repeating from the start may help.
    StuckList,
    /// The clock is wrong by centuries: it gives no moment of ten digits. Set it.
    Clock,
    /// There is no randomness for a nonce. See [`RandomError`].
    Random,
    /// The builder cannot make what was asked for; the text says why. Correct the program.
    Setup,
}

/// What is behind it.
pub(crate) enum Cause {
    Call(CallError),
    Lease(LeaseError),
    Page(InvalidPage),
    Value(InvalidValue),
    Transport(TransportError),
    Random(RandomError),
    Nothing,
}

impl Error {
    /// What failed.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to do about it.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match (self.kind, &*self.cause) {
            (ErrorKind::TokenRefused | ErrorKind::StuckList, _) => Retry::Later(None),
            (ErrorKind::Clock | ErrorKind::Random | ErrorKind::Setup, _) => Retry::FixConfiguration,
            (_, Cause::Call(error)) => error.retry(),
            (_, Cause::Lease(error)) => error.retry(),
            (_, Cause::Transport(error)) => error.retry(),
            _ => Retry::Never,
        }
    }

    /// The status of the platform's answer, where it answered and one was readable: to this call, or
    /// to the renewal that this waited for.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.call()?.answer()?.status()
    }

    /// The failed call, if one was made: this one, or that of the renewal that this waited for.
    #[must_use]
    pub fn call(&self) -> Option<&CallError> {
        match &*self.cause {
            Cause::Call(error) => Some(error),
            Cause::Lease(error) => match error.kind() {
                LeaseErrorKind::Issue(error) => error.cause().downcast_ref(),
                _ => None,
            },
            _ => None,
        }
    }

    /// Why there is no token or ticket, if that is what it is.
    #[must_use]
    pub fn lease(&self) -> Option<&LeaseError> {
        match &*self.cause {
            Cause::Lease(error) => Some(error),
            _ => None,
        }
    }

    pub(crate) fn new(kind: ErrorKind, cause: Cause) -> Self {
        Self { kind, cause: Arc::new(cause) }
    }

    /// The token was refused although it was a new one, or there was no new one.
    pub(crate) fn token_refused(error: CallError) -> Self {
        Self::new(ErrorKind::TokenRefused, Cause::Call(error))
    }

    /// The cause, where its words are part of the text.
    fn shown(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_error().filter(|_| self.kind != ErrorKind::TokenRefused)
    }
}

impl ErrorKind {
    /// A stable name in kebab case, for labels of metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid-argument",
            Self::InvalidPage => "invalid-page",
            Self::Exchange => "exchange",
            Self::Rejected => "rejected",
            Self::Undecodable => "undecodable",
            Self::TokenRefused => "token-refused",
            Self::NoServerToken => "no-server-token",
            Self::NoTicket => "no-ticket",
            Self::StuckList => "stuck-list",
            Self::Clock => "clock",
            Self::Random => "random",
            Self::Setup => "setup",
        }
    }

    /// What stands before the cause's own words.
    const fn lead(self) -> &'static str {
        match self {
            // The refusal's own words would say to get another token.
            Self::TokenRefused => {
                "the platform refused the server token, and no other helped: repeat later; if it goes \
                 on, somebody else issues tokens for this app"
            }
            Self::NoServerToken => "there is no server token: ",
            Self::NoTicket => "there is no ticket: ",
            Self::StuckList => "the list of users does not advance; begin it again later",
            Self::Clock => "the clock is wrong: ",
            Self::Setup => "the app cannot be set up: ",
            _ => "",
        }
    }
}

impl Cause {
    fn as_error(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Call(error) => Some(error),
            Self::Lease(error) => Some(error),
            Self::Page(error) => Some(error),
            Self::Value(error) => Some(error),
            Self::Transport(error) => Some(error),
            Self::Random(error) => Some(error),
            Self::Nothing => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.lead())?;
        self.shown().map_or(Ok(()), |cause| fmt::Display::fmt(cause, f))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Error");
        shown.field("kind", &self.kind);
        if let Some(cause) = self.cause.as_error() {
            shown.field("cause", cause);
        }
        shown.finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // Where `Display` shows the cause itself, the source is what is behind it.
        self.shown().map_or_else(|| self.cause.as_error(), std::error::Error::source)
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        let kind = match error.answer() {
            None => ErrorKind::Exchange,
            Some(yzb_proto::Error::Rejected(_)) => ErrorKind::Rejected,
            Some(_) => ErrorKind::Undecodable,
        };
        Self::new(kind, Cause::Call(error))
    }
}

impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        Self::new(ErrorKind::InvalidArgument, Cause::Value(error))
    }
}

impl From<InvalidPage> for Error {
    fn from(error: InvalidPage) -> Self {
        Self::new(ErrorKind::InvalidPage, Cause::Page(error))
    }
}

impl From<RandomError> for Error {
    fn from(error: RandomError) -> Self {
        Self::new(ErrorKind::Random, Cause::Random(error))
    }
}
