//! Connections: made once for all who want one, whatever becomes of those.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use yzb_cache::Store as _;
use yzb_store_redis::RedisStore;

use crate::support::codes::key_of_app;
use crate::support::issuer::Counting;
use crate::support::proxy::Proxy;
use crate::support::server::{PASSWORD, at, patient, text};
use crate::support::{Server, eventually, failure, key};

/// Not only at some time: now.
async fn answers(store: &RedisStore) {
    tokio::time::timeout(Duration::from_secs(5), store.load(&key())).await.unwrap().unwrap();
}

fn through(proxy: &Proxy) -> String {
    format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", proxy.port)
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[tokio::test]
async fn a_caller_that_stands_still_while_it_connects_holds_nobody_up() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let store = at(&through(&proxy));
    proxy.freeze(true);
    let key = key();
    let mut first = pin!(store.load(&key));
    let mut second = pin!(store.load(&key));
    tokio::select! {
        outcome = &mut first => panic!("{outcome:?}"),
        outcome = &mut second => panic!("{outcome:?}"),
        () = eventually("they connect", async || proxy.connections() == 1) => {}
    }
    proxy.freeze(false);
    // Neither is polled, and neither is dropped.
    answers(&store).await;
    first.await.unwrap();
    second.await.unwrap();
    assert_eq!(proxy.connections(), 1);
}

#[tokio::test]
async fn an_app_whose_caller_left_while_redis_was_connected_to_does_not_keep_redis_from_others() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let store = at(&through(&proxy));
    let issuer = Counting::default();
    proxy.freeze(true);
    let left = issuer.cache_of(key_of_app(1)).store(store.clone()).build();
    tokio::select! {
        lease = left.lease() => panic!("{lease:?}"),
        () = eventually("it connects", async || proxy.connections() == 1) => {}
    }
    proxy.freeze(false);
    let other = issuer.cache_of(key_of_app(2)).store(store).build();
    let lease = tokio::time::timeout(Duration::from_secs(5), other.lease()).await;
    lease.unwrap().unwrap();
}

#[test]
fn a_connection_that_was_begun_on_a_runtime_that_is_gone_is_begun_anew() {
    let server = Server::start();
    let outside = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let proxy = outside.block_on(Proxy::to(server.port));
    let store = at(&through(&proxy));
    proxy.freeze(true);
    let gone = one_thread();
    gone.block_on(async {
        let key = key();
        tokio::select! {
            outcome = store.load(&key) => panic!("{outcome:?}"),
            () = eventually("it connects", async || proxy.connections() == 1) => {}
        }
    });
    drop(gone);
    proxy.freeze(false);
    for _ in 0..2 {
        one_thread().block_on(answers(&store));
    }
}

#[test]
fn a_runtime_that_stands_still_with_a_connection_half_made_holds_nobody_up() {
    let server = Server::start();
    let outside = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let proxy = outside.block_on(Proxy::to(server.port));
    let store = patient().server(through(&proxy)).connect_timeout(Duration::from_millis(300));
    let store = store.build().unwrap();
    proxy.freeze(true);
    let still = one_thread();
    still.block_on(async {
        let key = key();
        tokio::select! {
            outcome = store.load(&key) => panic!("{outcome:?}"),
            () = eventually("it connects", async || proxy.connections() == 1) => {}
        }
    });
    proxy.freeze(false);
    // Nobody drives the first runtime any more, and it lives.
    one_thread().block_on(eventually("it works", async || store.load(&key()).await.is_ok()));
    drop(still);
}

#[tokio::test]
async fn a_slow_connection_is_made_although_nobody_has_time_to_wait_for_it() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let store = patient().server(through(&proxy)).database(3).build().unwrap();
    proxy.freeze(true);
    let cut = tokio::time::timeout(Duration::from_millis(20), store.load(&key())).await;
    assert!(cut.is_err());
    proxy.freeze(false);
    // The next caller may come in a minute. Its password goes first, and then which database it wants.
    eventually("it has entered", async || {
        let clients = text(&server.command(&["CLIENT", "LIST"]));
        clients.lines().any(|line| line.contains("user=yzb") && line.contains("db=3"))
    })
    .await;
    answers(&store).await;
    assert_eq!(proxy.connections(), 1);
}

#[tokio::test]
async fn a_door_that_opens_and_shuts_at_once_is_not_knocked_at_by_everybody() {
    // As a proxy does whose server is down.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let knocks = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&knocks);
    let door = tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let store = at(&format!("redis://127.0.0.1:{port}"));
    for _ in 0..1000 {
        assert_eq!(failure(store.load(&key()).await), "cut");
    }
    assert!(knocks.load(Ordering::SeqCst) < 100, "{knocks:?}");
    door.abort();
}

#[test]
fn a_runtime_without_io_or_without_time_is_an_error_and_costs_no_other_runtime_the_store() {
    let server = Server::start();
    let store = server.store();
    let bare: [fn(&mut Builder) -> &mut Builder; 3] =
        [|builder| builder, Builder::enable_time, Builder::enable_io];
    // Before it was connected, and after.
    for _ in 0..2 {
        for enable in bare {
            let runtime = enable(&mut Builder::new_current_thread()).build().unwrap();
            assert_eq!(failure(runtime.block_on(store.load(&key()))), "no-runtime");
        }
        one_thread().block_on(answers(&store));
    }
}
