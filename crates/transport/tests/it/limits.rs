//! Answers that are too large, in every way.

use yzb_transport::{HyperTransport, Transport, TransportErrorKind};

use crate::scene::{Server, Step, answer, good_answer, request};

async fn refusal_of(head_and_body: Vec<u8>) -> TransportErrorKind {
    let server = Server::answering(head_and_body).await;
    let transport = HyperTransport::new();
    let error = transport.send(request(&server.origin())).await.unwrap_err();
    assert!(error.may_have_been_sent());
    // What is left of the answer is not taken for the answer to another request.
    transport.send(request(&server.origin())).await.unwrap_err();
    assert_eq!(server.connections(), 2);
    error.kind()
}

#[tokio::test]
async fn a_body_at_the_limit_is_taken_and_one_byte_more_is_not() {
    let whole = "x".repeat(64 * 1024);
    let server = Server::answering(answer("200 OK", &whole)).await;
    let response = HyperTransport::new().send(request(&server.origin())).await.unwrap();
    assert_eq!(response.body().len(), 65_536);

    let over = answer("200 OK", &format!("{whole}x"));
    assert_eq!(refusal_of(over).await, TransportErrorKind::TooLarge);
}

#[tokio::test]
async fn a_body_of_unknown_length_is_cut_at_the_limit() {
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let exact = format!("{head}{}0\r\n\r\n", chunk.repeat(16));
    let server = Server::answering(exact).await;
    let response = HyperTransport::new().send(request(&server.origin())).await.unwrap();
    assert_eq!(response.body().len(), 65_536);

    let over = format!("{head}{}1\r\nx\r\n0\r\n\r\n", chunk.repeat(16));
    assert_eq!(refusal_of(over.into()).await, TransportErrorKind::TooLarge);
}

#[tokio::test]
async fn an_endless_body_ends() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let endless = Step::SendForever(vec![b'x'; 4096]);
    let server = Server::start([Step::Read, Step::Send(head), endless]).await;
    let error = HyperTransport::new().send(request(&server.origin())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::TooLarge);
}

#[tokio::test]
async fn endless_headers_end() {
    let head = b"HTTP/1.1 200 OK\r\n".to_vec();
    let endless =
        Step::SendForever(b"x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".to_vec());
    let server = Server::start([Step::Read, Step::Send(head), endless]).await;
    let error = HyperTransport::new().send(request(&server.origin())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::TooLarge);
}

#[tokio::test]
async fn sixty_four_headers_are_taken_and_one_more_is_not() {
    let with = |headers: usize| {
        // One more is content-length.
        let head: String = (1..headers).map(|n| format!("\r\nx-{n}: y")).collect();
        answer(&format!("200 OK{head}"), "{}")
    };
    let server = Server::answering(with(64)).await;
    HyperTransport::new().send(request(&server.origin())).await.unwrap();
    assert_eq!(refusal_of(with(65)).await, TransportErrorKind::TooLarge);
    assert_eq!(refusal_of(with(101)).await, TransportErrorKind::TooLarge);
}

#[tokio::test]
async fn a_compressed_bomb_is_not_opened() {
    let bomb = answer("200 OK\r\ncontent-encoding: gzip", "\u{1f}\u{8b}planted");
    assert_eq!(refusal_of(bomb).await, TransportErrorKind::UnexpectedEncoding);
}

#[tokio::test]
async fn compression_is_not_asked_for() {
    let server = Server::answering(good_answer()).await;
    HyperTransport::new().send(request(&server.origin())).await.unwrap();
    let received = server.received().to_lowercase();
    assert!(!received.contains("accept-encoding"), "{received}");
    assert!(received.contains("\r\nuser-agent: yzb/0."), "{received}");
}

#[tokio::test]
async fn the_limit_can_be_set() {
    let server = Server::answering(answer("200 OK", "1234567890")).await;
    let send = |limit| {
        let transport = HyperTransport::builder().answer_limit(limit).build().unwrap();
        let request = request(&server.origin());
        async move { transport.send(request).await }
    };
    assert!(send(10).await.is_ok());
    assert_eq!(send(9).await.unwrap_err().kind(), TransportErrorKind::TooLarge);
}
