//! Why there is no answer, or none that is an output.

mod call;
mod kind;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

pub use call::{CallError, CallFailure};
pub use kind::TransportErrorKind;
use yzb_proto::Retry;

/// The exchange failed: no answer came, or none that may be used.
///
/// It says what failed ([`kind`](Self::kind)), at which host or setting
/// ([`subject`](Self::subject)), whether the platform may have seen the request
/// ([`may_have_been_sent`](Self::may_have_been_sent)), and what to do ([`retry`](Self::retry)).
/// `Display` has all of it and the remedy; the source has the HTTP stack's own words. It holds
/// nothing of the request or the answer, and can be cloned for everyone who waited.
///
/// An implementation of [`Transport`](crate::Transport) makes one from a kind:
///
/// ```
/// use yzb_transport::{TransportError, TransportErrorKind};
/// let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
/// let error = TransportError::new(TransportErrorKind::Connect).with_source(refused);
/// assert!(!error.may_have_been_sent());
/// ```
#[derive(Clone, Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    perhaps_sent: bool,
    subject: Option<Box<str>>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl TransportError {
    /// An error of this kind. Whether the request may have been sent follows from the kind, until
    /// [`surely_unsent`](Self::surely_unsent) or [`perhaps_sent`](Self::perhaps_sent) says
    /// otherwise.
    #[must_use]
    pub const fn new(kind: TransportErrorKind) -> Self {
        Self { kind, perhaps_sent: kind.comes_after_sending(), subject: None, source: None }
    }

    /// Adds what the HTTP stack said. Its text is shown to people and written to logs: nothing of
    /// the request or the answer may be in it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// Adds what the error is about: a host's name or a setting, never a whole URL.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<Box<str>>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Says that not one byte of the request left, so that it may be sent again whatever it is.
    #[must_use]
    pub const fn surely_unsent(mut self) -> Self {
        self.perhaps_sent = false;
        self
    }

    /// Says that some of the request may have arrived.
    #[must_use]
    pub const fn perhaps_sent(mut self) -> Self {
        self.perhaps_sent = true;
        self
    }

    /// What failed.
    #[must_use]
    pub const fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// The host or the setting concerned, where known.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Whether the platform may have received the request, in whole or in part. False only if it
    /// surely has not.
    #[must_use]
    pub const fn may_have_been_sent(&self) -> bool {
        self.perhaps_sent
    }

    /// What to do about it, whatever the call. For a call whose request is spent by arriving, ask
    /// [`CallError::retry`] instead.
    #[must_use]
    pub const fn retry(&self) -> Retry {
        self.kind.retry()
    }

    /// The same, with the source of `other`.
    #[cfg(feature = "hyper")]
    pub(crate) fn with_cause_of(mut self, other: &Self) -> Self {
        self.source.clone_from(&other.source);
        self
    }

    /// The same, about `host` unless it says already what it is about.
    pub(crate) fn at_host(mut self, host: &str) -> Self {
        if self.subject.is_none() {
            self.subject = Some(host.into());
        }
        self
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.what())?;
        if let Some(subject) = &self.subject {
            write!(f, " ({subject})")?;
        }
        write!(f, ": {}", self.kind.remedy())
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<TransportErrorKind> for TransportError {
    fn from(kind: TransportErrorKind) -> Self {
        Self::new(kind)
    }
}

/// The kind that an operating system's error about a connection in use means.
#[cfg(any(feature = "hyper", feature = "reqwest", feature = "ureq"))]
pub(crate) fn kind_of_io(error: &std::io::Error) -> Option<TransportErrorKind> {
    use std::io::ErrorKind as Io;
    match error.kind() {
        Io::ConnectionRefused
        | Io::HostUnreachable
        | Io::NetworkUnreachable
        | Io::NetworkDown
        | Io::AddrNotAvailable
        | Io::PermissionDenied => Some(TransportErrorKind::Connect),
        Io::ConnectionReset
        | Io::ConnectionAborted
        | Io::BrokenPipe
        | Io::NotConnected
        | Io::UnexpectedEof => Some(TransportErrorKind::Closed),
        Io::TimedOut => Some(TransportErrorKind::Timeout),
        // What stacks say of chunks that are none.
        Io::InvalidData | Io::InvalidInput => Some(TransportErrorKind::Malformed),
        _ => None,
    }
}

/// The first error of type `T` in the chain that begins at `error`, also inside an `io::Error`,
/// whose `source` skips the error that it wraps.
#[cfg(any(feature = "hyper", feature = "reqwest", feature = "tower", feature = "ureq", test))]
pub(crate) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    // No honest chain is this long, and a cycle must not hang us.
    for _ in 0..32 {
        let error = next?;
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_what_where_and_the_remedy() {
        let error = TransportError::new(TransportErrorKind::Dns).with_subject("oauth.example");
        assert_eq!(
            error.to_string(),
            "the host's name did not resolve (oauth.example): \
             check the origin's spelling and this machine's DNS"
        );
    }

    #[test]
    fn an_error_inside_an_io_error_is_found() {
        let inner = TransportError::new(TransportErrorKind::WrongHost);
        let outer = std::io::Error::other(std::io::Error::other(inner));
        let found = find::<TransportError>(&outer).map(TransportError::kind);
        assert_eq!(found, Some(TransportErrorKind::WrongHost));
        assert!(find::<std::num::ParseIntError>(&outer).is_none());
    }

    #[test]
    fn what_is_known_of_sending_can_be_corrected() {
        let timeout = TransportError::new(TransportErrorKind::Timeout);
        assert!(timeout.may_have_been_sent());
        assert!(!timeout.clone().surely_unsent().may_have_been_sent());
        assert!(timeout.surely_unsent().perhaps_sent().may_have_been_sent());
    }
}
