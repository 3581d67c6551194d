//! Over reqwest.

use std::time::Duration;

use yzb_proto::{DecodeErrorKind, Error};
use yzb_transport::{
    Client, ReqwestTransport, Retry, Transport, TransportError, TransportErrorKind,
};

use crate::scene::{
    App, Authority, Dead, Server, Step, answer, bad_chunk, emulator, everything_shown, good_answer,
    redirect, request,
};

fn transport() -> ReqwestTransport {
    ReqwestTransport::new().unwrap()
}

/// A client of somebody's own, that would follow redirects.
fn builder() -> reqwest::ClientBuilder {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls)
}

async fn failure_of(server: &Server) -> TransportError {
    let error = transport().send(request(&server.origin())).await.unwrap_err();
    assert!(!everything_shown(&error).contains("OAuth2"), "a URL is shown: {error:?}");
    error
}

#[tokio::test]
async fn the_whole_way() {
    let (_emulator, origin) = emulator();
    App::demo().whole_way(&Client::new(transport(), origin)).await.unwrap();
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let target = Server::answering(good_answer()).await;
    let server = Server::answering(redirect(307, &target)).await;
    let client = Client::new(transport(), server.origin().parse().unwrap());
    let error = client.call(&App::demo().token()).await.unwrap_err();
    let Some(Error::Undecodable(flaw)) = error.answer() else { panic!("{error}") };
    assert!(matches!(flaw.kind(), DecodeErrorKind::Redirected { .. }));
    assert_eq!(target.connections(), 0);
}

#[tokio::test]
async fn a_builder_that_follows_redirects_and_repeats_is_taught_otherwise() {
    let target = Server::answering(good_answer()).await;
    let server = Server::answering(redirect(307, &target)).await;
    let following = builder().redirect(reqwest::redirect::Policy::limited(3)).user_agent("theirs");
    let transport = ReqwestTransport::from_builder(following).unwrap();
    let response = transport.send(request(&server.origin())).await.unwrap();
    assert_eq!(response.status(), 307);
    assert!(response.headers()["location"].to_str().unwrap().starts_with(&target.origin()));
    assert_eq!((server.requests(), target.connections()), (1, 0));
    assert!(server.received().contains("user-agent: theirs"), "other settings are kept");
}

#[tokio::test]
async fn a_login_that_is_redirected_to_a_dead_port_is_sent_once() {
    let dead = Dead::new();
    let moved = answer(&format!("307 Moved\r\nlocation: {}/x", dead.origin()), "");
    let server = Server::answering(moved).await;
    let retry = Retry::new(ReqwestTransport::from_builder(builder()).unwrap());
    let client = Client::new(retry, server.origin().parse().unwrap());
    let error = client.call(&App::demo().login()).await.unwrap_err();
    assert!(matches!(error.answer(), Some(Error::Undecodable(_))), "{error}");
    assert!(error.may_have_taken_effect());
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_verbose_builder_is_silenced() {
    let server = Server::answering(good_answer()).await;
    let mut search = crate::secrets::Search::begin();
    let transport = ReqwestTransport::from_builder(builder().connection_verbose(true)).unwrap();
    let client = Client::new(transport, server.origin().parse().unwrap());
    let app = App::new("990077", "app-5ecre7", "code-5ecre7");
    search.look_at(&client.call(&app.token()).await.unwrap().expires_in);
    search.finds_nothing_and_saw(&["reqwest"]);
}

#[tokio::test]
async fn the_answer_s_headers_survive() {
    let server = Server::answering(answer("503 Busy\r\nretry-after: 120", "")).await;
    let response = transport().send(request(&server.origin())).await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "120");
}

#[test]
fn without_a_runtime_nothing_is_sent_and_nothing_panics() {
    let transport = transport();
    let mut sending = std::pin::pin!(transport.send(request("http://127.0.0.1:9")));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = sending.as_mut().poll(&mut context) else { panic!() };
    assert_eq!(error.kind(), TransportErrorKind::Config);
    assert!(!error.may_have_been_sent());
}

