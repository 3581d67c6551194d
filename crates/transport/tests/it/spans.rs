//! What the span of a call says.

use std::io::Write;
use std::sync::{Arc, Mutex};

use http::Response;
use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;
use yzb_transport::{
    BlockingClient, Body, Client, Transport, TransportErrorKind, blocking_transport_fn,
    transport_fn,
};

use crate::scene::{App, Sent, TOKEN};

/// A log that is kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is logged while `story` is told.
fn log_of(story: impl FnOnce()) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, story);
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

/// The last line, written when the span ends.
fn end_of_call_over(transport: impl Transport) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let client = Client::new(transport, "http://127.0.0.1:9".parse().unwrap());
    let log = log_of(|| _ = runtime.block_on(client.call(&App::demo().token())));
    log.lines().last().unwrap().to_owned()
}

/// Says something itself, and answers.
fn answer(http_status: u16, body: &'static str) -> Sent {
    tracing::debug!("sending");
    Ok(Response::builder().status(http_status).body(Body::from(body)).unwrap())
}

#[test]
fn the_end_of_a_call_is_in_its_span() {
    let refusal = r#"{"status":4000,"message":"busy","data":[]}"#;
    for (http_status, body, status, outcome) in [
        (200, TOKEN, "status=2000 ", "ok"),
        (502, refusal, "status=4000 ", "rejected"),
        (404, "<html>", "", "undecodable"),
    ] {
        let line =
            end_of_call_over(transport_fn(move |_| async move { answer(http_status, body) }));
        assert!(line.contains(&format!("http_status={http_status} {status}")), "{line}");
        assert!(line.contains(&format!("outcome=\"{outcome}\"")), "{line}");
        assert!(line.contains("path=\"/OAuth2/token\""), "{line}");
        assert!(line.contains("host=\"127.0.0.1:9\""), "{line}");
    }
    let lost = transport_fn(|_| async { Err(TransportErrorKind::Closed.into()) });
    let line = end_of_call_over(lost);
    assert!(line.contains("outcome=\"closed\"") && !line.contains("status="), "{line}");
}

#[test]
fn what_a_transport_says_is_said_within_the_span() {
    let said = |log: &str| {
        let line = log.lines().find(|line| line.ends_with("sending")).unwrap().to_owned();
        assert!(line.contains("yzb.call{path="), "{line}");
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let transport = transport_fn(|_| async { answer(200, TOKEN) });
    let client = Client::new(transport, "http://127.0.0.1:9".parse().unwrap());
    said(&log_of(|| _ = runtime.block_on(client.call(&App::demo().token()))));

    let transport = blocking_transport_fn(|_| answer(200, TOKEN));
    let client = BlockingClient::new(transport, "http://127.0.0.1:9".parse().unwrap());
    said(&log_of(|| _ = client.call(&App::demo().token())));
}
