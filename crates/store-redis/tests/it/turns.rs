//! The turn to issue.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use redis::Value;
use yzb_cache::{
    Attempt, Clock, IssueError, Issued, Issuer, Kind, Monotonic, Policy, Store as _, SystemClock,
    TokenCache, Turn,
};
use yzb_proto::{ServerAccessToken, WriterName};
use yzb_store_redis::{Event, RedisStore};

use crate::support::proxy::Proxy;
use crate::support::server::{PASSWORD, at};
use crate::support::{Server, eventually, failure, key, key_of};

const PATTERN: &str = "yzb/turn/server-token/app_id/100027/owner/*";

fn turn_key(server: &Server) -> Option<String> {
    let Value::Array(keys) = server.command(&["KEYS", PATTERN]) else { return None };
    match keys.as_slice() {
        [] => None,
        [Value::BulkString(key)] => Some(String::from_utf8(key.clone()).unwrap()),
        more => panic!("{more:?}"),
    }
}

fn named(server: &Server, name: &str) -> RedisStore {
    server.builder().name(WriterName::new(name).unwrap()).build().unwrap()
}

#[tokio::test]
async fn a_turn_says_who_has_it_and_ends_by_itself_after_a_minute() {
    let server = Server::start();
    let turn = named(&server, "web-1").turn(&key()).await.unwrap();
    assert!(turn.is_held());
    let place = turn_key(&server).unwrap();
    let Value::BulkString(holder) = server.command(&["GET", &place]) else { panic!() };
    assert!(String::from_utf8(holder).unwrap().starts_with("web-1:"));
    let Value::Int(left) = server.command(&["PTTL", &place]) else { panic!() };
    assert!((55_000..=60_000).contains(&left), "{left} ms");
}

#[tokio::test]
async fn a_turn_that_is_dropped_is_handed_back() {
    let server = Server::start();
    let store = server.store();
    drop(store.turn(&key()).await.unwrap());
    eventually("the turn is gone", async || turn_key(&server).is_none()).await;
    // Even so if the store goes away with it.
    let other = server.store();
    for _ in 0..20 {
        drop(server.store().turn(&key()).await.unwrap());
        eventually("it is to be had", async || other.turn(&key()).await.unwrap().is_held()).await;
        eventually("it is gone again", async || turn_key(&server).is_none()).await;
    }
}

#[tokio::test]
async fn a_turn_that_is_abandoned_stays_and_one_that_is_kept_lasts_from_then_on() {
    let server = Server::start();
    let (one, other) = (named(&server, "web-1"), named(&server, "web-2"));
    let turn = one.turn(&key()).await.unwrap();
    assert_eq!(turn.span(), Some(Duration::from_secs(60)));
    let place = turn_key(&server).unwrap();
    server.command(&["PEXPIRE", &place, "5000"]);
    assert!(one.extend_turn(&key(), &turn).await.unwrap());
    let Value::Int(left) = server.command(&["PTTL", &place]) else { panic!() };
    assert!((55_000..=60_000).contains(&left), "{left} ms");
    // A request may be under way: nobody else gets it before it is over.
    one.abandon_turn(turn);
    assert!(other.turn(&key()).await.unwrap().is_taken());
    server.command(&["DEL", &place]);
    let turn = one.turn(&key()).await.unwrap();
    let place = turn_key(&server).unwrap();
    server.command(&["SET", &place, "web-2:somebody"]);
    assert!(!one.extend_turn(&key(), &turn).await.unwrap(), "it is another's by now");
}

#[tokio::test]
async fn a_turn_is_taken_from_nobody_and_handed_back_by_its_holder_only() {
    let server = Server::start();
    let (one, other) = (named(&server, "web-1"), named(&server, "web-2"));
    let turn = one.turn(&key()).await.unwrap();
    let place = turn_key(&server).unwrap();
    assert!(other.turn(&key()).await.unwrap().is_taken());
    // Another kind, and another fleet, have turns of their own.
    assert!(other.turn(&key_of("planted-app-secret", Kind::JsTicket)).await.unwrap().is_held());
    assert!(other.turn(&key_of("another", Kind::ServerToken)).await.unwrap().is_held());

    // It ran out, and somebody else has it by now: dropping the old one takes nothing away.
    server.command(&["SET", &place, "web-3:0", "PX", "60000"]);
    drop(turn);
    assert!(other.turn(&key()).await.unwrap().is_taken());
    assert_eq!(server.command(&["GET", &place]), Value::BulkString(b"web-3:0".to_vec()));
}

