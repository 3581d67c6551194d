//! Who asks the platform for a code, and why it gave none.

use core::error::Error;
use core::fmt;
use core::future::Future;
use std::sync::Arc;

use yzb_proto::{Retry, UnixSeconds};

use crate::{Issued, Monotonic, Token};

/// Asks the platform for a code. Write a plain `async fn`.
///
/// It is called by one renewal at a time. Its own time-out must end it: connecting and one attempt
/// within some ten seconds, say. What it returns is shared by everyone who waits.
///
/// ```
/// use yzb_cache::{Attempt, IssueError, Issued, Issuer};
/// use yzb_proto::{Lifetime, ServerAccessToken};
///
/// struct Fixed;
///
/// impl Issuer for Fixed {
///     type Token = ServerAccessToken;
///     async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
///         let token = ServerAccessToken::new("5cc928").map_err(IssueError::fix_configuration)?;
///         Ok(Issued::new(token, Lifetime::DOCUMENTED))
///     }
/// }
/// ```
pub trait Issuer: Send + Sync {
    /// What it issues.
    type Token: Token;

    /// Asks once.
    ///
    /// # Errors
    ///
    /// There is no code; the error says what that means for the next attempt.
    fn issue(
        &self,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Issued<Self::Token>, IssueError>> + Send;

    /// Asks the platform until when this code is accepted, and issues nothing: the check code call.
    /// It tells which of two codes is the current one, and whether a ticket was replaced by somebody
    /// else. By default it cannot tell.
    ///
    /// # Errors
    ///
    /// The platform could not be asked, or gave no definite answer.
    fn check(
        &self,
        token: &Self::Token,
    ) -> impl Future<Output = Result<Checked, IssueError>> + Send {
        let _ = token;
        async { Ok(Checked::CannotTell) }
    }
}

/// What the platform says of a code that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Checked {
    /// There is nobody to ask.
    CannotTell,
    /// It is accepted until this moment, in unix seconds.
    Valid {
        /// By the platform's clock.
        until: UnixSeconds,
    },
    /// It is not accepted.
    Invalid,
}

/// What an issuer may want to know of the renewal that called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The number of the renewal: no two of a slot have the same.
    pub number: u64,
    /// After this nothing may be sent any more, because another process may have its turn by then. To be
    /// compared with the monotonic clock at the last moment before sending: a process may have slept.
    /// None where nobody takes turns.
    pub send_before: Option<Monotonic>,
}

/// Why there is no code. It holds no body and no secret, and is shared by everyone who waited.
#[derive(Clone)]
pub struct IssueError {
    retry: Retry,
    perhaps_issued: bool,
    source: Arc<dyn Error + Send + Sync>,
}

impl Attempt {
    /// The renewal of this number, for tests of an issuer.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self { number, send_before: None }
    }
}

impl IssueError {
    /// A failure, what it means for the next attempt, and what failed. The text of `source` is shown
    /// to people and written to logs: no secret may be in it.
    ///
    /// Say with [`perhaps_issued`](Self::perhaps_issued) if the platform may have issued a code
    /// nonetheless.
    pub fn new(retry: Retry, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { retry, perhaps_issued: false, source: Arc::from(source.into()) }
    }

    /// A passing failure: the platform is away or busy.
    pub fn later(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Retry::Later(None), source)
    }

    /// A refusal that only an operator can mend: it is asked again at a rhythm of minutes.
    pub fn fix_configuration(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Retry::FixConfiguration, source)
    }

    /// Says whether the request was perhaps received, and no definite answer came. Then a code may
    /// have been issued that nobody knows: the ticket that is held may have been replaced, and the
    /// budget is drawn from.
    #[must_use]
    pub fn perhaps_issued(mut self, perhaps: bool) -> Self {
        self.perhaps_issued = perhaps;
        self
    }

    /// The same, where all that is left to do is to try again later.
    #[cfg(feature = "tokio")]
    pub(crate) fn and_later(self) -> Self {
        Self { retry: Retry::Later(None), ..self }
    }

    /// What to do about it.
    #[must_use]
    pub const fn retry(&self) -> Retry {
        self.retry
    }

    /// What failed, as it was handed in: for those who know its type.
    #[must_use]
    pub fn cause(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.source
    }

    /// Whether the platform may have issued a code that nobody knows.
    #[must_use]
    pub const fn may_have_issued(&self) -> bool {
        self.perhaps_issued
    }
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl fmt::Debug for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssueError")
            .field("retry", &self.retry)
            .field("perhaps_issued", &self.perhaps_issued)
            .field("source", &format_args!("{}", self.source))
            .finish()
    }
}

impl Error for IssueError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // `Display` shows the source itself; naming it too would print it twice.
        self.source.source()
    }
}

impl<I: Issuer> Issuer for Arc<I> {
    type Token = I::Token;

    fn issue(
        &self,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Issued<Self::Token>, IssueError>> + Send {
        (**self).issue(attempt)
    }

    fn check(
        &self,
        token: &Self::Token,
    ) -> impl Future<Output = Result<Checked, IssueError>> + Send {
        (**self).check(token)
    }
}
