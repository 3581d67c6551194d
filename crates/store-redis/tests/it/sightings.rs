//! Looking on, as the user `shadow`, whom Redis lets write nothing.

use std::time::Duration;

use yzb_cache::{Kind, Store as _, StoreErrorKind};
use yzb_store_redis::{RedisStore, Sighting, TimeToLive, Whose};

use crate::support::codes::{TICKET_KEY, TOKEN_KEY, now};
use crate::support::server::{PASSWORD, at};
use crate::support::{Server, key, key_of, token};

/// A store that may look on only.
fn looker(server: &Server) -> RedisStore {
    at(&format!("redis://shadow:{PASSWORD}@127.0.0.1:{}", server.port))
}

async fn whose(store: &RedisStore) -> (Whose, u64) {
    match store.sight(&key()).await.unwrap() {
        Sighting::Record(sighted) => (sighted.whose, sighted.stored.generation),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn whoever_may_only_look_on_sees_whose_a_record_is_and_what_is_none() {
    let server = Server::start();
    let store = looker(&server);
    assert!(matches!(store.sight(&key()).await.unwrap(), Sighting::Absent));
    let later = now().as_secs() + 5000;
    server
        .set(TOKEN_KEY, &format!(r#"{{"server_access_token": "planted", "expires_in": {later}}}"#));
    assert_eq!(whose(&store).await, (Whose::Unsaid, 0));
    server.store().save(&key(), &token("planted-two", 1)).await.unwrap();
    assert_eq!(whose(&store).await.0, Whose::Ours);
    let of_others = looker(&server).sight(&key_of("other", Kind::ServerToken)).await.unwrap();
    let Sighting::Record(sighted) = of_others else { panic!("{of_others:?}") };
    assert_eq!(sighted.whose, Whose::Others);
    assert!(!format!("{sighted:?}").contains("planted"), "{sighted:?}");

    server.set(TOKEN_KEY, "null");
    assert!(matches!(store.sight(&key()).await.unwrap(), Sighting::Unreadable(_)));
    server.command(&["DEL", TOKEN_KEY]);
    server.command(&["RPUSH", TOKEN_KEY, "planted"]);
    // Each time: nothing is remembered, and nothing is told only once.
    for _ in 0..2 {
        assert!(matches!(store.sight(&key()).await.unwrap(), Sighting::WrongType));
    }
}

#[tokio::test]
async fn expiries_and_misspelt_keys_are_seen() {
    let server = Server::start();
    let (store, ticket) = (looker(&server), key_of("planted-app-secret", Kind::JsTicket));
    assert_eq!(store.time_to_live(&ticket).await.unwrap(), None);
    assert!(!store.has_misspelt(&ticket).await.unwrap());
    server.command(&["SET", TICKET_KEY, "x", "EX", "100"]);
    let Some(TimeToLive::Left(left)) = store.time_to_live(&ticket).await.unwrap() else { panic!() };
    assert!(left > Duration::from_secs(90) && left <= Duration::from_secs(100), "{left:?}");
    server.set(TICKET_KEY, "x");
    assert_eq!(store.time_to_live(&ticket).await.unwrap(), Some(TimeToLive::Forever));
    server.set(&format!("t{TICKET_KEY}"), "x");
    assert!(store.has_misspelt(&ticket).await.unwrap());
    assert!(!store.has_misspelt(&key()).await.unwrap());
}

#[tokio::test]
async fn whoever_may_only_look_on_cannot_write_and_takes_no_turn() {
    let server = Server::start();
    let store = looker(&server);
    let error = store.save(&key(), &token("planted", 1)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Denied);
    assert_eq!(store.turn(&key()).await.unwrap_err().kind(), StoreErrorKind::Denied);
    assert_eq!(server.get(TOKEN_KEY), None);
}
