//! What is repeated, how often, and after how long.

mod over_sockets;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response};
use yzb_proto::oauth2::ticket::IssueTicket;
use yzb_proto::{EndpointExt, Repeat};
use yzb_transport::{
    Body, CallError, Client, EarlierArrivals, Retry, SendWithin, Timer, Transport, TransportError,
    TransportErrorKind as Kind, transport_fn,
};

use crate::scene::{App, Sent, request};

/// Time that passes only by sleeping.
#[derive(Clone, Default)]
struct Pretended(Arc<Mutex<Vec<Duration>>>);

impl Pretended {
    fn pauses(&self) -> Vec<u64> {
        let pauses = self.0.lock().unwrap();
        pauses.iter().map(|pause| pause.as_millis().try_into().unwrap()).collect()
    }
}

impl Timer for Pretended {
    fn now(&self) -> Duration {
        self.0.lock().unwrap().iter().sum()
    }

    async fn sleep(&self, pause: Duration) {
        self.0.lock().unwrap().push(pause);
    }
}

/// Does what its script says, once for each attempt.
fn scripted(outcomes: impl Into<VecDeque<Sent>>) -> impl Transport + 'static {
    let outcomes = Mutex::new(outcomes.into());
    transport_fn(move |_| {
        let next = outcomes.lock().unwrap().pop_front().expect("not sent more often than scripted");
        async move { next }
    })
}

fn failed(kind: Kind) -> Sent {
    Err(TransportError::new(kind))
}

