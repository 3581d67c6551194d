//! Redis is away, slow, full, strict or confused: each told from the others, and mended by itself.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use yzb_cache::{Store as _, StoreErrorKind};
use yzb_store_redis::Event;

use crate::support::codes::TOKEN_KEY;
use crate::support::process::free_port;
use crate::support::proxy::Proxy;
use crate::support::server::{PASSWORD, at, patient};
use crate::support::{Server, eventually, failure, key, token, works};

#[tokio::test]
async fn a_server_that_is_down_is_found_within_a_second_of_its_start() {
    let mut server = Server::start();
    server.kill();
    let store = server.store();
    for _ in 0..3 {
        let error = store.load(&key()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    }
    assert_eq!(failure(store.load(&key()).await), "unreachable");
    server.restart();
    let found = tokio::time::timeout(Duration::from_secs(1), works(&store));
    found.await.unwrap();
    store.save(&key(), &token("t", 1)).await.unwrap();
}

#[tokio::test]
async fn a_server_that_was_restarted_is_used_without_an_error() {
    let mut server = Server::with("appendonly yes\nappendfsync always");
    let store = server.store();
    store.save(&key(), &token("before", 1)).await.unwrap();
    server.restart();
    // What it had on its disk is there; the scripts that it knew are not.
    assert_eq!(store.load(&key()).await.unwrap().unwrap().generation, 1);
    store.save(&key(), &token("after", 2)).await.unwrap();
    server.restart();
    assert!(store.turn(&key()).await.unwrap().is_held());
}

#[tokio::test]
async fn scripts_that_the_server_forgot_are_sent_again() {
    let server = Server::start();
    let store = server.store();
    for generation in 1..4 {
        store.save(&key(), &token(&format!("t{generation}"), generation)).await.unwrap();
        server.command(&["SCRIPT", "FLUSH"]);
        let turn = store.turn(&key()).await.unwrap();
        assert!(turn.is_held());
        server.command(&["SCRIPT", "FLUSH"]);
        assert!(store.extend_turn(&key(), &turn).await.unwrap());
        server.command(&["SCRIPT", "FLUSH"]);
        drop(turn);
        store.released().await;
        assert!(server.store().turn(&key()).await.unwrap().is_held());
        server.command(&["FLUSHALL"]);
    }
}

#[tokio::test]
async fn a_full_server_refuses_writes_and_answers_reads() {
    let server = Server::start();
    let store = server.store();
    store.save(&key(), &token("before", 1)).await.unwrap();
    server.command(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let error = store.save(&key(), &token("after", 2)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Full);
    assert_eq!(failure(store.turn(&key()).await), "out-of-memory");
    assert!(store.load(&key()).await.unwrap().is_some());
    server.command(&["CONFIG", "SET", "maxmemory", "0"]);
    store.save(&key(), &token("after", 2)).await.unwrap();
}

#[tokio::test]
async fn a_server_that_cannot_save_its_data_says_so() {
    let server = Server::start();
    let store = server.store();
    server.command(&["CONFIG", "SET", "save", "3600 1"]);
    std::fs::remove_dir_all(server.folder.path()).unwrap();
    let _ = server.try_command(&["BGSAVE"]);
    eventually("it refuses writes", async || {
        let outcome = store.save(&key(), &token("t", 1)).await;
        outcome.is_err_and(|error| failure(Err::<(), _>(error)) == "not-saving")
    })
    .await;
    server.command(&["CONFIG", "SET", "save", ""]);
    store.turn(&key()).await.unwrap();
}

#[tokio::test]
async fn a_replica_refuses_writes_until_it_is_the_master() {
    let server = Server::start();
    let store = server.store();
    server.command(&["REPLICAOF", "127.0.0.1", "1"]);
    assert_eq!(failure(store.save(&key(), &token("t", 1)).await), "read-only");
    assert_eq!(failure(store.turn(&key()).await), "read-only");
    server.command(&["REPLICAOF", "NO", "ONE"]);
    store.save(&key(), &token("t", 1)).await.unwrap();
}

#[tokio::test]
async fn a_server_that_reads_its_data_is_waited_for() {
    let mut server = Server::with("rdbcompression no\nloading-process-events-interval-bytes 1024");
    server.store().save(&key(), &token("kept", 1)).await.unwrap();
    for number in 0..200 {
        server.set(&format!("filler-{number}"), &"x".repeat(100));
    }
    server.command(&["SAVE"]);
    server.kill();
    // Each of its keys takes it five milliseconds.
    server.restart_until("key-load-delay 5000", &["Server initialized"]);
    let store = server.store();
    let mut met = Vec::new();
    eventually("it is there", async || match store.load(&key()).await {
        Ok(found) => found.is_some(),
        error => {
            met.push(failure(error));
            false
        }
    })
    .await;
    assert!(met.contains(&"loading"), "{met:?}");
}

#[tokio::test]
async fn a_server_that_is_busy_with_a_script_says_so() {
    let server = Server::start();
    server.command(&["CONFIG", "SET", "busy-reply-threshold", "10"]);
    let store = server.store();
    store.load(&key()).await.unwrap();
    let port = server.port;
    let endless = std::thread::spawn(move || {
        let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
        let mut connection = client.get_connection().unwrap();
        redis::cmd("EVAL").arg("while true do end").arg(0).exec(&mut connection)
    });
    eventually("it is busy", async || {
        store.load(&key()).await.is_err_and(|error| failure(Err::<(), _>(error)) == "busy")
    })
    .await;
    server.command(&["SCRIPT", "KILL"]);
    assert!(endless.join().unwrap().is_err());
    works(&store).await;
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_and_found_again() {
    let server = Server::start();
    let store = server.builder().answer_timeout(Duration::from_millis(100)).build().unwrap();
    store.save(&key(), &token("t", 1)).await.unwrap();
    server.command(&["CLIENT", "PAUSE", "400", "ALL"]);
    let error = store.load(&key()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout);
    works(&store).await;
    server.signal("STOP");
    assert_eq!(failure(store.load(&key()).await), "silent");
    server.signal("CONT");
    works(&store).await;
}

#[tokio::test]
async fn a_broken_cable_is_noticed_even_by_a_caller_with_less_time_than_we_have() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let url = format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", proxy.port);
    let store = patient().server(url).answer_timeout(Duration::from_secs(60));
    let store = store.build().unwrap();
    store.load(&key()).await.unwrap();
    proxy.freeze(true);
    let cut = tokio::time::timeout(Duration::from_millis(50), store.load(&key())).await;
    assert!(cut.is_err());
    // What is behind the address now is somebody else; the old connection is as dead as it was.
    let other = Server::start();
    proxy.switch(other.port);
    server.signal("STOP");
    proxy.freeze(false);
    store.save(&key(), &token("t", 1)).await.unwrap();
    assert!(other.get(TOKEN_KEY).is_some());
    server.signal("CONT");
}

#[tokio::test]
async fn a_connection_that_takes_longer_than_a_caller_has_is_made_all_the_same() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let url = format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", proxy.port);
    let store = at(&url);
    proxy.freeze(true);
    for _ in 0..5 {
        // It has connected, and waits for the answer to its password.
        let cut = tokio::time::timeout(Duration::from_millis(10), store.load(&key())).await;
        assert!(cut.is_err());
    }
    proxy.freeze(false);
    store.load(&key()).await.unwrap();
    assert_eq!(proxy.connections(), 1);
}

#[tokio::test]
async fn a_thousand_apps_make_one_connection_and_a_handful_while_redis_is_down() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let told = Arc::new(AtomicU32::new(0));
    let failed = Arc::clone(&told);
    let url = format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", proxy.port);
    let store = patient().server(url).watch(move |event: &Event<'_>| {
        if matches!(event, Event::Disconnected(_)) {
            failed.fetch_add(1, Ordering::SeqCst);
        }
        panic!("a watch that panics is contained");
    });
    let store = store.build().unwrap();
    let all = async || {
        let mut apps = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let store = store.clone();
            apps.spawn(async move { store.load(&key()).await.is_ok() });
        }
        apps.join_all().await.into_iter().filter(|done| *done).count()
    };
    assert_eq!((all().await, proxy.connections()), (1000, 1));
    drop(proxy);
    server.kill_clients();
    assert_eq!(all().await, 0);
    // The connection that broke, and attempts with growing pauses between them.
    assert!(told.load(Ordering::SeqCst) < 10, "{told:?}");
}

