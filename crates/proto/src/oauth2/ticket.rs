//! `POST /OAuth2/ticket`: a new `js_ticket` (documented).

use crate::endpoint::Repeat;
use crate::{
    AppId, Credential, Data, DecodeErrorKind, Endpoint, Form, JsTicket, Lifetime, ServerAccessToken,
};

/// Asks for a new ticket, which replaces the current one.
///
/// The replaced ticket stays valid for 600 s at most ([`Lifetime::TICKET_GRACE`]; documented). So
/// does the one you hold when a request got no definite answer: it may have been received.
#[derive(Clone, Copy, Debug)]
pub struct IssueTicket<'a> {
    /// The app.
    pub app_id: &'a AppId,
    /// The **server's** token. 4102 means that it died.
    pub access_token: &'a ServerAccessToken,
}

/// A ticket and how long it lives from when it was asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ticket {
    /// The ticket: the key with which pages are signed.
    pub ticket: JsTicket,
    /// The span that it lives; zero means due at once.
    pub expires_in: Lifetime,
}

impl Ticket {
    /// A ticket from elsewhere than an answer: a test, or an issuer of one's own.
    #[must_use]
    pub const fn new(ticket: JsTicket, expires_in: Lifetime) -> Self {
        Self { ticket, expires_in }
    }
}

impl Endpoint for IssueTicket<'_> {
    const PATH: &'static str = "/OAuth2/ticket";
    const CREDENTIAL: Credential = Credential::ServerToken;
    const REPEAT: Repeat = Repeat::OnceMore;
    type Output = Ticket;

    fn form(&self, form: &mut Form) {
        form.field("app_id", self.app_id.as_str())
            .secret("access_token", self.access_token)
            .field("type", "js_ticket");
    }

    fn read(data: &mut Data<'_>) -> Result<Ticket, DecodeErrorKind> {
        data.object(|fields| {
            Ok(Ticket { ticket: fields.read("ticket")?, expires_in: fields.lifetime()? })
        })
    }
}
