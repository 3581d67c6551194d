//! Records, byte for byte, and the published readers and writer.

use serde_json::Value as Json;
use yzb_cache::{Kind, Store as _, StoreErrorKind};
use yzb_proto::UnixSeconds;

use crate::support::codes::{TICKET_KEY, TOKEN_KEY, now};
use crate::support::watched::{named, published_reader, watched};
use crate::support::{Server, key, key_of, ticket, token};

fn ticket_key() -> yzb_cache::SlotKey {
    key_of("planted-app-secret", Kind::JsTicket)
}

#[tokio::test]
async fn records_are_the_published_ones_byte_for_byte_up_to_what_rides_along() {
    let server = Server::start();
    let (store, token) = (named(&server), token("5cc928", 1));
    store.save(&key(), &token).await.unwrap();
    let (expires, issued) = (token.expires_at, token.issued_at.unwrap());
    let value = server.get(TOKEN_KEY).unwrap();
    let published = format!(r#"{{"server_access_token": "5cc928", "expires_in": {expires}"#);
    let ours =
        format!(r#", "generation": 1, "issued_at": {issued}, "issuer": "web-1", "owner": ""#);
    let rest =
        value.strip_prefix(&format!("{published}{ours}")).unwrap_or_else(|| panic!("{value}"));
    assert!(rest.len() == 18 && rest.ends_with("\"}"), "{value}");
    assert!(!value.contains("planted-app-secret"));
}

#[tokio::test]
async fn the_published_readers_find_what_they_look_for() {
    let server = Server::start();
    let store = named(&server);
    store.save(&key(), &token("5cc928", 1)).await.unwrap();
    store.save(&ticket_key(), &ticket("36bd56", 1)).await.unwrap();
    let read = |key, field| published_reader(&server, key, field).unwrap();
    assert_eq!(read(TOKEN_KEY, "server_access_token"), "5cc928");
    assert_eq!(read(TICKET_KEY, "js_ticket"), "36bd56");
    // The published renewer does arithmetic on it.
    let json: Json = serde_json::from_str(&server.get(TOKEN_KEY).unwrap()).unwrap();
    assert!(json["expires_in"].is_u64());
}

#[tokio::test]
async fn a_record_expires_in_redis_with_its_code() {
    let server = Server::start();
    let store = named(&server);
    store.save(&key(), &token("5cc928", 1)).await.unwrap();
    let redis::Value::Int(left) = server.command(&["TTL", TOKEN_KEY]) else { panic!() };
    assert!((7190..=7200).contains(&left), "{left} s");
    // One that is over is not stored at all.
    let mut over = token("older", 2);
    over.expires_at = now();
    assert!(store.save(&key(), &over).await.is_err());
    assert!(server.get(TOKEN_KEY).unwrap().contains("5cc928"));
}

#[tokio::test]
async fn what_the_published_writer_wrote_is_read_and_is_of_no_generation() {
    let server = Server::start();
    let expires = now().as_secs() + 7200;
    server.set(TICKET_KEY, &format!(r#"{{"js_ticket": "36bd56", "expires_in": {expires}}}"#));
    let stored = named(&server).load(&ticket_key()).await.unwrap().unwrap();
    assert_eq!(stored.expires_at, UnixSeconds::new(expires));
    assert_eq!((stored.generation, stored.issued_at), (0, None));
    assert_eq!(stored.code.fingerprint(), ticket("36bd56", 0).code.fingerprint());
}

#[tokio::test]
async fn a_replaced_ticket_rides_along_until_it_dies() {
    let server = Server::start();
    let store = named(&server);
    store.save(&ticket_key(), &ticket("first", 1)).await.unwrap();
    let second = ticket("second", 2);
    store.save(&ticket_key(), &second).await.unwrap();
    let json: Json = serde_json::from_str(&server.get(TICKET_KEY).unwrap()).unwrap();
    assert_eq!(json["js_ticket"], "second");
    assert_eq!(json["previous"], "first");
    assert_eq!(json["previous_until"], second.issued_at.unwrap().as_secs() + 600);
}

#[tokio::test]
async fn what_cannot_be_read_is_reported_once_and_replaced_under_the_turn_only() {
    let server = Server::start();
    let expires = now().as_secs() + 7200;
    for value in [
        "null".to_owned(),
        "planted".to_owned(),
        r#"{"server_access_token": "planted"}"#.to_owned(),
        format!(r#"{{"server_access_token": "planted", "expires_in": {expires}000}}"#),
        format!(r#"{{"server_access_token": "plan ted", "expires_in": {expires}}}"#),
        "x".repeat(1 << 20),
    ] {
        server.set(TOKEN_KEY, &value);
        let (store, told) = watched(&server);
        let error = store.load(&key()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        assert!(!format!("{error} {error:?}").contains("plan"), "{error:?}");
        assert!(store.load(&key()).await.unwrap().is_none());
        assert_eq!(told.lock().unwrap().len(), 1);
        assert!(told.lock().unwrap()[0].starts_with("unreadable"));
        assert!(!told.lock().unwrap()[0].contains("plan"), "{told:?}");

        let refused = store.save(&key(), &token("new", 1)).await.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::Corrupt);
        assert_eq!(server.get(TOKEN_KEY).unwrap(), value);
        let _turn = store.turn(&key()).await.unwrap();
        store.save(&key(), &token("new", 1)).await.unwrap();
        assert!(store.load(&key()).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn what_nobody_should_write_is_absent_whatever_it_is_and_what_just_fits_is_read() {
    let server = Server::start();
    let until = now().as_secs() + 7200;
    let of = |code: &str, expires: &str| {
        format!(r#"{{"server_access_token": {code}, "expires_in": {expires}}}"#)
    };
    let planted = of("\"planted\"", &until.to_string());
    let hostile = [
        format!(r#"{{"server_access_token": "planted-1", {}"#, &planted[1..]),
        format!(r#"{{"expires_in": {until}, {}"#, &planted[1..]),
        of("\"planted\"", "-1"),
        of("\"planted\"", &format!("-{until}")),
        of("\"planted\"", "1e20"),
        of("\"planted\"", "1e999"),
        of("\"planted\"", &"9".repeat(400)),
        of("\"planted\"", &format!("{until}.5")),
        of("\"planted\"", "[1]"),
        of("\"planted\"", "true"),
        of("\"plan\\u0000ted\"", &until.to_string()),
        of("\"plan\u{0}ted\"", &until.to_string()),
        of("\"plan&ted\"", &until.to_string()),
        of("\"\"", &until.to_string()),
        of("{\"planted\": 1}", &until.to_string()),
        of(&format!("\"planted{}\"", "x".repeat(512)), &until.to_string()),
        "[".repeat(65_536),
        "{\"a\":".repeat(10_000),
        "\u{0}".to_owned(),
        " ".to_owned(),
    ];
    for value in &hostile {
        server.set(TOKEN_KEY, value);
        let store = named(&server);
        let error = store.load(&key()).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{value:.80}");
        assert!(!shown.contains("plan") && shown.len() < 1000, "{shown}");
        assert!(store.load(&key()).await.unwrap().is_none(), "{value:.80}");
    }
    let bytes = format!(r#"{{"server_access_token": "plan\255ted", "expires_in": {until}}}"#);
    let script = format!("return redis.call('SET', KEYS[1], '{bytes}')");
    server.command(&["EVAL", &script, "1", TOKEN_KEY]);
    assert_eq!(named(&server).load(&key()).await.unwrap_err().kind(), StoreErrorKind::Corrupt);

    // As long as is looked at, and one byte more that belongs to it.
    let pad = |length: usize| {
        let start = planted.strip_suffix('}').unwrap();
        format!("{start}{}}}", " ".repeat(length - planted.len()))
    };
    server.set(TOKEN_KEY, &pad(65_536));
    assert!(named(&server).load(&key()).await.unwrap().is_some());
    server.set(TOKEN_KEY, &pad(65_537));
    assert!(named(&server).load(&key()).await.is_err());
    // And what is longer is replaced under the turn, as all that cannot be read.
    let store = named(&server);
    let _turn = store.turn(&key()).await.unwrap();
    store.save(&key(), &token("new", 1)).await.unwrap();
    assert!(server.get(TOKEN_KEY).unwrap().contains("new"));
}

#[tokio::test]
async fn a_key_that_holds_no_text_is_as_good_as_absent_and_replaced_under_the_turn() {
    let server = Server::start();
    server.command(&["LPUSH", TOKEN_KEY, "planted"]);
    let (store, told) = watched(&server);
    assert_eq!(store.load(&key()).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    assert!(store.load(&key()).await.unwrap().is_none());
    assert_eq!(told.lock().unwrap().len(), 1);
    assert!(store.save(&key(), &token("new", 1)).await.is_err());
    let _turn = store.turn(&key()).await.unwrap();
    store.save(&key(), &token("new", 1)).await.unwrap();
    assert!(server.get(TOKEN_KEY).unwrap().contains("new"));
}

#[tokio::test]
async fn what_differs_and_can_be_read_is_read_and_reported_once() {
    let server = Server::start();
    let expires = now().as_secs() + 7200;
    for value in [
        format!(r#"{{"server_access_token": "t", "expires_in": "{expires} "}}"#),
        format!(r#"{{"server_access_token": "t", "expires_in": {expires}.0, "by": "me"}}"#),
        format!("{{\"server_access_token\": \"t\", \"expires_in\": {expires}}}\n"),
    ] {
        server.set(TOKEN_KEY, &value);
        let (store, told) = watched(&server);
        for _ in 0..2 {
            let stored = store.load(&key()).await.unwrap().unwrap();
            assert_eq!(stored.expires_at, UnixSeconds::new(expires));
        }
        assert_eq!(told.lock().unwrap().len(), 1, "{value}");
        assert!(told.lock().unwrap()[0].starts_with("forgiven"));
    }
}
