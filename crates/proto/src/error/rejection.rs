//! The platform answered, and the answer is no.

use core::fmt;

use super::{Message, Retry};
use crate::{Drift, Lifetime, Status};

/// The platform's own error: an envelope whose status is not 2xxx.
#[derive(Clone, Debug)]
pub struct Rejection {
    pub(crate) status: Status,
    pub(crate) http_status: http::StatusCode,
    pub(crate) credential: Credential,
    pub(crate) about_user: bool,
    pub(crate) retry_after: Option<Lifetime>,
    pub(crate) message: Option<Message>,
    pub(crate) drift: Drift,
}

/// What a call passes in that 4102 can mean.
///
/// "The code passed in is invalid" does not say which code; the message is only a hint. The call
/// decides: at login it is the auth code, at tickets and resources the server token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Credential {
    /// The app id and secret themselves.
    AppSecret,
    /// A page's single-use auth code.
    AuthCode,
    /// A user's refresh token.
    RefreshToken,
    /// The server's access token.
    ServerToken,
    /// The code whose validity is asked for; 4102 is then the answer, not an error.
    CheckedCode,
}

impl Rejection {
    /// The envelope's status: any but 2xxx.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// The HTTP status it came under; the platform was seen to use 200 for everything.
    #[must_use]
    pub const fn http_status(&self) -> http::StatusCode {
        self.http_status
    }

    /// What the call passed in; what 4102 blames.
    #[must_use]
    pub const fn credential(&self) -> Credential {
        self.credential
    }

    /// The platform's message, made fit to print. A hint for people; programs go by the status.
    #[must_use]
    pub const fn message(&self) -> Option<&Message> {
        self.message.as_ref()
    }

    /// What was forgiven in the answer.
    #[must_use]
    pub const fn drift(&self) -> Drift {
        self.drift
    }

    /// What to do about it.
    #[must_use]
    pub fn retry(&self) -> Retry {
        let busy = self.http_status.is_server_error() || self.http_status.as_u16() == 429;
        match (self.status, self.credential) {
            (Status::INVALID_CODE, Credential::AuthCode) => Retry::NewAuthCode,
            (Status::INVALID_CODE, Credential::ServerToken) => Retry::NewServerToken,
            (Status::INVALID_CODE, Credential::RefreshToken) => Retry::LogInAgain,
            (Status::GENERIC_ERROR, _) => Retry::Later(self.retry_after),
            (Status::NO_PERMISSION | Status::NOT_ADDED, _) if self.about_user => Retry::AskUser,
            (Status::NO_PERMISSION, _) | (_, Credential::AppSecret) => Retry::FixConfiguration,
            _ if busy && !self.status.is_documented() => Retry::Later(self.retry_after),
            _ => Retry::Never,
        }
    }

    /// What the answer's `Retry-After` asked for, if it had one.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Lifetime> {
        self.retry_after
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the platform answered status {}", self.status)?;
        if self.http_status != http::StatusCode::OK {
            write!(f, " under HTTP {}", self.http_status.as_u16())?;
        }
        if let Some(message) = &self.message {
            write!(f, " and says \"{message}\"")?;
        }
        write!(f, ": {}", self.retry().advice())
    }
}

impl core::error::Error for Rejection {}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejection(status: Status, credential: Credential) -> Rejection {
        Rejection {
            status,
            http_status: http::StatusCode::OK,
            credential,
            about_user: false,
            retry_after: None,
            message: None,
            drift: Drift::NONE,
        }
    }

    #[test]
    fn an_invalid_code_is_blamed_on_what_the_call_passed_in() {
        for (credential, wanted) in [
            (Credential::AuthCode, Retry::NewAuthCode),
            (Credential::ServerToken, Retry::NewServerToken),
            (Credential::RefreshToken, Retry::LogInAgain),
            (Credential::AppSecret, Retry::FixConfiguration),
        ] {
            assert_eq!(rejection(Status::INVALID_CODE, credential).retry(), wanted);
        }
    }

    #[test]
    fn a_generic_error_passes_and_an_unknown_one_does_not() {
        let unknown = Status::new(4999).unwrap();
        assert_eq!(
            rejection(Status::GENERIC_ERROR, Credential::AppSecret).retry(),
            Retry::Later(None)
        );
        assert_eq!(rejection(unknown, Credential::ServerToken).retry(), Retry::Never);
        assert_eq!(rejection(unknown, Credential::AppSecret).retry(), Retry::FixConfiguration);
        assert_eq!(rejection(unknown, Credential::AuthCode).retry(), Retry::Never);
    }

    #[test]
    fn only_where_there_is_a_user_the_user_is_asked() {
        for status in [Status::NO_PERMISSION, Status::NOT_ADDED] {
            let mut error = rejection(status, Credential::ServerToken);
            assert_ne!(error.retry(), Retry::AskUser);
            error.about_user = true;
            assert_eq!(error.retry(), Retry::AskUser);
        }
        let refused = rejection(Status::NO_PERMISSION, Credential::AppSecret);
        assert_eq!(refused.retry(), Retry::FixConfiguration);
    }

    #[test]
    fn a_busy_platform_says_when_to_come_back() {
        let pause = Some(Lifetime::from_secs(17));
        let mut error = rejection(Status::new(4999).unwrap(), Credential::ServerToken);
        error.retry_after = pause;
        assert_eq!(error.retry(), Retry::Never);
        for busy in [429, 500, 503] {
            error.http_status = http::StatusCode::from_u16(busy).unwrap();
            assert_eq!(error.retry(), Retry::Later(pause), "{busy}");
        }
        error.status = Status::INVALID_CODE;
        assert_eq!(error.retry(), Retry::NewServerToken, "what is documented counts");
    }

    #[test]
    fn the_text_has_both_numbers_and_the_remedy() {
        let mut error = rejection(Status::INVALID_CODE, Credential::AuthCode);
        error.http_status = http::StatusCode::BAD_REQUEST;
        assert_eq!(
            error.to_string(),
            "the platform answered status 4102 (the code passed in is invalid) under HTTP 400: \
             ask the page for a new auth code"
        );
    }
}