#[tokio::test]
async fn a_turn_that_would_never_end_gets_an_end_and_is_told_of() {
    let server = Server::start();
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let watch = move |event: &Event<'_>| {
        if let Event::EndlessTurn { key } = event {
            heard.lock().unwrap().push((*key).clone());
        }
    };
    let store = server.builder().watch(watch).build().unwrap();
    let held = store.turn(&key()).await.unwrap();
    let place = turn_key(&server).unwrap();
    // By hand, by a tool that copies keys without their time, or by somebody who takes the key for theirs.
    let strange: [&[&str]; 4] = [
        &["PERSIST", &place],
        &["SET", &place, "planted"],
        &["LPUSH", &place, "planted"],
        &["HSET", &place, "planted", "planted"],
    ];
    for (number, words) in (1..).zip(strange) {
        if words[0] != "PERSIST" {
            server.command(&["DEL", &place]);
        }
        server.command(words);
        for _ in 0..2 {
            assert!(server.store().turn(&key()).await.unwrap().is_taken(), "{words:?}");
            assert!(store.turn(&key()).await.unwrap().is_taken(), "{words:?}");
        }
        let Value::Int(left) = server.command(&["PTTL", &place]) else { panic!() };
        assert!((50_000..=60_000).contains(&left), "{words:?}: {left} ms");
        // Whoever found it told of it; here that was the other one.
        assert_eq!(told.lock().unwrap().len(), number - 1, "{words:?}");
        server.command(&["PERSIST", &place]);
        assert!(store.turn(&key()).await.unwrap().is_taken(), "{words:?}");
        assert_eq!(*told.lock().unwrap(), vec![key(); number], "{words:?}");
    }
    // Without the permission it stays, and nobody takes it for theirs.
    server.command(&["ACL", "SETUSER", "yzb", "-pexpire"]);
    server.command(&["PERSIST", &place]);
    assert!(store.turn(&key()).await.unwrap().is_taken());
    // Once it is over, the fleet goes on.
    server.command(&["PEXPIRE", &place, "1"]);
    eventually("it is to be had", async || store.turn(&key()).await.unwrap().is_held()).await;
    drop(held);
}

#[tokio::test]
async fn a_question_for_the_turn_whose_answer_got_lost_holds_nobody_up() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let store = at(&format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", proxy.port));
    // So that the server knows the script.
    drop(store.turn(&key()).await.unwrap());
    store.released().await;
    proxy.swallow_next_answer();
    let asked = key();
    tokio::select! {
        outcome = store.turn(&asked) => panic!("{outcome:?}"),
        // The caller gives up after the server gave the turn.
        () = eventually("it is given", async || proxy.has_swallowed_it()) => {}
    }
    // Whoever asks next has it, and not only the same process.
    let turn = within_turn(&server.store()).await;
    assert!(store.turn(&key()).await.unwrap().is_taken());
    drop(turn);
    let turn = within_turn(&store).await;
    assert!(server.store().turn(&key()).await.unwrap().is_taken());
    drop(turn);
}

#[tokio::test]
async fn a_question_that_the_server_reads_after_its_caller_gave_up_takes_nobodys_turn_away() {
    let server = Server::start();
    let one = server.builder().answer_timeout(Duration::from_millis(100)).build().unwrap();
    drop(one.turn(&key()).await.unwrap());
    one.released().await;
    for _ in 0..3 {
        server.signal("STOP");
        assert_eq!(failure(one.turn(&key()).await), "silent");
        server.signal("CONT");
        let turn = within_turn(&one).await;
        // What was asked before, and taken back, has arrived by now.
        for _ in 0..20 {
            assert!(server.store().turn(&key()).await.unwrap().is_taken());
        }
        drop(turn);
        one.released().await;
    }
}

/// The turn, as soon as it is to be had.
async fn within_turn(store: &RedisStore) -> Turn {
    let mut had = None;
    eventually("it is to be had", async || {
        had = store.turn(&key()).await.ok().filter(Turn::is_held);
        had.is_some()
    })
    .await;
    had.unwrap()
}

#[test]
fn a_program_that_ends_hands_its_turn_back() {
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = server.store();
        drop(store.turn(&key()).await.unwrap());
        store.released().await;
    });
    drop(runtime);
    assert_eq!(turn_key(&server), None);
}

#[test]
fn a_turn_that_is_dropped_outside_of_a_runtime_or_after_it_panics_nowhere() {
    let server = Server::start();
    let store = server.store();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let turns = runtime.block_on(async {
        let ticket = key_of("planted-app-secret", Kind::JsTicket);
        [store.turn(&key()).await.unwrap(), store.turn(&ticket).await.unwrap()]
    });
    let [first, second] = turns;
    drop(first);
    drop(runtime);
    drop(second);
    // On another runtime the same store makes another connection.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert!(runtime.block_on(store.load(&key())).unwrap().is_none());
}

/// Notes until when it may send.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Option<Monotonic>>>);

impl Issuer for Asked {
    type Token = ServerAccessToken;

    async fn issue(&self, attempt: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        *self.0.lock().unwrap() = attempt.send_before;
        Err(IssueError::later("not now"))
    }
}

#[tokio::test]
async fn a_request_leaves_in_the_first_third_of_the_lease_whatever_else_the_policy_permits() {
    let server = Server::start();
    let clock = SystemClock::new();
    // By default the policy permits 20 s, which is a third of a minute.
    for (lease, permitted) in [(9, 3), (60, 20), (600, 20)] {
        let store = server.builder().lease(Duration::from_secs(lease)).build().unwrap();
        let issuer = Asked::default();
        let policy = Policy::builder().store_timeout(Duration::from_secs(30)).build().unwrap();
        let cache = TokenCache::builder(key(), issuer.clone()).policy(policy).store(store).build();
        let before = clock.now().monotonic;
        assert!(cache.lease().await.is_err());
        let after = clock.now().monotonic;
        let limit = issuer.0.lock().unwrap().take().expect("it had the turn");
        let permitted = Duration::from_secs(permitted);
        assert!((before + permitted..=after + permitted).contains(&limit), "{lease} s: {limit:?}");
        server.command(&["FLUSHALL"]);
    }
}
