//! What callers, keepers and observers see.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use yzb_cache::{Event, IssueError, LeaseErrorKind, MemoryStore};

use crate::support::{CODE, Hand, SECRET, Scripted, cache};

#[tokio::test(start_paused = true)]
async fn a_fresh_code_is_issued_once_and_read_in_every_way() {
    let (issuer, clock) = (Scripted::default(), Hand::default());
    let cache = cache(&issuer, &clock).build();
    let mut reader = cache.reader();
    assert!(cache.peek().is_none() && reader.fresh().is_none());
    let lease = cache.lease().await.unwrap();
    assert_eq!(cache.lease().await.unwrap().serial(), lease.serial());
    assert_eq!(reader.fresh().unwrap().serial(), lease.serial());
    assert_eq!(cache.read(yzb_cache::Lease::serial), Some(lease.serial()));
    assert_eq!(issuer.count(), 1);
    clock.set(7190);
    assert!(cache.peek().is_none() && reader.fresh().is_none(), "the last ten seconds");
}

#[tokio::test(start_paused = true)]
async fn an_outage_shorter_than_what_is_held_is_noticed_by_nobody() {
    let (issuer, clock) = (Scripted::default(), Hand::default());
    let cache = cache(&issuer, &clock).build();
    cache.lease().await.unwrap();
    issuer.fail(Some(IssueError::later("away")));
    for seconds in (6300..7180).step_by(7) {
        clock.set(seconds);
        assert_eq!(cache.lease().await.unwrap().serial(), 1);
    }
    assert!(issuer.count() > 10, "no error ends renewing");
    issuer.fail(None);
    clock.set(7230);
    assert_eq!(cache.lease().await.unwrap().serial(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_gives_up_leaves_the_request_to_the_next() {
    let issuer = Scripted { takes: Duration::from_secs(3), ..Scripted::default() };
    let cache = cache(&issuer, &Hand::default()).build();
    for _ in 0..2 {
        assert!(tokio::time::timeout(Duration::from_secs(1), cache.lease()).await.is_err());
    }
    cache.lease().await.unwrap();
    assert_eq!(issuer.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_code_is_replaced_once_for_all_who_noticed() {
    let (issuer, clock) = (Scripted::default(), Hand::default());
    let cache = cache(&issuer, &clock).build();
    let lease = cache.lease().await.unwrap();
    let mut changes = cache.subscribe();
    clock.set(40);
    assert!(cache.invalidate(&lease));
    assert!(changes.changed().await.is_none());
    assert_eq!(cache.lease().await.unwrap().serial(), 2);
    assert!(!cache.invalidate(&lease), "a late complaint");
    assert_eq!(cache.lease().await.unwrap().serial(), 2);
    assert_eq!((issuer.count(), changes.changed().await.unwrap().serial()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn with_a_keeper_no_caller_waits_while_a_code_lives() {
    let issuer = Scripted { takes: Duration::from_secs(3), ..Scripted::default() };
    let clock = Hand::default();
    let cache = cache(&issuer, &clock).build();
    let keeper = tokio::spawn(cache.keep_fresh());
    tokio::time::sleep(Duration::from_secs(4)).await;
    clock.set(6400);
    let before = tokio::time::Instant::now();
    assert_eq!(cache.lease().await.unwrap().serial(), 1);
    assert_eq!(before.elapsed(), Duration::ZERO);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(cache.peek().unwrap().serial(), 2);
    keeper.abort();
}

#[tokio::test(start_paused = true)]
async fn two_caches_over_one_store_share_one_issue() {
    let (issuer, clock) = (Scripted::default(), Hand::default());
    let store = MemoryStore::as_if_shared();
    let first = cache(&issuer, &clock).store(store.clone()).build();
    let second = cache(&issuer, &clock).store(store).build();
    let (a, b) = (first.lease().await.unwrap(), second.lease().await.unwrap());
    assert!(a.token().same_as(b.token()));
    assert_eq!(issuer.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_in_anything_that_is_printed() {
    let (issuer, clock) = (Scripted::default(), Hand::default());
    let printed = Arc::new(Mutex::new(String::new()));
    let log = Arc::clone(&printed);
    let cache = cache(&issuer, &clock)
        .observer(move |key: &yzb_cache::SlotKey, event: &Event| {
            *log.lock().unwrap() += &format!("{key:?} {event:?}\n");
        })
        .build();
    let lease = cache.lease().await.unwrap();
    clock.set(40);
    cache.invalidate(&lease);
    issuer.fail(Some(IssueError::later("away")));
    let error = cache.lease().await.unwrap_err();
    assert!(matches!(error.kind(), LeaseErrorKind::Issue(_)));
    let mut printed = printed.lock().unwrap().clone();
    printed += &format!("{lease:?} {error:?} {error} {cache:?} {:?}", cache.reader());
    for secret in [SECRET, CODE] {
        assert!(!printed.contains(secret), "{printed}");
    }
    assert!(printed.contains("Issued") && printed.contains("left: Lifetime(7160)"), "{printed}");
}