#[tokio::test]
async fn a_command_whose_answer_got_lost_is_carried_out_once() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let url = format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", proxy.port);
    let store = at(&url);
    store.load(&key()).await.unwrap();

    proxy.lose_next_answer();
    store.save(&key(), &token("t", 1)).await.unwrap();
    assert!(proxy.has_lost_it());
    assert_eq!(server.store().load(&key()).await.unwrap().unwrap().generation, 1);

    proxy.lose_next_answer();
    let turn = store.turn(&key()).await.unwrap();
    assert!(turn.is_held() && proxy.has_lost_it());
    assert!(server.store().turn(&key()).await.unwrap().is_taken());

    proxy.lose_next_answer();
    assert!(store.load(&key()).await.unwrap().is_some());
    assert!(proxy.has_lost_it());
}

#[tokio::test]
async fn nobody_listens_and_no_name_are_alike() {
    let nowhere = at(&format!("redis://127.0.0.1:{}", free_port()));
    assert_eq!(failure(nowhere.load(&key()).await), "unreachable");
    let nobody = at("redis://no-such-host.invalid");
    assert_eq!(failure(nobody.load(&key()).await), "unreachable");
    let socket = at("redis+unix:///no/such/socket");
    assert_eq!(failure(socket.load(&key()).await), "unreachable");
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let (store, key) = (at("redis://127.0.0.1:1"), key());
    let polled = pin!(store.load(&key)).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(outcome) = polled else { panic!("it waits") };
    assert_eq!(failure(outcome), "no-runtime");

    // Nor where there is a connection from within one.
    let server = Server::start();
    let store = server.store();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(store.load(&key)).unwrap();
    let polled = pin!(store.load(&key)).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(outcome) = polled else { panic!("it waits") };
    assert_eq!(failure(outcome), "no-runtime");
}
