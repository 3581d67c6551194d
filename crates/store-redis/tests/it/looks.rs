//! How many commands it takes to look at the records of many apps.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use redis::Value;
use tokio::task::JoinSet;
use yzb_cache::{Clock, Monotonic, Now, Policy, SlotKey, Store as _, StoreErrorKind, Stored};
use yzb_proto::UnixSeconds;
use yzb_store_redis::{Event, RedisStore};

use crate::support::cluster::Cluster;
use crate::support::codes::{key_of_app, now};
use crate::support::issuer::Counting;
use crate::support::proxy::Proxy;
use crate::support::server::{PASSWORD, at};
use crate::support::{Server, eventually, failure, token};

type Loaded = Result<Option<Stored>, yzb_cache::StoreError>;

fn record(app: u32) -> String {
    format!("type/server_access_token_info/app_id/{app}")
}

/// A server with records of so many apps, `code-0` and so on.
async fn filled(apps: u32) -> Server {
    let server = Server::start();
    let store = server.store();
    for app in 0..apps {
        store.save(&key_of_app(app), &token(&format!("code-{app}"), 1)).await.unwrap();
    }
    server
}

/// Looks at the records of the apps from 0 up to this one at the same time.
async fn look(store: &RedisStore, apps: u32) -> Vec<Loaded> {
    let mut looks = JoinSet::new();
    for app in 0..apps {
        let store = store.clone();
        looks.spawn(async move { (app, store.load(&key_of_app(app)).await) });
    }
    let mut loaded = looks.join_all().await;
    loaded.sort_by_key(|(app, _)| *app);
    loaded.into_iter().map(|(_, loaded)| loaded).collect()
}

fn is_code(loaded: &Loaded, app: usize) -> bool {
    let Ok(Some(stored)) = loaded else { return false };
    stored.code.fingerprint() == token(&format!("code-{app}"), 1).code.fingerprint()
}

/// How often one key, and how often many were looked at since it was last asked.
fn looks(server: &Server, before: &mut (u32, u32)) -> (u32, u32) {
    let count = (server.calls("getrange"), server.calls("mget"));
    let before = core::mem::replace(before, count);
    (count.0 - before.0, count.1 - before.1)
}

#[tokio::test]
async fn two_hundred_looks_at_the_same_time_are_four_commands() {
    let server = filled(200).await;
    let (store, mut count) = (server.store(), (0, 0));
    looks(&server, &mut count);
    for _ in 0..3 {
        let loaded = look(&store, 200).await;
        assert!(loaded.iter().enumerate().all(|(app, loaded)| is_code(loaded, app)));
        assert_eq!(looks(&server, &mut count), (0, 4), "64 at a time");
    }
    assert!(is_code(&store.load(&key_of_app(7)).await, 7));
    assert_eq!(looks(&server, &mut count), (1, 0), "one that is alone asks for one");
}

#[tokio::test]
async fn a_record_that_is_odd_does_not_spoil_the_others_look() {
    let server = filled(20).await;
    let (told, mut count) = (Arc::new(Mutex::new(Vec::new())), (0, 0));
    let heard = Arc::clone(&told);
    let watch = move |event: &Event<'_>| heard.lock().unwrap().push(event.name());
    let store = server.builder().watch(watch).build().unwrap();
    look(&store, 20).await;
    server.set(&record(1), "planted");
    server.set(&record(2), &"x".repeat(1 << 20));
    server.command(&["DEL", &record(3), &record(4)]);
    server.command(&["LPUSH", &record(4), "planted"]);
    looks(&server, &mut count);

    let loaded = look(&store, 20).await;
    let good = |loaded: &[Loaded]| (0..20).filter(|app| is_code(&loaded[*app], *app)).count();
    assert_eq!(good(&loaded), 16);
    for app in [1, 2] {
        assert_eq!(loaded[app].as_ref().unwrap_err().kind(), StoreErrorKind::Corrupt, "{app}");
    }
    assert!(matches!(loaded[3], Ok(None)));
    assert_eq!(failure(loaded[4].clone()), "wrong-type");
    assert_eq!(looks(&server, &mut count), (2, 1), "what went away is looked at once more");

    // What is known to be odd is looked at by itself: it may be large.
    let loaded = look(&store, 20).await;
    assert_eq!(good(&loaded), 16);
    assert_eq!(looks(&server, &mut count), (3, 1));
    let told: Vec<_> =
        told.lock().unwrap().iter().filter(|name| **name == "unreadable").copied().collect();
    assert_eq!(told.len(), 3, "each once");
}

#[tokio::test]
async fn what_is_no_text_from_the_first_is_told_by_who_wants_to_write_there() {
    let server = Server::start();
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let watch = move |event: &Event<'_>| heard.lock().unwrap().push(event.name());
    let store = server.builder().watch(watch).build().unwrap();
    server.command(&["LPUSH", &record(1), "planted"]);
    let loaded = look(&store, 3).await;
    assert!(loaded.iter().all(|loaded| matches!(loaded, Ok(None))));
    let saved = store.save(&key_of_app(1), &token("code-1", 1)).await;
    assert_eq!(saved.unwrap_err().kind(), StoreErrorKind::Corrupt);
    assert_eq!(*told.lock().unwrap(), ["connected", "unreadable"]);
    let turn = store.turn(&key_of_app(1)).await.unwrap();
    store.save(&key_of_app(1), &token("code-1", 1)).await.unwrap();
    drop(turn);
    assert!(is_code(&look(&store, 3).await[1], 1));
}

