//! Tickets, and the server token that they want.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use yzb_cache::{
    Attempt, IssueError, Issued, Kind, LeaseErrorKind, TicketCall, TicketIssuer, TokenCache,
};
use yzb_proto::{JsTicket, Lifetime, Retry, ServerAccessToken};

use crate::support::{Hand, Scripted, cache, key};

/// Refuses the tokens whose number is below what it is told.
#[derive(Clone, Default)]
struct Refusing {
    below: Arc<AtomicU64>,
    calls: Arc<AtomicU64>,
}

impl TicketCall for Refusing {
    async fn ticket(
        &self,
        token: &ServerAccessToken,
        _: &Attempt,
    ) -> Result<Issued<JsTicket>, IssueError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let number: u64 = token.expose_secret().rsplit('-').next().unwrap().parse().unwrap();
        if number < self.below.load(Ordering::SeqCst) {
            return Err(IssueError::new(Retry::NewServerToken, "4102"));
        }
        Ok(Issued::new(JsTicket::new("ticket").unwrap(), Lifetime::DOCUMENTED))
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_token_is_replaced_once_and_the_ticket_issued() {
    let (tokens, clock, call) = (Scripted::default(), Hand::default(), Refusing::default());
    let server = cache(&tokens, &clock).build();
    server.lease().await.unwrap();
    clock.set(60);
    call.below.store(1, Ordering::SeqCst);
    let issuer = TicketIssuer::new(call.clone(), server.clone());
    let tickets =
        TokenCache::builder(key().of_kind(Kind::JsTicket), issuer).clock(clock.clone()).build();
    assert_eq!(tickets.lease().await.unwrap().token().expose_secret(), "ticket");
    assert_eq!((tokens.count(), call.calls.load(Ordering::SeqCst)), (2, 2));
    assert_eq!(server.peek().unwrap().serial(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_second_refusal_is_an_error_and_no_loop() {
    let (tokens, clock, call) = (Scripted::default(), Hand::default(), Refusing::default());
    let server = cache(&tokens, &clock).build();
    server.lease().await.unwrap();
    clock.set(60);
    call.below.store(9, Ordering::SeqCst);
    let issuer = TicketIssuer::new(call.clone(), server.clone());
    let tickets = TokenCache::builder(key().of_kind(Kind::JsTicket), issuer).clock(clock).build();
    let error = tickets.lease().await.unwrap_err();
    assert_eq!(error.retry(), Retry::Later(None));
    assert_eq!((tokens.count(), call.calls.load(Ordering::SeqCst)), (2, 2));
    assert_eq!(server.peek().unwrap().serial(), 2, "the second token was not dropped");
}

#[tokio::test(start_paused = true)]
async fn without_a_token_no_ticket_is_asked_for_and_the_reason_is_told_once() {
    let (tokens, clock, call) = (Scripted::default(), Hand::default(), Refusing::default());
    tokens.fail(Some(IssueError::later("away").perhaps_issued(true)));
    let issuer = TicketIssuer::new(call.clone(), cache(&tokens, &clock).build());
    let tickets = TokenCache::builder(key().of_kind(Kind::JsTicket), issuer).clock(clock).build();
    let error = tickets.lease().await.unwrap_err();
    assert_eq!(call.calls.load(Ordering::SeqCst), 0);
    assert_eq!(error.to_string().matches("the next attempt").count(), 1, "{error}");
    let LeaseErrorKind::Issue(error) = error.kind() else { panic!("{error:?}") };
    assert!(!error.may_have_issued(), "a token perhaps, but no ticket");
}
