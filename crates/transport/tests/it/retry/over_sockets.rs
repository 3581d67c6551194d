//! Repeating over sockets.

use std::sync::atomic::{AtomicUsize, Ordering};

use yzb_proto::Endpoint;
use yzb_proto::oauth2::user_token::LogInUser;
use yzb_transport::{Client, HyperTransport, TokioTimer};

use super::{Arc, Body, Kind, Request, Retry, transport_fn};
use crate::scene::{App, Server, Step, emulator};

#[tokio::test]
async fn a_login_that_was_read_and_not_answered_is_sent_once() {
    let server = Server::start([Step::Read, Step::Reset]).await;
    let retry = Retry::new(HyperTransport::new());
    let client = Client::new(retry, server.origin().parse().unwrap());
    let error = client.call(&App::demo().login()).await.unwrap_err();
    assert_eq!(error.transport().unwrap().kind(), Kind::Closed);
    assert_eq!((server.connections(), server.requests()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_ticket_without_an_answer_is_asked_for_twice_and_no_more() {
    let server = Server::start([Step::Read]).await;
    let retry = Retry::new(HyperTransport::new());
    let client = Client::new(retry, server.origin().parse().unwrap());
    client.call(&App::demo().token()).await.unwrap_err();
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_login_to_a_port_that_refused_is_sent_again() {
    let (emulator, origin) = emulator();
    let hyper = HyperTransport::new();
    let attempts = Arc::new(AtomicUsize::new(0));
    let transport = {
        let attempts = Arc::clone(&attempts);
        // At first nobody listens.
        transport_fn(move |mut request: Request<Body>| {
            if attempts.fetch_add(1, Ordering::Relaxed) == 0 {
                *request.uri_mut() = "http://127.0.0.1:9/OAuth2/token".parse().unwrap();
            }
            let hyper = hyper.clone();
            async move { yzb_transport::Transport::send(&hyper, request).await }
        })
    };
    let retry = Retry::with_timer(transport, TokioTimer::new(), || 0.0);
    App::demo().whole_way(&Client::new(retry, origin)).await.unwrap();
    assert_eq!(attempts.load(Ordering::Relaxed), 5);
    assert_eq!(emulator.requests(LogInUser::PATH), 2);
}