fn http(status: u16, headers: &[(&'static str, &str)], body: &'static str) -> Sent {
    let mut response = Response::builder().status(status);
    for &(name, value) in headers {
        response = response.header(name, value);
    }
    Ok(response.body(Body::from(body)).unwrap())
}

fn ok() -> Sent {
    http(200, &[], crate::scene::TOKEN)
}

fn with(repeat: Option<Repeat>) -> Request<Body> {
    let mut request = request("http://127.0.0.1:9");
    if let Some(repeat) = repeat {
        request.extensions_mut().insert(repeat);
    }
    request
}

/// Sends with the longest pauses that jitter allows; returns what came of it, and the pauses.
async fn run(repeat: Option<Repeat>, script: impl Into<VecDeque<Sent>>) -> (Sent, Vec<u64>) {
    let time = Pretended::default();
    let retry = Retry::with_timer(scripted(script), time.clone(), || 1.0);
    let sent = retry.send(with(repeat)).await;
    (sent, time.pauses())
}

#[tokio::test]
async fn a_read_is_repeated_until_it_succeeds() {
    let script = [failed(Kind::Closed), http(502, &[], "<html>"), ok()];
    let (sent, pauses) = run(Some(Repeat::Freely), script).await;
    assert_eq!(sent.unwrap().status(), 200);
    assert_eq!(pauses, [500, 1000]);
}

#[tokio::test]
async fn after_three_attempts_the_last_outcome_is_returned() {
    let script = [failed(Kind::Closed), failed(Kind::Closed), failed(Kind::Timeout)];
    let (sent, _) = run(Some(Repeat::Freely), script).await;
    assert_eq!(sent.unwrap_err().kind(), Kind::Timeout);

    let script = [http(503, &[], ""), http(503, &[], ""), http(500, &[], "")];
    let (sent, _) = run(Some(Repeat::Freely), script).await;
    assert_eq!(sent.unwrap().status(), 500);
}

#[tokio::test]
async fn a_ticket_is_asked_for_again_once() {
    let (sent, _) = run(Some(Repeat::OnceMore), [failed(Kind::Timeout), ok()]).await;
    assert!(sent.is_ok());
    let (sent, _) =
        run(Some(Repeat::OnceMore), [failed(Kind::Timeout), failed(Kind::Closed)]).await;
    assert_eq!(sent.unwrap_err().kind(), Kind::Closed);
    let script = [failed(Kind::Connect), failed(Kind::Dns), ok()];
    assert!(run(Some(Repeat::OnceMore), script).await.0.is_ok());
}

#[tokio::test]
async fn a_login_that_may_have_arrived_is_not_repeated() {
    for kind in [Kind::Timeout, Kind::Closed, Kind::Malformed, Kind::TooLarge, Kind::Other] {
        for repeat in [Some(Repeat::OnlyIfUnsent), None] {
            let (sent, pauses) = run(repeat, [failed(kind)]).await;
            assert_eq!(sent.unwrap_err().kind(), kind);
            assert!(pauses.is_empty());
        }
    }
    let (sent, _) = run(Some(Repeat::OnlyIfUnsent), [http(502, &[], "<html>")]).await;
    assert_eq!(sent.unwrap().status(), 502);
}

#[tokio::test]
async fn a_login_that_surely_was_not_sent_is_repeated() {
    for kind in [Kind::Dns, Kind::Connect, Kind::ConnectTimeout, Kind::Proxy] {
        let (sent, _) = run(Some(Repeat::OnlyIfUnsent), [failed(kind), ok()]).await;
        assert!(sent.is_ok(), "{kind:?}");
    }
}

#[tokio::test]
async fn what_repeating_cannot_heal_is_returned_at_once() {
    for kind in [Kind::UnknownIssuer, Kind::ProxyAuth, Kind::Insecure, Kind::Redirected] {
        let (sent, _) = run(Some(Repeat::Freely), [failed(kind)]).await;
        assert_eq!(sent.unwrap_err().kind(), kind);
    }
    let refusal = r#"{"status":4000,"message":"busy","data":[]}"#;
    let (sent, _) = run(Some(Repeat::Freely), [http(503, &[], refusal)]).await;
    assert_eq!(sent.unwrap().status(), 503);
}

#[tokio::test]
async fn retry_after_is_waited_for_unless_it_is_too_long() {
    let busy = |seconds| http(429, &[("retry-after", seconds)], "");
    let (sent, pauses) = run(Some(Repeat::Freely), [busy("7"), ok()]).await;
    assert_eq!((sent.unwrap().status().as_u16(), pauses), (200, vec![7000]));

    let (sent, pauses) = run(Some(Repeat::Freely), [busy("11")]).await;
    assert_eq!((sent.unwrap().status().as_u16(), pauses), (429, vec![]));

    // Twice ten seconds fit into twenty-five, and no third time.
    let (sent, pauses) = run(Some(Repeat::Freely), [busy("10"), busy("10"), busy("10")]).await;
    assert_eq!((sent.unwrap().status().as_u16(), pauses), (429, vec![10_000, 10_000]));
}

#[tokio::test]
async fn an_attempt_that_does_not_end_is_cut_when_the_time_for_all_is_over() {
    let time = Pretended::default();
    let silent = transport_fn(|_| std::future::pending::<Sent>());
    let retry = Retry::with_timer(silent, time.clone(), || 0.5);
    let error = retry.send(with(Some(Repeat::Freely))).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
    assert!(error.may_have_been_sent());
    assert_eq!(time.pauses(), [25_000]);
}

#[tokio::test]
async fn limits_can_be_set() {
    let time = Pretended::default();
    let script = [failed(Kind::Closed), failed(Kind::Closed), failed(Kind::Closed), ok()];
    let retry = Retry::with_timer(scripted(script), time.clone(), || 1.0)
        .attempts(4)
        .backoff(Duration::from_millis(10), Duration::from_millis(20))
        .total_timeout(Duration::from_secs(1))
        .retry_after_limit(Duration::ZERO);
    assert!(retry.send(with(Some(Repeat::Freely))).await.is_ok());
    assert_eq!(time.pauses(), [10, 20, 20]);
}

#[tokio::test]
async fn the_same_request_is_sent_each_time() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let transport = {
        let seen = Arc::clone(&seen);
        transport_fn(move |request: Request<Body>| {
            let body = String::from_utf8(request.body().as_ref().to_vec()).unwrap();
            seen.lock().unwrap().push((request.uri().clone(), request.headers().clone(), body));
            async { failed(Kind::Connect) }
        })
    };
    let retry = Retry::with_timer(transport, Pretended::default(), || 0.0);
    let app = App::demo();
    retry.send(app.login().to_request(&"http://127.0.0.1:9".parse().unwrap())).await.unwrap_err();
    let seen = seen.lock().unwrap();
    assert!(seen.len() == 3 && seen.iter().all(|one| *one == seen[0]));
    assert!(seen[0].2.contains("code=authcode-1"));
}

/// A ticket is asked for; returns what came of it.
async fn ask_for_ticket(script: impl Into<VecDeque<Sent>>) -> CallError {
    let retry = Retry::with_timer(scripted(script), Pretended::default(), || 1.0);
    let client = Client::new(retry, "http://127.0.0.1:9".parse().unwrap());
    let (app, token) = (App::demo(), "a-token".parse().unwrap());
    client.call(&IssueTicket { app_id: &app.app_id, access_token: &token }).await.unwrap_err()
}

#[tokio::test]
async fn an_attempt_that_may_have_arrived_is_remembered_when_the_last_one_surely_did_not() {
    for last in [Kind::Connect, Kind::Dns, Kind::UnknownIssuer] {
        let error = ask_for_ticket([failed(Kind::Closed), failed(Kind::Connect), failed(last)]);
        let error = error.await;
        assert_eq!(error.transport().unwrap().kind(), last);
        assert!(error.transport().unwrap().may_have_been_sent(), "{last:?}");
        assert!(error.may_have_taken_effect(), "{last:?}");
    }
    let unsent = [failed(Kind::Connect), failed(Kind::Dns), failed(Kind::Connect)];
    assert!(!ask_for_ticket(unsent).await.may_have_taken_effect());
}

#[tokio::test]
async fn a_refusal_does_not_undo_what_an_earlier_attempt_may_have_done() {
    let refusal = || http(200, &[], r#"{"status":4000,"message":"busy","data":[]}"#);
    let error = ask_for_ticket([failed(Kind::Timeout), refusal()]).await;
    assert_eq!(error.answer().unwrap().status(), Some(yzb_proto::Status::GENERIC_ERROR));
    assert!(error.may_have_taken_effect());
    assert!(ask_for_ticket([http(502, &[], "<html>"), refusal()]).await.may_have_taken_effect());
    assert!(!ask_for_ticket([failed(Kind::Connect), refusal()]).await.may_have_taken_effect());

    let (sent, _) =
        run(Some(Repeat::Freely), [failed(Kind::Closed), http(502, &[], ""), ok()]).await;
    assert_eq!(EarlierArrivals::of(&sent.unwrap()), 2);
    let (sent, _) = run(Some(Repeat::Freely), [failed(Kind::Connect), ok()]).await;
    assert_eq!(EarlierArrivals::of(&sent.unwrap()), 0);
}

#[tokio::test]
async fn each_attempt_has_what_the_others_left_of_the_time_for_all() {
    let time = Pretended::default();
    let attempts = Mutex::new(0);
    let busy = {
        let time = time.clone();
        transport_fn(move |_| {
            *attempts.lock().unwrap() += 1;
            let is_last = *attempts.lock().unwrap() == 3;
            time.0.lock().unwrap().push(Duration::from_secs(10));
            async move { if is_last { std::future::pending().await } else { failed(Kind::Closed) } }
        })
    };
    let retry = Retry::with_timer(busy, time.clone(), || 1.0);
    retry.send(with(Some(Repeat::Freely))).await.unwrap_err();
    // 10 s, a pause of 0.5, 10 s, a pause of 1: then 3.5 s are left.
    assert_eq!(time.pauses(), [10_000, 500, 10_000, 1000, 10_000, 3500]);
}

#[tokio::test]
async fn limits_that_could_not_work_are_made_to() {
    let time = Pretended::default();
    let silent = transport_fn(|_| std::future::pending::<Sent>());
    let retry = Retry::with_timer(silent, time.clone(), || 1.0).total_timeout(Duration::ZERO);
    retry.send(with(None)).await.unwrap_err();
    assert_eq!(time.pauses(), [25_000]);

    let time = Pretended::default();
    let script = [failed(Kind::Closed), failed(Kind::Closed), ok()];
    let retry = Retry::with_timer(scripted(script), time.clone(), || 1.0)
        .total_timeout(Duration::MAX)
        .backoff(Duration::MAX, Duration::from_millis(5));
    retry.send(with(Some(Repeat::Freely))).await.unwrap();
    assert_eq!(time.pauses(), [5, 5]);
}

#[tokio::test]
async fn no_attempt_begins_after_the_time_within_which_it_may_be_sent() {
    let run = async |within: u64| {
        let (time, left) = (Pretended::default(), Arc::new(Mutex::new(Vec::new())));
        let seen = Arc::clone(&left);
        let busy = transport_fn(move |request: Request<Body>| {
            seen.lock().unwrap().push(SendWithin::of(&request).unwrap().as_millis());
            async { failed(Kind::Connect) }
        });
        let mut request = with(Some(Repeat::OnceMore));
        request.extensions_mut().insert(SendWithin::new(Duration::from_millis(within)));
        let retry = Retry::with_timer(busy, time, || 1.0);
        retry.send(request).await.unwrap_err();
        left.lock().unwrap().clone()
    };
    assert_eq!(run(20_000).await, [20_000, 19_500, 18_500]);
    assert_eq!(run(1200).await, [1200, 700]);
    assert_eq!(run(400).await, [400]);
}