#[tokio::test]
async fn who_gives_up_harms_nobody() {
    let server = filled(10).await;
    let proxy = Proxy::to(server.port).await;
    let store = at(&format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", proxy.port));
    look(&store, 10).await;
    let before = server.calls("mget");
    proxy.freeze(true);
    let mut looks = JoinSet::new();
    let hasty: Vec<_> = (0..5)
        .map(|app| {
            let store = store.clone();
            tokio::spawn(async move { store.load(&key_of_app(app)).await })
        })
        .collect();
    for app in 5..10 {
        let store = store.clone();
        looks.spawn(async move { is_code(&store.load(&key_of_app(app)).await, app as usize) });
    }
    // All of them wait for one answer. Whoever sent it goes away, and more.
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    for task in hasty {
        task.abort();
        assert!(task.await.is_err());
    }
    proxy.freeze(false);
    assert!(looks.join_all().await.into_iter().all(|good| good));
    assert_eq!((server.calls("mget") - before, proxy.connections()), (1, 1));
}

#[tokio::test]
async fn after_a_look_that_failed_for_all_each_is_by_itself_once() {
    let server = filled(10).await;
    let proxy = Proxy::to(server.port).await;
    let url = format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", proxy.port);
    let store = RedisStore::builder().server(url).build().unwrap();
    look(&store, 10).await;
    // One of them is so large that nothing arrives in time, say.
    proxy.swallow_next_answer();
    let loaded = look(&store, 10).await;
    assert!(loaded.into_iter().all(|loaded| failure(loaded) == "silent"));
    let mut count = (0, 0);
    looks(&server, &mut count);
    for expected in [(10, 0), (0, 1)] {
        // Over a proxy that is slow with the first bytes of a new connection.
        let mut loaded = Vec::new();
        eventually("there is a connection", async || {
            loaded = look(&store, 10).await;
            loaded.iter().all(Result::is_ok)
        })
        .await;
        assert!(loaded.iter().enumerate().all(|(app, loaded)| is_code(loaded, app)));
        assert_eq!(looks(&server, &mut count), expected);
    }
}

#[tokio::test]
async fn a_user_with_the_permissions_of_an_older_release_goes_on_working() {
    let server = filled(100).await;
    server.command(&["ACL", "SETUSER", "yzb", "-mget"]);
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let watch = move |event: &Event<'_>| heard.lock().unwrap().push(format!("{event:?}"));
    let store = server.builder().watch(watch).build().unwrap();
    let mut count = (0, 0);
    looks(&server, &mut count);
    for _ in 0..2 {
        let loaded = look(&store, 100).await;
        assert!(loaded.iter().enumerate().all(|(app, loaded)| is_code(loaded, app)));
        let (alone, together) = looks(&server, &mut count);
        assert_eq!((alone, together), (100, 0));
    }
    let told = told.lock().unwrap();
    let told: Vec<_> = told.iter().filter(|event| event.starts_with("OneByOne")).collect();
    // Both lists of the first look were under way.
    assert!((1..=2).contains(&told.len()), "{told:?}");
    assert!(told[0].contains("NoPermission"), "{told:?}");
}

#[tokio::test]
async fn in_a_cluster_each_key_is_looked_at_by_itself() {
    let cluster = Cluster::start(1).await;
    let store = cluster.builder().build().unwrap();
    let loaded = look(&store, 30).await;
    assert!(loaded.iter().all(|loaded| matches!(loaded, Ok(None))));
    let mut count = (0, 0);
    assert_eq!(looks(&cluster.nodes[0], &mut count), (30, 0));
}

/// Milliseconds since the story began, by both clocks.
#[derive(Clone)]
struct Hand(Arc<AtomicU64>, UnixSeconds);

impl Clock for Hand {
    fn now(&self) -> Now {
        let passed = self.0.load(Ordering::SeqCst);
        let wall = UnixSeconds::new(self.1.as_secs() + passed / 1000);
        Now::new(wall, Monotonic::from_millis(1_000_000 + passed))
    }
}

#[tokio::test]
async fn caches_that_looked_at_different_times_look_again_together() {
    let server = filled(200).await;
    let (store, issuer) = (server.store(), Counting::default());
    let hand = Hand(Arc::default(), now());
    let policy = Policy::builder().store_timeout(Duration::from_secs(30)).build().unwrap();
    let cache = |app| {
        let key: SlotKey = key_of_app(app);
        let cache = issuer.cache_of(key).policy(policy.clone()).clock(hand.clone());
        cache.store(store.clone()).build()
    };
    let caches: Vec<_> = (0..200).map(cache).collect();
    for cache in &caches {
        // One after the other, a part of a second apart.
        hand.0.fetch_add(40, Ordering::SeqCst);
        cache.lease().await.unwrap();
    }
    let (mut count, mut moments) = ((0, 0), 0);
    looks(&server, &mut count);
    let end = hand.0.load(Ordering::SeqCst) + 72_000;
    while hand.0.load(Ordering::SeqCst) < end {
        hand.0.fetch_add(500, Ordering::SeqCst);
        let mut due = JoinSet::new();
        for cache in &caches {
            if cache.next_deadline().is_some_and(|at| at <= hand.now().monotonic) {
                let cache = cache.clone();
                due.spawn(async move { cache.lease().await.map(drop) });
            }
        }
        moments += u32::from(!due.is_empty());
        due.join_all().await.into_iter().for_each(Result::unwrap);
    }
    let (alone, together) = looks(&server, &mut count);
    assert!((3..=8).contains(&moments), "{moments} moments");
    assert!(alone + together <= moments + 200_u32.div_ceil(64) * 2, "{alone} {together} {moments}");
    assert_eq!(issuer.count(), 0);
    let Value::Int(keys) = server.command(&["DBSIZE"]) else { panic!() };
    assert_eq!(keys, 200);
}