#[tokio::test]
async fn limits_beyond_reason_are_brought_back() {
    let server = Server::answering(good_answer()).await;
    for limit in [Duration::MAX, Duration::ZERO] {
        let transport = transport().total_timeout(limit);
        transport.send(request(&server.origin())).await.unwrap();
    }
}

#[tokio::test]
async fn answers_have_the_same_limits() {
    for (answer, wanted) in [
        (answer("200 OK", &"x".repeat(65_537)), TransportErrorKind::TooLarge),
        (answer("200 OK\r\ncontent-encoding: gzip", "x"), TransportErrorKind::UnexpectedEncoding),
        (b"HTTP/1.1 abc\r\n\r\n".to_vec(), TransportErrorKind::Malformed),
        (bad_chunk(), TransportErrorKind::Malformed),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx".to_vec(), TransportErrorKind::Closed),
    ] {
        let server = Server::start([Step::Read, Step::Send(answer)]).await;
        let error = failure_of(&server).await;
        assert_eq!(error.kind(), wanted, "{error:?}");
        assert!(error.may_have_been_sent());
    }
    let endless = Step::SendForever(vec![b'x'; 4096]);
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let server = Server::start([Step::Read, Step::Send(head), endless]).await;
    assert_eq!(failure_of(&server).await.kind(), TransportErrorKind::TooLarge);

    let server = Server::answering(answer("200 OK", &"x".repeat(65_536))).await;
    transport().send(request(&server.origin())).await.unwrap();
}

#[tokio::test]
async fn what_was_sent_and_what_was_not_is_told_apart() {
    let server = Server::start([Step::Read]).await;
    let error = failure_of(&server).await;
    assert_eq!(error.kind(), TransportErrorKind::Closed, "{error:?}");
    assert!(error.may_have_been_sent());

    let dead = Dead::new();
    let error = transport().send(request(&dead.origin())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect, "{error:?}");
    assert!(!error.may_have_been_sent());

    let error = transport().send(request("https://platform.invalid")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Dns, "{error:?}");
    let error = transport().send(request("http://platform.invalid")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Insecure);
}

#[tokio::test(start_paused = true)]
async fn both_deadlines_hold() {
    let silent = Server::start([Step::Read, Step::Hang]).await;
    let error = failure_of(&silent).await;
    assert_eq!(error.kind(), TransportErrorKind::Timeout, "{error:?}");
    assert!(error.may_have_been_sent());

    let handshake = Server::start([Step::Hang]).await;
    let origin = handshake.origin().replace("http:", "https:");
    let start = tokio::time::Instant::now();
    let error = transport().send(request(&origin)).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::ConnectTimeout, "{error:?}");
    assert_eq!(start.elapsed().as_secs(), 3);
    assert!(!error.may_have_been_sent());

    let hasty = transport().total_timeout(Duration::from_secs(1));
    let start = tokio::time::Instant::now();
    hasty.send(request(&silent.origin())).await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 1);
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let tls = Authority::new().server("localhost");
    let server = Server::answering_tls(good_answer(), tls).await;
    let error = transport().send(request(&server.origin_by_name())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::UnknownIssuer, "{error:?}");
    assert!(!error.may_have_been_sent());
}

#[tokio::test]
async fn a_proxy_s_refusals_are_told_apart() {
    for (head, wanted) in [
        ("407 Proxy Authentication Required", TransportErrorKind::ProxyAuth),
        ("502 Bad Gateway", TransportErrorKind::Proxy),
    ] {
        let proxy = Server::answering(answer(head, "")).await;
        let proxy = reqwest::Proxy::all(proxy.origin()).unwrap().basic_auth("user", "planted");
        let transport = ReqwestTransport::from_builder(builder().proxy(proxy)).unwrap();
        let error = transport.send(request("https://platform.invalid")).await.unwrap_err();
        assert_eq!(error.kind(), wanted, "{error:?}");
        assert!(!everything_shown(&error).contains("planted"));
        assert!(!format!("{transport:?}").contains("planted"));
    }
}

#[test]
fn the_environment_s_proxy_has_no_say() {
    let dead = tokio::runtime::Runtime::new().unwrap().block_on(async { Dead::new() });
    assert!(super::passes_behind(&dead.origin(), "adapters::reqwest::the_whole_way"));
}
