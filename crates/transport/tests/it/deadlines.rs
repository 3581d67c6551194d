//! Silence of every kind, in time that is only pretended.

use std::time::Duration;

use tokio::time::Instant;
use yzb_transport::{HyperTransport, SendWithin, Transport, TransportError, TransportErrorKind};

use crate::scene::{Authority, Server, Step, good_answer, request};

/// Sends, and returns the error with the whole seconds it took.
async fn wait_for_error(transport: &HyperTransport, origin: &str) -> (TransportError, u64) {
    let start = Instant::now();
    let error = transport.send(request(origin)).await.unwrap_err();
    (error, start.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn a_silent_tls_handshake_ends_after_three_seconds() {
    let server = Server::start([Step::Hang]).await;
    let transport = HyperTransport::builder().ca_pem(Authority::new().pem()).build().unwrap();
    let origin = server.origin().replace("http:", "https:");
    let (error, seconds) = wait_for_error(&transport, &origin).await;
    assert_eq!((error.kind(), seconds), (TransportErrorKind::ConnectTimeout, 3));
    assert!(!error.may_have_been_sent());
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_host_that_takes_no_more_connections_ends_after_three_seconds() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // The queue takes two; whoever comes later is not answered.
    let mut queue = Vec::new();
    for _ in 0..2 {
        queue.push(tokio::net::TcpStream::connect(address).await.unwrap());
    }
    let (error, seconds) =
        wait_for_error(&HyperTransport::new(), &format!("http://{address}")).await;
    assert_eq!((error.kind(), seconds), (TransportErrorKind::ConnectTimeout, 3));
    assert!(!error.may_have_been_sent());
}

#[tokio::test(start_paused = true)]
async fn silence_after_the_request_ends_after_ten_seconds() {
    let server = Server::start([Step::Read, Step::Hang]).await;
    let (error, seconds) = wait_for_error(&HyperTransport::new(), &server.origin()).await;
    assert_eq!((error.kind(), seconds), (TransportErrorKind::Timeout, 10));
    assert!(error.may_have_been_sent());
    assert_eq!(server.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dripping_answer_does_not_stretch_the_deadline() {
    let drip = Step::Drip(good_answer(), Duration::from_millis(900));
    let server = Server::start([Step::Read, drip]).await;
    let (error, seconds) = wait_for_error(&HyperTransport::new(), &server.origin()).await;
    assert_eq!((error.kind(), seconds), (TransportErrorKind::Timeout, 10));
}

#[tokio::test(start_paused = true)]
async fn a_dripping_body_does_not_stretch_the_deadline() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n".to_vec();
    let drip = Step::Drip(vec![b' '; 1000], Duration::from_millis(900));
    let server = Server::start([Step::Read, Step::Send(head), drip]).await;
    let (error, seconds) = wait_for_error(&HyperTransport::new(), &server.origin()).await;
    assert_eq!((error.kind(), seconds), (TransportErrorKind::Timeout, 10));
    assert!(error.may_have_been_sent());
}

#[tokio::test(start_paused = true)]
async fn a_total_deadline_that_ends_while_connecting_knows_that_nothing_was_sent() {
    let server = Server::start([Step::Hang]).await;
    let transport = HyperTransport::builder()
        .ca_pem(Authority::new().pem())
        .total_timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    let origin = server.origin().replace("http:", "https:");
    let (error, seconds) = wait_for_error(&transport, &origin).await;
    assert_eq!((error.kind(), seconds), (TransportErrorKind::Timeout, 1));
    assert!(!error.may_have_been_sent());
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_within_the_deadline_is_an_answer() {
    let pause = Duration::from_millis(8_000 / good_answer().len() as u64);
    let server = Server::start([Step::Read, Step::Drip(good_answer(), pause)]).await;
    HyperTransport::new().send(request(&server.origin())).await.unwrap();
}

/// Sends with so much time to begin; returns the error with the milliseconds it took.
async fn begin_within(limit: u64, origin: &str) -> (TransportErrorKind, bool, u128) {
    let transport = HyperTransport::builder().ca_pem(Authority::new().pem()).build().unwrap();
    let mut request = request(origin);
    request.extensions_mut().insert(SendWithin::new(Duration::from_millis(limit)));
    let start = Instant::now();
    let error = transport.send(request).await.unwrap_err();
    (error.kind(), error.may_have_been_sent(), start.elapsed().as_millis())
}

#[tokio::test(start_paused = true)]
async fn what_has_no_connection_in_time_is_not_sent_late() {
    let server = Server::start([Step::Hang]).await;
    let origin = server.origin().replace("http:", "https:");
    let outcome = begin_within(1500, &origin).await;
    assert_eq!(outcome, (TransportErrorKind::TooLate, false, 1500));
    assert_eq!(begin_within(0, &origin).await, (TransportErrorKind::TooLate, false, 0));
    assert_eq!(server.requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_in_time_may_be_answered_as_late_as_ever() {
    let server = Server::start([Step::Read, Step::Hang]).await;
    let outcome = begin_within(1500, &server.origin()).await;
    assert_eq!(outcome, (TransportErrorKind::Timeout, true, 10_000));
    assert_eq!(server.requests(), 1);
}
