//! Every reason for an answer, by name. The calls decide; this file says what each decision means.

mod because;

use std::borrow::Cow;
use std::fmt;

use crate::fault::FaultKind;

/// The rule by which an answer was given.
///
/// Each answer of [`Platform::answer`](crate::Platform::answer) carries its rule in the response's
/// extensions; it does not travel over a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// A server token was issued; the one before it has [`life::SERVER_TOKEN_GRACE`] left.
    ///
    /// [`life::SERVER_TOKEN_GRACE`]: crate::life::SERVER_TOKEN_GRACE
    ServerTokenIssued,
    /// The server token is the one given before, which still lives; only if the dial says so.
    ServerTokenRepeated,
    /// The auth code was good; it is spent now. *Documented.*
    UserLoggedIn,
    /// The refresh token was good; both of the user's tokens are replaced. *Observed.*
    UserTokenRefreshed,
    /// A ticket was issued; the one before it has at most ten minutes left. *Documented.*
    TicketIssued,
    /// The checked code is the current one and works until the moment given. *Documented.*
    CodeIsCurrent,
    /// The checked ticket was replaced and works until the nearer moment given. *Assumed* from the
    /// documented ten minutes.
    CodeIsReplacedInGrace,
    /// The number of users who added the app; 0 is an answer like any other. *Documented.*
    UsersCounted,
    /// A page of the users who added the app (*observed*), at most 100 (*assumed*).
    UsersListed,
    /// No user beyond `load_more_id`: 2011. *Assumed* from the documented meaning of 2011.
    NoUsers,
    /// The scopes the user granted. *Documented.*
    ScopesListed,
    /// The user added the app and granted nothing: 2011. *Assumed* likewise.
    NoScopes,
    /// Whether the user added the app; of an open id nobody has, `false`. *Observed.*
    AdditionAnswered,
    /// The user's nick, avatar and sex. *Documented.*
    BaseInfoRead,

    /// The web server has no such path: 404 and a page, no envelope. *Assumed.*
    NoSuchPath,
    /// The path takes only POST (*documented*): 405 and a page, no envelope (*assumed*).
    MethodNotAllowed,
    /// A browser sent it on behalf of a page of another origin: 403 and a page, no envelope, unless
    /// [a dial](crate::Dials::pages_may_ask) lets it. *Assumed.*
    PageOfElsewhere,
    /// The body is longer than the loopback server reads: 413, no envelope. *Assumed.*
    TooLarge,
    /// The body did not come in time: 408, no envelope. *Assumed.*
    TooSlow,
    /// What came is no request of HTTP/1.1: 400 or 431, no envelope. *Assumed.*
    NotHttp,
    /// The address asked from is not on the allow-list: 4000. That there is a list is *documented*,
    /// the status *assumed*.
    IpRefused,
    /// The body is not a form: 4000. *Assumed.*
    FormMalformed,
    /// The named field is absent or empty: 4000. *Assumed.*
    FieldMissing(&'static str),
    /// The named field has none of the values it may have: 4000. *Assumed.*
    FieldInvalid(&'static str),
    /// No app has this id: 4000. *Assumed.*
    AppUnknown,
    /// The app has another secret: 4000, and an auth code sent along stays good. *Assumed*; 4102
    /// would send a client after its auth code, which is not at fault.
    SecretWrong,
    /// The code, token or ticket does not work: 4102. *Documented.*
    Invalid(Code, Why),
    /// The user has not added the app, or nobody has this open id: 4104. *Documented*; the second
    /// half *assumed*.
    NotAdded,
    /// A fault of the plan came before the platform: nothing was decided. What was answered, if
    /// anything, is the fault's doing.
    Fault(FaultKind),
    /// The user added the app without granting the scope: 4103. *Documented.*
    ScopeNotGranted,
}

/// What was found not to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// An auth code, at login.
    AuthCode,
    /// A server access token.
    ServerToken,
    /// A user's access token.
    UserToken,
    /// A user's refresh token.
    RefreshToken,
    /// A js ticket.
    Ticket,
}

