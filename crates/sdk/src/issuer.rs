//! Who asks the platform for server tokens and tickets, for the caches.

use std::fmt;
use std::sync::Arc;

use yzb_cache::{
    Attempt, Checked, IssueError, Issued, Issuer, Kind, SharedStore, TicketCall, TicketIssuer,
    TokenCache,
};
use yzb_proto::oauth2::check_code::{CheckCode, CheckedCode, Validity};
use yzb_proto::oauth2::server_token::IssueServerToken;
use yzb_proto::oauth2::ticket::IssueTicket;
use yzb_proto::{Answer, Endpoint, JsTicket, ServerAccessToken};
use yzb_transport::CallError;

use crate::setting::{Identity, Setting};
use crate::trace;

/// The cache of an app's server token.
pub type ServerTokens = TokenCache<ServerTokenIssuer, SharedStore>;

/// The cache of an app's ticket.
pub type Tickets = TokenCache<JsTicketIssuer, SharedStore>;

/// Asks the platform for server tokens, with an app's id and secret.
#[derive(Clone)]
pub struct ServerTokenIssuer(Asker);

/// Asks the platform for tickets, with the app's server token.
pub struct JsTicketIssuer {
    identity: Arc<Identity>,
    inner: TicketIssuer<Asker, ServerTokenIssuer, SharedStore>,
}

/// Whom to ask, over what, and as whom.
#[derive(Clone)]
struct Asker {
    setting: Arc<Setting>,
    identity: Arc<Identity>,
}

impl ServerTokenIssuer {
    pub(crate) const fn new(setting: Arc<Setting>, identity: Arc<Identity>) -> Self {
        Self(Asker { setting, identity })
    }
}

impl JsTicketIssuer {
    pub(crate) fn new(
        setting: Arc<Setting>,
        identity: Arc<Identity>,
        tokens: ServerTokens,
    ) -> Self {
        let asker = Asker { setting, identity: Arc::clone(&identity) };
        Self { identity, inner: TicketIssuer::new(asker, tokens) }
    }
}

impl Issuer for ServerTokenIssuer {
    type Token = ServerAccessToken;

    async fn issue(&self, attempt: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        let Identity { app_id, secret } = &*self.0.identity;
        let span = trace::renewal_span(app_id, Kind::ServerToken, attempt.number);
        let asking = self.0.ask(IssueServerToken { app_id, secret }, attempt);
        let outcome = trace::within(&span, asking).await;
        trace::record_renewal(&span, &outcome);
        outcome.map(|answer| {
            let token = answer.output;
            Issued::new(token.access_token, token.expires_in).dated(answer.date)
        })
    }

    async fn check(&self, token: &ServerAccessToken) -> Result<Checked, IssueError> {
        self.0.check(CheckedCode::ServerToken(token)).await
    }
}

impl Issuer for JsTicketIssuer {
    type Token = JsTicket;

    async fn issue(&self, attempt: &Attempt) -> Result<Issued<JsTicket>, IssueError> {
        let span = trace::renewal_span(&self.identity.app_id, Kind::JsTicket, attempt.number);
        let outcome = trace::within(&span, self.inner.issue(attempt)).await;
        trace::record_renewal(&span, &outcome);
        outcome
    }

    async fn check(&self, ticket: &JsTicket) -> Result<Checked, IssueError> {
        self.inner.check(ticket).await
    }
}

impl TicketCall for Asker {
    async fn ticket(
        &self,
        token: &ServerAccessToken,
        attempt: &Attempt,
    ) -> Result<Issued<JsTicket>, IssueError> {
        let call = IssueTicket { app_id: &self.identity.app_id, access_token: token };
        let answer = self.ask(call, attempt).await?;
        let ticket = answer.output;
        Ok(Issued::new(ticket.ticket, ticket.expires_in).dated(answer.date))
    }

    async fn check(&self, ticket: &JsTicket) -> Result<Checked, IssueError> {
        Asker::check(self, CheckedCode::JsTicket(ticket)).await
    }
}

impl Asker {
    /// Makes the call, and sends nothing after the turn to send may be somebody else's.
    async fn ask<E: Endpoint + Sync>(
        &self,
        call: E,
        attempt: &Attempt,
    ) -> Result<Answer<E::Output>, IssueError> {
        let client = &self.setting.client;
        let Some(send_before) = attempt.send_before else {
            return client.call_for_answer(&call).await.map_err(issue_error);
        };
        let left = send_before.since(self.setting.clock.now().monotonic);
        if left.is_zero() {
            return Err(IssueError::later("it took too long until the request could be sent"));
        }
        client.call_sent_within(&call, left).await.map_err(issue_error)
    }

    /// Whether the platform still accepts this, and until when.
    async fn check(&self, code: CheckedCode<'_>) -> Result<Checked, IssueError> {
        let call = CheckCode { app_id: &self.identity.app_id, code };
        let validity = self.setting.client.call(&call).await.map_err(issue_error)?;
        Ok(match validity {
            Validity::ValidUntil(until) => Checked::Valid { until },
            Validity::Invalid => Checked::Invalid,
        })
    }
}

/// What a failed call means for the next attempt, and for the code that is held.
fn issue_error(error: CallError) -> IssueError {
    let perhaps = error.may_have_taken_effect();
    IssueError::new(error.retry(), error).perhaps_issued(perhaps)
}

impl fmt::Debug for ServerTokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServerTokenIssuer").field(&self.0.identity.app_id).finish()
    }
}

impl fmt::Debug for JsTicketIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsTicketIssuer").field(&self.identity.app_id).finish()
    }
}
