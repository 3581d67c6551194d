//! Each rule in a sentence, for people who wonder.

use super::{Code, Rule, Why};
use crate::fault::FaultKind;

impl Rule {
    /// Why the answer is what it is, in a sentence without a full stop.
    #[must_use]
    pub fn because(self) -> &'static str {
        match self {
            Self::ServerTokenIssued => {
                "a new server token; the one before is dead unless a dial says otherwise"
            }
            Self::ServerTokenRepeated => "the current server token again, as a dial says",
            Self::UserLoggedIn => "the auth code was good and is spent now",
            Self::UserTokenRefreshed => {
                "the refresh token was good; both of the user's tokens are new"
            }
            Self::TicketIssued => "a new ticket; the one before has ten minutes left at most",
            Self::CodeIsCurrent => "it is the current one",
            Self::CodeIsReplacedInGrace => "a newer one took its place; it works a little longer",
            Self::UsersCounted => "the users who added the app",
            Self::UsersListed => "a page of the users who added the app",
            Self::NoUsers => "nobody is left beyond load_more_id",
            Self::ScopesListed => "what the user granted",
            Self::NoScopes => "the user added the app and granted nothing",
            Self::AdditionAnswered => "whether the user added the app",
            Self::BaseInfoRead => "the user granted it",
            Self::NoSuchPath => "none of the ten calls has this path; case counts",
            Self::PageOfElsewhere => {
                "a browser sent it for a page of another origin; a dial would let it"
            }
            Self::TooLarge => "the body is longer than 65536 bytes",
            Self::TooSlow => "the body did not come in time",
            Self::NotHttp => "no request line, as of TLS, or a head that is too long or too slow",
            Self::MethodNotAllowed => "the platform takes POST only",
            Self::IpRefused => "the address is not on the allow-list",
            Self::FormMalformed => "a stray % or bytes that are not UTF-8",
            Self::FieldMissing(_) => "the form has no such field, or it is empty",
            Self::FieldInvalid(_) => "the field has none of the values it may have",
            Self::AppUnknown => "no app has this id",
            Self::SecretWrong => "the app has another secret",
            Self::Invalid(code, why) => invalid(code, why),
            Self::NotAdded => "the user has not added the app, or nobody has this open id",
            Self::ScopeNotGranted => {
                "the user added the app without granting user/get_user_base_info"
            }
            Self::Fault(kind) => prevented(kind),
        }
    }
}

fn invalid(code: Code, why: Why) -> &'static str {
    match (why, code) {
        (Why::Unknown, Code::AuthCode) => {
            "nobody issued this code, or it was forgotten after its end"
        }
        (Why::Unknown, Code::UserToken | Code::RefreshToken) => {
            "this app and user never had it, or not lately"
        }
        (Why::Unknown, _) => "this app never had it, or not lately",
        (Why::Expired, _) => "its own end has come",
        (Why::Replaced, Code::ServerToken) => "a newer one took its place; one issuer at a time",
        (Why::Replaced, Code::Ticket) => "a newer one took its place, and the ten minutes are over",
        (Why::Replaced, _) => "a newer one took its place",
        (Why::Revoked, _) => "it was taken back early",
        (Why::Spent, _) => "an auth code is good for one login",
        (Why::OfAnotherApp, _) => "it was issued for another app",
        (Why::OfNobody, _) => "its user does not exist",
    }
}

fn prevented(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::ServerError | FaultKind::TooManyRequests | FaultKind::Redirect => {
            "a gateway answered in the platform's place, as planned"
        }
        FaultKind::Outage => "the platform was out, as planned",
        _ => "the request was lost before the platform acted, as planned",
    }
}
