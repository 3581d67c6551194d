//! Tickets, which only a holder of the server token gets.

use core::fmt;
use core::future::Future;

use yzb_proto::{JsTicket, Retry, ServerAccessToken};

use crate::{
    Attempt, Checked, IssueError, Issued, Issuer, LeaseError, LeaseErrorKind, Store, TokenCache,
};

/// Asks the platform for a ticket with a server token: the call that a [`TicketIssuer`] makes.
/// A closure is not one, for its future would have to borrow; a type with an `async fn` is.
pub trait TicketCall: Send + Sync {
    /// Asks once.
    ///
    /// # Errors
    ///
    /// There is no ticket. If its [`retry`](IssueError::retry) is [`Retry::NewServerToken`] (status
    /// 4102), the server token died.
    fn ticket(
        &self,
        token: &ServerAccessToken,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Issued<JsTicket>, IssueError>> + Send;

    /// Asks until when this ticket is accepted, and issues nothing. By default it cannot tell.
    ///
    /// # Errors
    ///
    /// The platform could not be asked, or gave no definite answer.
    fn check(&self, ticket: &JsTicket) -> impl Future<Output = Result<Checked, IssueError>> + Send {
        let _ = ticket;
        async { Ok(Checked::CannotTell) }
    }
}

/// Issues tickets with the token of a cache. If the platform says that the token died, that lease is
/// invalidated, and the call is made once more with another token; not more often.
pub struct TicketIssuer<C, I: Issuer, S> {
    call: C,
    tokens: TokenCache<I, S>,
}

impl<C, I: Issuer, S> TicketIssuer<C, I, S> {
    /// Issues by this call, with the tokens of this cache.
    pub const fn new(call: C, tokens: TokenCache<I, S>) -> Self {
        Self { call, tokens }
    }

    /// Waiting for a token may have taken longer than the ticket's turn lets it.
    fn in_time(&self, attempt: &Attempt) -> Result<(), IssueError> {
        match attempt.send_before {
            Some(limit) if self.tokens.now().monotonic >= limit => {
                Err(IssueError::later("it took too long until the request could be sent"))
            }
            _ => Ok(()),
        }
    }
}

impl<C, I, S> Issuer for TicketIssuer<C, I, S>
where
    C: TicketCall,
    I: Issuer<Token = ServerAccessToken> + 'static,
    S: Store + 'static,
{
    type Token = JsTicket;

    async fn issue(&self, attempt: &Attempt) -> Result<Issued<JsTicket>, IssueError> {
        let lease = self.tokens.lease().await.map_err(without_token)?;
        self.in_time(attempt)?;
        let refused = match self.call.ticket(lease.token(), attempt).await {
            Err(error) if error.retry() == Retry::NewServerToken => error,
            outcome => return outcome,
        };
        self.tokens.invalidate(&lease);
        let Ok(other) = self.tokens.lease().await else {
            // What the platform said tells more than that it is too early for another token.
            return Err(refused.and_later());
        };
        // Too late, with another token: it is there for the next attempt.
        self.in_time(attempt)?;
        let outcome = self.call.ticket(other.token(), attempt).await;
        outcome.map_err(|error| match error.retry() {
            Retry::NewServerToken => error.and_later(),
            _ => error,
        })
    }

    async fn check(&self, ticket: &JsTicket) -> Result<Checked, IssueError> {
        self.call.check(ticket).await
    }
}

/// There was no token to ask with: nothing was sent. When the next token may come says little of the
/// next ticket, so that is left out.
fn without_token(error: LeaseError) -> IssueError {
    match error.kind() {
        LeaseErrorKind::Issue(error) => error.clone().perhaps_issued(false),
        _ => IssueError::new(error.retry(), error),
    }
}

impl<C, I: Issuer, S> fmt::Debug for TicketIssuer<C, I, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TicketIssuer").field("tokens", &self.tokens).finish_non_exhaustive()
    }
}
