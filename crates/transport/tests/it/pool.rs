//! Which connections are used again, and which never.

use std::time::Duration;

use tokio::sync::oneshot;
use yzb_transport::{HyperTransport, Transport};

use crate::scene::{Server, Step, answer, good_answer, request};

#[tokio::test]
async fn a_second_call_uses_the_same_connection() {
    let server = Server::answering(good_answer()).await;
    let transport = HyperTransport::new();
    for _ in 0..3 {
        transport.clone().send(request(&server.origin())).await.unwrap();
    }
    assert_eq!((server.requests(), server.connections()), (3, 1));
}

#[tokio::test]
async fn an_answer_that_says_close_is_the_last_on_its_connection() {
    let closing = answer("200 OK\r\nconnection: close", "{}");
    let server = Server::start([Step::Read, Step::Send(closing)]).await;
    let transport = HyperTransport::new();
    transport.send(request(&server.origin())).await.unwrap();
    transport.send(request(&server.origin())).await.unwrap();
    assert_eq!((server.requests(), server.connections()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_the_server_closed_while_idle_is_not_tried_again() {
    let server = Server::start([Step::Read, Step::Send(good_answer())]).await;
    let transport = HyperTransport::new();
    for _ in 0..3 {
        transport.send(request(&server.origin())).await.unwrap();
        // Pretended time passes only when nothing else is left to do: the end has been noticed.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!((server.requests(), server.connections()), (3, 3));
}

#[test]
fn a_transport_outlives_the_runtime_that_it_was_used_on() {
    // The pool has a connection whose runtime is gone.
    let transport = HyperTransport::new();
    let (emulator, _) = crate::scene::emulator();
    for _ in 0..2 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(transport.send(request(emulator.origin()))).unwrap();
    }
}

/// Sends, and drops the sending once the server has read the request.
async fn cancel_when_read(transport: &HyperTransport, server: &Server) {
    let (dropped, was_dropped) = oneshot::channel::<()>();
    let sending = transport.send(request(&server.origin()));
    let task = {
        let sending = async move {
            let _dropped = dropped;
            sending.await
        };
        let mut sending = Box::pin(sending);
        loop {
            tokio::select! {
                biased;
                _ = &mut sending => panic!("there is no answer"),
                () = tokio::task::yield_now() => {}
            }
            if server.requests() == 1 {
                break sending;
            }
        }
    };
    drop(task);
    was_dropped.await.unwrap_err();
}

#[tokio::test]
async fn a_cancelled_exchange_leaves_no_connection_behind() {
    let late = vec![Step::Read, Step::Hang];
    let good = vec![Step::Read, Step::Send(good_answer()), Step::Again];
    let server = Server::each([late, good]).await;
    let transport = HyperTransport::new();
    cancel_when_read(&transport, &server).await;
    transport.send(request(&server.origin())).await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_exchange_that_took_too_long_leaves_no_connection_behind() {
    // The answer to the first request comes when nobody waits for it any more.
    let late = Step::Drip(b" ".to_vec(), Duration::from_secs(11));
    let late = vec![Step::Read, late, Step::Send(answer("200 OK", "planted")), Step::Hang];
    let good = vec![Step::Read, Step::Send(good_answer()), Step::Again];
    let server = Server::each([late, good]).await;
    let transport = HyperTransport::new();
    transport.send(request(&server.origin())).await.unwrap_err();
    let response = transport.send(request(&server.origin())).await.unwrap();
    assert_eq!((response.body().as_ref()[0], server.connections()), (b'{', 2));
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_after_its_time() {
    let server = Server::answering(good_answer()).await;
    let transport = HyperTransport::builder().idle_timeout(Duration::from_secs(5)).build().unwrap();
    transport.send(request(&server.origin())).await.unwrap();
    tokio::time::advance(Duration::from_secs(4)).await;
    transport.send(request(&server.origin())).await.unwrap();
    assert_eq!(server.connections(), 1);
    tokio::time::advance(Duration::from_secs(6)).await;
    transport.send(request(&server.origin())).await.unwrap();
    assert_eq!(server.connections(), 2);
}