/// Why it did not work. The wire does not tell these apart; the emulator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// Never issued to this app (and user), or replaced, ended and forgotten.
    Unknown,
    /// Its own end has come.
    Expired,
    /// A newer one took its place, and its grace, if it had one, is over.
    Replaced,
    /// It was taken back early.
    Revoked,
    /// An auth code that has had its one login.
    Spent,
    /// An auth code of another app.
    OfAnotherApp,
    /// An auth code of a user who does not exist.
    OfNobody,
}

impl Rule {
    /// The number in the envelope as [`Dials`](crate::Dials) has it by default, or `None` where the web server answers without one.
    #[must_use]
    pub fn status(self) -> Option<u16> {
        use Rule as R;
        match self {
            R::NoSuchPath | R::MethodNotAllowed | R::Fault(_) => None,
            R::PageOfElsewhere | R::TooLarge | R::TooSlow | R::NotHttp => None,
            R::NoUsers | R::NoScopes => Some(2011),
            R::FormMalformed | R::FieldMissing(_) | R::FieldInvalid(_) => Some(4000),
            R::IpRefused | R::AppUnknown | R::SecretWrong => Some(4000),
            R::Invalid(..) => Some(4102),
            R::ScopeNotGranted => Some(4103),
            R::NotAdded => Some(4104),
            _ => Some(2000),
        }
    }

    /// The HTTP status: 200 for every envelope. (Of a fault it is 502, whatever the fault makes of
    /// it.)
    #[must_use]
    pub fn http_status(self) -> http::StatusCode {
        match self {
            Self::NoSuchPath => http::StatusCode::NOT_FOUND,
            Self::Fault(_) => http::StatusCode::BAD_GATEWAY,
            Self::MethodNotAllowed => http::StatusCode::METHOD_NOT_ALLOWED,
            Self::PageOfElsewhere => http::StatusCode::FORBIDDEN,
            Self::TooLarge => http::StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => http::StatusCode::REQUEST_TIMEOUT,
            Self::NotHttp => http::StatusCode::BAD_REQUEST,
            _ => http::StatusCode::OK,
        }
    }

    /// The message in the envelope. Those of a dead auth code and a dead server token are the
    /// documents' own words; the others follow their pattern.
    #[must_use]
    pub fn message(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::FieldMissing(name) => return Cow::Owned(format!("{name} is required")),
            Self::FieldInvalid(name) => return Cow::Owned(format!("{name} is invalid")),
            Self::NoSuchPath => "not found",
            Self::MethodNotAllowed => "method not allowed",
            Self::PageOfElsewhere => "not for a page of elsewhere",
            Self::TooLarge => "too large",
            Self::TooSlow => "too slow",
            Self::NotHttp => "not HTTP",
            Self::IpRefused => "ip is not allowed",
            Self::Fault(kind) => kind.name(),
            Self::FormMalformed => "form is malformed",
            Self::AppUnknown => "app_id is invalid",
            Self::SecretWrong => "secret is invalid",
            Self::Invalid(code, _) => code.message(),
            Self::NotAdded => "user has not added the app",
            Self::ScopeNotGranted => "no permission",
            _ => "ok",
        })
    }
}

impl Code {
    fn message(self) -> &'static str {
        match self {
            Self::AuthCode => "authorization_code is invalid",
            Self::ServerToken => "server_access_token is invalid",
            Self::UserToken => "user_access_token is invalid",
            Self::RefreshToken => "refresh_token is invalid",
            Self::Ticket => "js_ticket is invalid",
        }
    }
}

/// `4102 server_access_token is invalid (Replaced)`: the status, the message, and what the wire
/// does not tell.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Fault(kind) = self {
            return write!(f, "not decided: {kind}");
        }
        let number = self.status().unwrap_or(self.http_status().as_u16());
        write!(f, "{number} {}", self.message())?;
        match self {
            Self::Invalid(_, why) => write!(f, " ({why:?})"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_explains_itself_in_one_line() {
        let dead = Rule::Invalid(Code::ServerToken, Why::Replaced);
        assert_eq!(dead.to_string(), "4102 server_access_token is invalid (Replaced)");
        assert_eq!(Rule::FieldMissing("secret").to_string(), "4000 secret is required");
        assert_eq!(Rule::NoSuchPath.to_string(), "404 not found");
        assert_eq!(Rule::NoUsers.to_string(), "2011 ok");
    }
}
