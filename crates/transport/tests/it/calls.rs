//! The client over transports of all kinds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Request, Response, StatusCode};
use yzb_proto::oauth2::user_token::LogInUser;
use yzb_proto::{DecodeErrorKind, Endpoint, Error, Repeat, Retry, Status, Tolerance};
use yzb_transport::{
    BlockingClient, Body, CallFailure, Client, SharedTransport, Transport, TransportError,
    TransportErrorKind, blocking_transport_fn, transport_fn,
};

use crate::scene::{App, TOKEN};

fn saying(body: &'static str) -> impl Transport {
    transport_fn(move |_| async move { Ok(Response::new(Body::from(body))) })
}

fn failing(kind: TransportErrorKind) -> impl Transport {
    transport_fn(move |_| async move { Err(TransportError::new(kind)) })
}

fn client<T: Transport>(transport: T) -> Client<T> {
    Client::new(transport, "http://127.0.0.1:9".parse().unwrap())
}

#[tokio::test]
async fn the_whole_way_over_the_default_stack() {
    let (emulator, origin) = crate::scene::emulator();
    let client = Client::new(yzb_transport::HyperTransport::new(), origin);
    App::demo().whole_way(&client).await.unwrap();
    assert_eq!(emulator.requests(LogInUser::PATH), 2);
}

#[tokio::test]
async fn the_whole_way_behind_a_pointer_and_a_retry() {
    let (_emulator, origin) = crate::scene::emulator();
    let transport = SharedTransport::new(yzb_transport::HyperTransport::new());
    let client = Client::new(yzb_transport::Retry::new(transport), origin);
    App::demo().whole_way(&client.clone()).await.unwrap();
}

#[tokio::test]
async fn a_call_can_be_made_from_another_thread() {
    let (_emulator, origin) = crate::scene::emulator();
    let client = Arc::new(Client::new(Arc::new(yzb_transport::HyperTransport::new()), origin));
    let task = tokio::spawn(async move { client.call(&App::demo().token()).await });
    assert_eq!(task.await.unwrap().unwrap().expires_in.as_secs(), 7200);
}

#[tokio::test]
async fn a_closure_is_a_transport() {
    let token = client(saying(TOKEN)).call(&App::demo().token()).await.unwrap();
    assert_eq!(token.access_token.expose_secret(), "a-token");
}

#[test]
fn a_closure_is_a_blocking_transport() {
    let transport = blocking_transport_fn(|_| Ok(Response::new(Body::from(TOKEN))));
    let client = BlockingClient::new(&transport, "http://127.0.0.1:9".parse().unwrap());
    assert_eq!(client.call(&App::demo().token()).unwrap().expires_in.as_secs(), 7200);
}

#[tokio::test]
async fn the_request_says_whether_it_may_be_repeated() {
    let seen = Arc::new(AtomicUsize::new(0));
    let transport = {
        let seen = Arc::clone(&seen);
        transport_fn(move |request: Request<Body>| {
            let repeat = request.extensions().get::<Repeat>().copied();
            seen.fetch_add(usize::from(repeat == Some(Repeat::OnlyIfUnsent)), Ordering::Relaxed);
            async { Err(TransportErrorKind::Connect.into()) }
        })
    };
    let client = client(transport);
    client.call(&App::demo().login()).await.unwrap_err();
    client.call(&App::demo().token()).await.unwrap_err();
    assert_eq!(seen.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_was_forgiven_is_reported() {
    let answer = client(saying(TOKEN)).call_for_answer(&App::demo().token()).await.unwrap();
    assert!(answer.drift.contains(Tolerance::ContentType), "{:?}", answer.drift);
}

#[tokio::test]
async fn an_error_names_the_host_and_the_remedy() {
    let error = client(failing(TransportErrorKind::Connect));
    let error = error.call(&App::demo().token()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the host cannot be reached (127.0.0.1): \
         check the origin, the network and the firewall, or repeat later"
    );
    assert!(matches!(error.failure(), CallFailure::Transport(_)));
    assert_eq!(error.retry(), Retry::Later(None));
    assert!(!error.may_have_taken_effect());
}

#[tokio::test]
async fn a_login_without_a_definite_answer_wants_a_new_code() {
    let lost = client(failing(TransportErrorKind::Closed));
    let error = lost.call(&App::demo().login()).await.unwrap_err();
    assert_eq!(error.retry(), Retry::NewAuthCode);
    assert!(error.to_string().ends_with("so ask the page for a new auth code"), "{error}");

    let garbled = client(saying("<html>"));
    let error = garbled.call(&App::demo().login()).await.unwrap_err();
    assert_eq!(error.retry(), Retry::NewAuthCode);
    assert!(error.may_have_taken_effect());

    let refused = client(saying(r#"{"status":4102,"message":"no","data":[]}"#));
    let error = refused.call(&App::demo().login()).await.unwrap_err();
    assert_eq!(error.retry(), Retry::NewAuthCode);
    assert!(!error.may_have_taken_effect());
}

#[tokio::test]
async fn a_rejection_has_both_numbers() {
    let transport = transport_fn(|_| async {
        let mut response =
            Response::new(Body::from(r#"{"status":4000,"message":"busy","data":[]}"#));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        Ok(response)
    });
    let error = client(transport).call(&App::demo().token()).await.unwrap_err();
    let Some(Error::Rejected(rejection)) = error.answer() else { panic!("{error}") };
    assert_eq!(rejection.status(), Status::GENERIC_ERROR);
    assert_eq!(rejection.http_status(), 502);
}

#[tokio::test]
async fn an_unreadable_answer_is_described_and_not_quoted() {
    let error =
        client(saying("<html>planted</html>")).call(&App::demo().token()).await.unwrap_err();
    let Some(Error::Undecodable(flaw)) = error.answer() else { panic!("{error}") };
    assert!(matches!(flaw.kind(), DecodeErrorKind::NotJson { .. }));
    assert!(!crate::scene::everything_shown(&error).contains("planted"));
}
