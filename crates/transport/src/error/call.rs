//! Why a call gave no output.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use yzb_proto::{Credential, Endpoint, Repeat, Retry};

use crate::TransportError;

/// A call gave no output: the exchange failed, the platform refused, or the answer is unreadable.
///
/// [`retry`](Self::retry) says what to do. It holds no body and no secret, and can be cloned for
/// everyone who waited.
#[derive(Clone, Debug)]
pub struct CallError {
    /// Shared, which also keeps `Result`s of calls small.
    failure: Arc<CallFailure>,
    retry: Retry,
    may_have_taken_effect: bool,
}

/// Which of the two layers failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CallFailure {
    /// No usable answer came.
    Transport(TransportError),
    /// An answer came that is not an output: the platform's refusal, or something unreadable.
    Answer(yzb_proto::Error),
}

impl CallError {
    /// What the failure means for this call, if so many attempts before it may have arrived.
    pub(crate) fn of<E: Endpoint + ?Sized>(failure: CallFailure, arrivals_before: u32) -> Self {
        let may_have_taken_effect = arrivals_before > 0 || this_one_may(&failure);
        let retry = advice(&failure, may_have_taken_effect, E::REPEAT, E::CREDENTIAL);
        Self { failure: Arc::new(failure), retry, may_have_taken_effect }
    }

    /// What failed.
    #[must_use]
    pub fn failure(&self) -> &CallFailure {
        &self.failure
    }

    /// The failed exchange, if that is what it is.
    #[must_use]
    pub fn transport(&self) -> Option<&TransportError> {
        match &*self.failure {
            CallFailure::Transport(error) => Some(error),
            CallFailure::Answer(_) => None,
        }
    }

    /// The answer's error, if an answer came.
    #[must_use]
    pub fn answer(&self) -> Option<&yzb_proto::Error> {
        match &*self.failure {
            CallFailure::Transport(_) => None,
            CallFailure::Answer(error) => Some(error),
        }
    }

    /// What to do about it. It knows the call: a login that may have been received is answered
    /// with [`Retry::NewAuthCode`], never with [`Retry::Later`], because its code may be spent.
    #[must_use]
    pub const fn retry(&self) -> Retry {
        self.retry
    }

    /// Whether the platform may have done what was asked: the request may have arrived, by this
    /// attempt or an earlier one, and no envelope says of it that it was refused. After a ticket
    /// was asked for, it may have been replaced.
    #[must_use]
    pub const fn may_have_taken_effect(&self) -> bool {
        self.may_have_taken_effect
    }
}

/// Whether the attempt that ended so may have taken effect.
const fn this_one_may(failure: &CallFailure) -> bool {
    match failure {
        CallFailure::Transport(error) => error.may_have_been_sent(),
        CallFailure::Answer(error) => !matches!(error, yzb_proto::Error::Rejected(_)),
    }
}

/// The failure's own advice, except that what is spent by arriving is not to be sent again.
fn advice(
    failure: &CallFailure,
    may_have_taken_effect: bool,
    repeat: Repeat,
    credential: Credential,
) -> Retry {
    let advice = match failure {
        CallFailure::Transport(error) => error.retry(),
        CallFailure::Answer(error) => error.retry(),
    };
    let is_spent = repeat == Repeat::OnlyIfUnsent && may_have_taken_effect;
    match (advice, credential) {
        (Retry::Later(_), Credential::AuthCode) if is_spent => Retry::NewAuthCode,
        (Retry::Later(_), Credential::RefreshToken) if is_spent => Retry::LogInAgain,
        (Retry::Later(_), _) if is_spent => Retry::Never,
        (advice, _) => advice,
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.failure {
            CallFailure::Transport(error) => error.fmt(f)?,
            CallFailure::Answer(error) => error.fmt(f)?,
        }
        match self.retry {
            // The failure's own text says "repeat later", which would be wrong for this call.
            retry @ (Retry::NewAuthCode | Retry::LogInAgain | Retry::Never)
                if self.may_have_taken_effect =>
            {
                write!(f, "; but it may have been received, so {}", retry.advice())
            }
            _ => Ok(()),
        }
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // `Display` shows the failure itself; what is behind it is the source.
        match &*self.failure {
            CallFailure::Transport(error) => error.source(),
            CallFailure::Answer(error) => error.source(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransportErrorKind as Kind;

    fn transport(kind: Kind) -> CallFailure {
        CallFailure::Transport(kind.into())
    }

    #[test]
    fn a_login_that_may_have_arrived_wants_a_new_code() {
        for (kind, wanted) in [
            (Kind::Timeout, Retry::NewAuthCode),
            (Kind::Closed, Retry::NewAuthCode),
            (Kind::Connect, Retry::Later(None)),
            (Kind::WrongHost, Retry::FixConfiguration),
        ] {
            let failure = transport(kind);
            let (repeat, credential) = (Repeat::OnlyIfUnsent, Credential::AuthCode);
            let advice = advice(&failure, this_one_may(&failure), repeat, credential);
            assert_eq!(advice, wanted, "{kind:?}");
        }
    }

    #[test]
    fn other_calls_keep_the_failure_s_own_advice() {
        let retry =
            advice(&transport(Kind::Timeout), true, Repeat::Freely, Credential::ServerToken);
        assert_eq!(retry, Retry::Later(None));
        let retry =
            advice(&transport(Kind::Timeout), true, Repeat::OnlyIfUnsent, Credential::RefreshToken);
        assert_eq!(retry, Retry::LogInAgain);
    }
}
