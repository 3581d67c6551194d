//! Several caches over one Redis, as several processes have them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;
use yzb_cache::{Event, SlotKey, Store as _};
use yzb_proto::Lifetime;

use crate::support::codes::{TOKEN_KEY, key_of_app, now};
use crate::support::issuer::{Counting, policy};
use crate::support::proxy::Proxy;
use crate::support::server::{PASSWORD, at};
use crate::support::{Server, eventually, key, token};

#[tokio::test]
async fn two_caches_on_two_connections_share_one_issue() {
    let server = Server::start();
    let issuer = Counting::taking(Duration::from_millis(300));
    let (one, other) = (issuer.cache(), issuer.cache());
    let (one, other) = (one.store(server.store()).build(), other.store(server.store()).build());
    let (first, second) = tokio::join!(one.lease(), other.lease());
    assert_eq!(first.unwrap().fingerprint(), second.unwrap().fingerprint());
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn a_fleet_that_starts_at_once_issues_once_and_waits_no_longer_than_it_must() {
    let server = Server::start();
    let issuer = Counting::taking(Duration::from_millis(200));
    let mut fleet = JoinSet::new();
    for _ in 0..20 {
        let cache = issuer.cache().store(server.store()).build();
        fleet.spawn(async move { cache.lease().await.unwrap().fingerprint() });
    }
    // Far less than a lease of the turn: whoever waited looked.
    let codes = tokio::time::timeout(Duration::from_secs(5), fleet.join_all()).await.unwrap();
    assert!(codes.iter().all(|code| *code == codes[0]));
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn four_processes_with_two_hundred_apps_issue_each_once() {
    let server = Server::start();
    let issuer = Counting::taking(Duration::from_millis(50));
    let mut fleet = JoinSet::new();
    for _ in 0..4 {
        // One connection for all apps of a process.
        let store = server.store();
        for app in 0..200 {
            let cache = issuer.cache_of(key_of_app(app)).store(store.clone()).build();
            fleet.spawn(async move { (app, cache.lease().await.unwrap().fingerprint()) });
        }
    }
    let mut codes = HashMap::new();
    for (app, code) in fleet.join_all().await {
        assert_eq!(*codes.entry(app).or_insert(code), code, "one code for each app");
    }
    assert_eq!((codes.len(), issuer.count()), (200, 200));
}

#[tokio::test]
async fn a_process_that_comes_later_issues_nothing() {
    let server = Server::start();
    let issuer = Counting::default();
    let first = issuer.cache().store(server.store()).build().lease().await.unwrap();
    let second = issuer.cache().store(server.store()).build().lease().await.unwrap();
    assert_eq!(first.fingerprint(), second.fingerprint());
    assert_eq!((second.generation(), issuer.count()), (1, 1));
}

#[tokio::test]
async fn when_the_issuer_dies_with_its_turn_a_successor_issues_once_the_turn_is_over() {
    let server = Server::start();
    let dead = server.builder().lease(Duration::from_secs(1)).build().unwrap();
    let turn = dead.turn(&key()).await.unwrap();
    let issuer = Counting::default();
    let cache = issuer.cache().store(server.store()).build();
    let waiting = tokio::spawn(async move { cache.lease().await });
    // It did not hand it back: its process was killed.
    std::mem::forget(turn);
    waiting.await.unwrap().unwrap();
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn a_caller_who_goes_away_while_the_turn_is_asked_for_leaves_it_to_others() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let store = at(&format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", proxy.port));
    let issuer = Counting::default();
    let left = issuer.cache().store(store.clone()).build();
    // So that the server knows the script, and the connection is there.
    drop(store.turn(&key()).await.unwrap());
    store.released().await;
    // The first answer is to a look, the second to the question for the turn.
    proxy.freeze_at_answer(2);
    tokio::select! {
        lease = left.lease() => panic!("{lease:?}"),
        () = eventually("the turn is given", async || proxy.is_frozen()) => {}
    }
    proxy.freeze(false);
    let other = server.store();
    eventually("it is back", async || other.turn(&key()).await.unwrap().is_held()).await;
    assert_eq!(issuer.count(), 0);
}

#[tokio::test]
async fn a_holder_whose_platform_is_slow_keeps_its_turn() {
    let server = Server::start();
    let (slow, quick) = (Counting::taking(Duration::from_secs(2)), Counting::default());
    let short = server.builder().lease(Duration::from_secs(1)).build().unwrap();
    let slow_cache = slow.cache().store(short).build();
    let slow_lease = tokio::spawn(async move { slow_cache.lease().await.unwrap().fingerprint() });
    eventually("the slow one asks the platform", async || slow.count() == 1).await;
    let quick_cache = quick.cache().store(server.store()).build();
    let waited = quick_cache.lease().await.unwrap().fingerprint();
    assert_eq!((slow_lease.await.unwrap(), quick.count()), (waited, 0));
}

#[tokio::test]
async fn a_holder_that_lost_its_turn_takes_what_its_successor_wrote() {
    let server = Server::start();
    let (slow, quick) = (Counting::taking(Duration::from_secs(2)), Counting::default());
    // The next look by itself is a minute away.
    let rarely = policy().reread_every(Duration::from_secs(60)).build().unwrap();
    let slow_cache = slow.cache().policy(rarely).store(server.store()).build();
    let slow_lease = tokio::spawn(async move { slow_cache.lease().await.unwrap().fingerprint() });
    eventually("the slow one asks the platform", async || slow.count() == 1).await;
    // As a failover may.
    server.command(&["FLUSHALL"]);
    quick.begin_at(100);
    let quick_cache = quick.cache().store(server.store()).build();
    let successor = quick_cache.lease().await.unwrap().fingerprint();
    assert_eq!(slow_lease.await.unwrap(), successor);
    assert!(server.get(TOKEN_KEY).unwrap().contains("code-101"));
}

#[tokio::test]
async fn a_holder_that_counted_far_and_lost_its_turn_does_not_write_over_a_successor_that_began_anew()
 {
    let server = Server::start();
    // The sixth code is nearly over.
    let mut held = token("held", 6);
    held.issued_at = Some(now().minus(Lifetime::from_secs(6500)));
    held.expires_at = held.issued_at.unwrap() + Lifetime::DOCUMENTED;
    server.store().save(&key(), &held).await.unwrap();
    let (slow, quick) = (Counting::taking(Duration::from_secs(2)), Counting::default());
    let rarely = policy().reread_every(Duration::from_secs(60)).build().unwrap();
    let slow_cache = slow.cache().policy(rarely).store(server.store()).build();
    let keeper = tokio::spawn(slow_cache.keep_fresh());
    eventually("the slow one asks the platform", async || slow.count() == 1).await;
    // Everything is lost, the turn with it; whoever comes now knows nothing, and counts from one.
    server.command(&["FLUSHALL"]);
    quick.begin_at(100);
    let quick_cache = quick.cache().store(server.store()).build();
    let successor = quick_cache.lease().await.unwrap();
    assert_eq!(successor.generation(), 1);
    eventually("the slow one takes the successor's", async || {
        assert!(server.get(TOKEN_KEY).unwrap().contains("code-101"));
        slow_cache.peek().is_some_and(|lease| lease.fingerprint() == successor.fingerprint())
    })
    .await;
    keeper.abort();
}

#[tokio::test]
async fn another_issuer_at_work_is_adopted_and_reported_and_not_fought() {
    let server = Server::start();
    let (issuer, told) = (Counting::default(), Arc::new(Mutex::new(Vec::new())));
    let heard = Arc::clone(&told);
    let observer = move |_: &SlotKey, event: &Event| heard.lock().unwrap().push(event.name());
    let cache = issuer.cache().store(server.store()).observer(observer).build();
    cache.lease().await.unwrap();
    let foreign = format!(
        r#"{{"server_access_token": "foreign", "expires_in": {}}}"#,
        now().as_secs() + 7300
    );
    server.set(TOKEN_KEY, &foreign);
    let wanted = token("foreign", 0).code.fingerprint();
    eventually("it is adopted", async || cache.lease().await.unwrap().fingerprint() == wanted)
        .await;
    assert!(told.lock().unwrap().contains(&"foreign-writer"), "{told:?}");
    assert_eq!(server.get(TOKEN_KEY).unwrap(), foreign);
    assert_eq!(issuer.count(), 1);
}

/// As the published Python task decides: it issues when ten minutes or less are left.
fn python_task_would_issue(server: &Server) -> bool {
    let record: serde_json::Value = serde_json::from_str(&server.get(TOKEN_KEY).unwrap()).unwrap();
    record["expires_in"].as_i64().unwrap() - i64::try_from(now().as_secs()).unwrap() <= 600
}

#[tokio::test]
async fn moving_over_from_the_python_task_costs_one_issue_and_nobody_notices() {
    let server = Server::start();
    let left = |seconds: u64| {
        let until = now().as_secs() + seconds;
        let value = format!(r#"{{"server_access_token": "python", "expires_in": {until}}}"#);
        server.command(&["SET", TOKEN_KEY, &value, "EX", &seconds.to_string()]);
    };
    let (issuer, told) = (Counting::default(), Arc::new(Mutex::new(Vec::new())));
    let cache = || {
        let told = Arc::clone(&told);
        let observer = move |_: &SlotKey, event: &Event| told.lock().unwrap().push(event.name());
        issuer.cache().store(server.store()).observer(observer).build()
    };
    // Ours start beside the task, and live off what it wrote.
    left(5000);
    let wanted = token("python", 0).code.fingerprint();
    assert_eq!(cache().lease().await.unwrap().fingerprint(), wanted);
    assert_eq!((issuer.count(), python_task_would_issue(&server)), (0, false));
    // When it becomes due, ours are first.
    left(700);
    assert!(!python_task_would_issue(&server));
    let renewed = cache();
    eventually("it is renewed", async || {
        let _ = renewed.lease().await;
        server.get(TOKEN_KEY).unwrap().contains("code-1")
    })
    .await;
    assert_eq!((issuer.count(), python_task_would_issue(&server)), (1, false));
    assert!(!told.lock().unwrap().contains(&"foreign-writer"), "{told:?}");
}

#[tokio::test]
async fn who_sees_redis_and_not_the_platform_gives_the_turn_up() {
    let server = Server::start();
    let (cut_off, well) = (Counting::default(), Counting::default());
    cut_off.fail(true);
    let cut_off_cache = cut_off.cache().store(server.store()).build();
    assert!(cut_off_cache.lease().await.is_err());
    // Far sooner than the turn would have ended by itself.
    let well_cache = well.cache().store(server.store()).build();
    let lease = tokio::time::timeout(Duration::from_secs(2), well_cache.lease()).await;
    let code = lease.unwrap().unwrap().fingerprint();
    eventually("the other has it, too", async || {
        cut_off_cache.lease().await.is_ok_and(|lease| lease.fingerprint() == code)
    })
    .await;
    assert_eq!(well.count(), 1);
}
