//! `POST /OAuth2/checkCode`: whether a token or ticket is still valid (documented).

use crate::{
    AppId, Credential, Data, DecodeErrorKind, Endpoint, Form, JsTicket, OpenId, ServerAccessToken,
    Status, UnixSeconds, UserAccessToken,
};

/// Asks whether a code is valid, and until when.
///
/// Where codes are kept fresh centrally there is no need to call it (documented).
#[derive(Clone, Copy, Debug)]
pub struct CheckCode<'a> {
    /// The app.
    pub app_id: &'a AppId,
    /// What to check.
    pub code: CheckedCode<'a>,
}

/// The code to check. A user's token is asked for together with the user (documented).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum CheckedCode<'a> {
    /// The server's token.
    ServerToken(&'a ServerAccessToken),
    /// A user's token, and whose.
    UserToken(&'a UserAccessToken, &'a OpenId),
    /// A ticket.
    JsTicket(&'a JsTicket),
}

/// What the platform says of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Validity {
    /// It is valid until this moment. For a replaced ticket the moment is nearer than its own
    /// expiry (assumed), which is how a replacement by somebody else shows.
    ValidUntil(UnixSeconds),
    /// It is not valid (status 4102).
    Invalid,
}

impl Validity {
    /// Whether it is valid.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        matches!(self, Self::ValidUntil(_))
    }
}

impl Endpoint for CheckCode<'_> {
    const PATH: &'static str = "/OAuth2/checkCode";
    const CREDENTIAL: Credential = Credential::CheckedCode;
    type Output = Validity;

    fn form(&self, form: &mut Form) {
        form.field("app_id", self.app_id.as_str());
        match self.code {
            CheckedCode::ServerToken(token) => {
                form.field("type", "access_token").secret("code", token);
            }
            CheckedCode::UserToken(token, open_id) => {
                form.field("type", "access_token")
                    .secret("code", token)
                    .field("open_id", open_id.as_str());
            }
            CheckedCode::JsTicket(ticket) => {
                form.field("type", "js_ticket").secret("code", ticket);
            }
        }
    }

    fn read(data: &mut Data<'_>) -> Result<Validity, DecodeErrorKind> {
        data.object(|fields| fields.read("expires_in").map(Validity::ValidUntil))
    }

    fn from_status(status: Status) -> Option<Validity> {
        (status == Status::INVALID_CODE).then_some(Validity::Invalid)
    }
}
