//! Exchanges that break, and answers that are none.

use yzb_proto::{DecodeErrorKind, Error, Retry};
use yzb_transport::{
    CallError, Client, HyperTransport, Transport, TransportError, TransportErrorKind,
};

use crate::scene::{App, Dead, Server, Step, answer, bad_chunk, good_answer, request};

async fn failure_of(script: Vec<Step>) -> TransportError {
    let server = Server::start(script).await;
    HyperTransport::new().send(request(&server.origin())).await.unwrap_err()
}

async fn call_answered_with(answer: Vec<u8>) -> CallError {
    let server = Server::start([Step::Read, Step::Send(answer)]).await;
    let client = Client::new(HyperTransport::new(), server.origin().parse().unwrap());
    client.call(&App::demo().token()).await.unwrap_err()
}

fn head(length: usize) -> Step {
    Step::Send(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into())
}

#[tokio::test]
async fn a_connection_that_ends_may_have_carried_the_request() {
    for script in [
        vec![Step::Read],
        vec![Step::Read, Step::Reset],
        vec![Step::Read, Step::Send(b"HTTP/1.1 200".to_vec())],
        vec![Step::Read, Step::Send(b"HTTP/1.1 200".to_vec()), Step::Reset],
        vec![Step::Read, head(100), Step::Send(b"{\"status\"".to_vec())],
        vec![Step::Read, head(100), Step::Send(b"{\"status\"".to_vec()), Step::Reset],
    ] {
        let error = failure_of(script.clone()).await;
        assert_eq!(error.kind(), TransportErrorKind::Closed, "{script:?}: {error:?}");
        assert!(error.may_have_been_sent(), "{script:?}");
        assert_eq!(error.retry(), Retry::Later(None));
    }
}

#[tokio::test]
async fn a_reset_before_the_request_was_read_is_taken_for_a_request_that_may_have_arrived() {
    let error = failure_of(vec![Step::Reset]).await;
    assert_eq!(error.kind(), TransportErrorKind::Closed);
}

#[tokio::test]
async fn a_reset_after_the_whole_answer_is_no_error() {
    let server = Server::start([Step::Read, Step::Send(good_answer()), Step::Hang]).await;
    let transport = HyperTransport::new();
    transport.send(request(&server.origin())).await.unwrap();
    drop(server);
}

#[tokio::test]
async fn a_refused_connection_carried_nothing() {
    let dead = Dead::new();
    let error = HyperTransport::new().send(request(&dead.origin())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect);
    assert_eq!(error.subject(), Some("127.0.0.1"));
    assert!(!error.may_have_been_sent());
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.to_lowercase().contains("refused"), "{cause}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_named() {
    let error = HyperTransport::new().send(request("https://platform.invalid")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Dns);
    assert_eq!(error.subject(), Some("platform.invalid"));
    assert!(!error.may_have_been_sent());
}

#[tokio::test]
async fn what_is_not_http_is_said_to_be_none() {
    for bytes in [
        &String::from_utf8(bad_chunk()).unwrap(),
        "220 mail.example ESMTP\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "\0\0\0\0\0\0\0\0\0\0\0\0",
    ] {
        let script = vec![Step::Read, Step::Send(bytes.into()), Step::Hang];
        assert_eq!(failure_of(script).await.kind(), TransportErrorKind::Malformed, "{bytes:?}");
    }
}

#[tokio::test]
async fn lengths_that_contradict_each_other_are_refused() {
    let both = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}".to_vec();
    let odd = b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n{}".to_vec();
    for bytes in [both, odd] {
        let error = failure_of(vec![Step::Read, Step::Send(bytes), Step::Hang]).await;
        assert_eq!(error.kind(), TransportErrorKind::Malformed);
    }
}

#[tokio::test]
async fn a_length_that_is_too_short_cuts_and_does_not_poison_the_next_answer() {
    let long =
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\nplanted".to_vec();
    let server = Server::start([Step::Read, Step::Send(long), Step::Hang]).await;
    let transport = HyperTransport::new();
    let first = transport.send(request(&server.origin())).await.unwrap();
    assert_eq!(first.body().as_ref(), b"{}");
    let second = transport.send(request(&server.origin())).await.unwrap();
    assert_eq!((second.body().as_ref(), server.connections()), (&b"{}"[..], 2));
}

#[tokio::test]
async fn pages_and_scraps_are_described_by_number_and_length() {
    for (bytes, wanted) in [
        (
            answer("200 OK\r\ncontent-type: text/html", "<html>planted</html>"),
            "text/html, 20 bytes",
        ),
        (answer("502 Bad Gateway", "planted"), "HTTP 502, no content type, 7 bytes"),
        (answer("200 OK\r\ncontent-type: application/json", ""), "is empty"),
        (answer("200 OK", "{\"status\":2000,\"data\":{\"planted"), "is not JSON"),
        (answer("200 OK", "{\"status\":2000,\"status\":4000}"), "twice"),
        (answer("500 Oops", "{\"status\":2000,\"data\":[]}"), "HTTP 500"),
    ] {
        let error = call_answered_with(bytes).await;
        let shown = error.to_string();
        assert!(shown.contains(wanted) && !shown.contains("planted"), "{shown}");
        assert!(matches!(error.answer(), Some(Error::Undecodable(_))));
        assert!(matches!(error.retry(), Retry::Later(_)), "{shown}");
    }
}

#[tokio::test]
async fn a_gateway_s_retry_after_reaches_the_caller() {
    let error = call_answered_with(answer("503 Busy\r\nretry-after: 120", "")).await;
    let Some(Error::Undecodable(flaw)) = error.answer() else { panic!("{error}") };
    assert_eq!(*flaw.kind(), DecodeErrorKind::Empty);
    assert_eq!(error.retry(), Retry::Later(Some(yzb_proto::Lifetime::from_secs(120))));
}

#[tokio::test]
async fn a_version_that_is_not_ours_to_speak_is_refused_before_anything_is_opened() {
    let server = Server::answering(good_answer()).await;
    for version in [http::Version::HTTP_09, http::Version::HTTP_2, http::Version::HTTP_3] {
        let mut request = request(&server.origin());
        *request.version_mut() = version;
        let error = HyperTransport::new().send(request).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::InvalidRequest);
        assert!(!error.may_have_been_sent());
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_runtime_that_ends_in_the_middle_closes_the_exchange() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let handle = runtime.handle().clone();
    let sending = std::thread::spawn(move || {
        // The exchange itself is driven by this thread, its connection by the runtime.
        handle.block_on(HyperTransport::new().send(request(&origin)))
    });
    let (mut stream, _) = listener.accept().unwrap();
    std::io::Read::read_exact(&mut stream, &mut [0; 4]).unwrap();
    runtime.shutdown_background();
    let error = sending.join().unwrap().unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Closed, "{error:?}");
    assert!(error.may_have_been_sent());
}
