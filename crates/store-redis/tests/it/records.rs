//! Records, byte for byte, and the published readers and writer.

use std::sync::{Arc, Mutex};

use serde_json::Value as Json;
use yzb_cache::{Kind, Store as _, StoreErrorKind};
use yzb_proto::{UnixSeconds, WriterName};
use yzb_store_redis::{Event, RedisStore};

use crate::support::codes::{TICKET_KEY, TOKEN_KEY, now};
use crate::support::proxy::Proxy;
use crate::support::server::{PASSWORD, at};
use crate::support::{Server, eventually, key, key_of, ticket, token};

fn named(server: &Server) -> RedisStore {
    server.builder().name(WriterName::new("web-1").unwrap()).build().unwrap()
}

fn ticket_key() -> yzb_cache::SlotKey {
    key_of("planted-app-secret", Kind::JsTicket)
}

/// As the published clients read: `GET`, parse, take one field by its name.
fn published_reader(server: &Server, key: &str, field: &str) -> Option<String> {
    let json: Json = serde_json::from_str(&server.get(key)?).unwrap();
    json[field].as_str().map(str::to_owned)
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

/// A store, and what it told: names of events, and what they show.
fn watched(server: &Server) -> (RedisStore, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let watch = move |event: &Event<'_>| {
        if !matches!(event, Event::Connected | Event::Disconnected(_)) {
            heard.lock().unwrap().push(format!("{} {event:?}", event.name()));
        }
    };
    (server.builder().watch(watch).build().unwrap(), told)
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

#[tokio::test]
async fn another_fleets_record_is_left_alone_and_ours_takes_its_place_when_it_is_over() {
    let server = Server::start();
    let (theirs, ours) = (key_of("their-secret", Kind::ServerToken), key());
    named(&server).save(&theirs, &token("theirs", 7)).await.unwrap();

    let (store, told) = watched(&server);
    for _ in 0..2 {
        assert!(store.load(&ours).await.unwrap().is_none());
    }
    assert_eq!(told.lock().unwrap().len(), 1, "{told:?}");
    assert!(told.lock().unwrap()[0].starts_with("other-fleet"), "{told:?}");
    assert!(told.lock().unwrap()[0].contains("web-1"), "{told:?}");

    store.save(&ours, &token("ours", 1)).await.unwrap();
    let is = |wanted: &str| {
        published_reader(&server, TOKEN_KEY, "server_access_token").is_some_and(|it| it == wanted)
    };
    assert!(is("theirs"));
    assert_eq!(store.load(&ours).await.unwrap().unwrap().generation, 1);
    assert_eq!(named(&server).load(&theirs).await.unwrap().unwrap().generation, 7);

    server.command(&["DEL", TOKEN_KEY]);
    assert!(store.load(&ours).await.unwrap().is_some());
    assert!(is("ours"));
    let aside = server.command(&["KEYS", &format!("{TOKEN_KEY}/owner/*")]);
    assert_eq!(aside, redis::Value::Array(Vec::new()));
    // Now they are the ones who keep theirs aside.
    named(&server).save(&theirs, &token("theirs", 8)).await.unwrap();
    assert!(is("ours"));
}

#[tokio::test]
async fn another_fleets_record_that_is_over_and_was_never_removed_keeps_ours_out_no_longer() {
    let server = Server::start();
    let theirs = key_of("their-secret", Kind::ServerToken);
    named(&server).save(&theirs, &token("theirs", 7)).await.unwrap();
    let store = server.store();
    assert!(store.load(&key()).await.unwrap().is_none());
    store.save(&key(), &token("ours", 1)).await.unwrap();
    assert!(store.load(&key()).await.unwrap().is_some());
    // Written by something that gave it no expiry.
    let value = server.get(TOKEN_KEY).unwrap();
    let json: Json = serde_json::from_str(&value).unwrap();
    let over = value.replace(&json["expires_in"].to_string(), &(now().as_secs() - 1).to_string());
    server.set(TOKEN_KEY, &over);
    assert!(store.load(&key()).await.unwrap().is_some());
    assert!(server.get(TOKEN_KEY).unwrap().contains("ours"));
}

#[tokio::test]
async fn what_others_write_while_ours_moves_to_its_place_costs_neither() {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let theirs = key_of("their-secret", Kind::ServerToken);
    named(&server).save(&theirs, &token("theirs", 7)).await.unwrap();
    let store = at(&format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", proxy.port));
    store.load(&key()).await.unwrap();
    store.save(&key(), &token("ours", 1)).await.unwrap();
    store.load(&key()).await.unwrap();
    // Theirs is over. Between our looks and our write come our mate, and a third fleet.
    let third = key_of("a-third-secret", Kind::ServerToken);
    for (writer, record, generation) in [(&third, "third's", 1), (&key(), "ours-2", 2)] {
        server.command(&["DEL", TOKEN_KEY]);
        proxy.freeze_at_answer(2);
        let (slot, writers) = (key(), named(&server));
        let (loaded, ()) = tokio::join!(store.load(&slot), async {
            eventually("it has looked", async || proxy.is_frozen()).await;
            writers.save(writer, &token(record, 2)).await.unwrap();
            proxy.freeze(false);
        });
        assert_eq!(loaded.unwrap().unwrap().generation, generation, "{record}");
        assert!(server.get(TOKEN_KEY).unwrap().contains(record));
        // Whoever starts now finds it, too.
        let found = named(&server).load(&key()).await.unwrap().unwrap();
        assert_eq!(found.generation, generation, "{record}");
    }
}

#[tokio::test]
async fn a_prefix_and_a_database_keep_fleets_apart() {
    let server = Server::start();
    server.command(&["ACL", "SETUSER", "yzb", "allkeys"]);
    let (plain, in_three) = (server.store(), server.builder().database(3).build().unwrap());
    let behind = server.builder().key_prefix("staging:").build().unwrap();
    for (store, text) in [(&plain, "plain"), (&in_three, "three"), (&behind, "behind")] {
        store.save(&key(), &token(text, 1)).await.unwrap();
    }
    for (store, text) in [(&plain, "plain"), (&in_three, "three"), (&behind, "behind")] {
        let stored = store.load(&key()).await.unwrap().unwrap();
        assert_eq!(stored.code.fingerprint(), token(text, 1).code.fingerprint(), "{text}");
    }
    let place = format!("staging:{TOKEN_KEY}");
    assert!(matches!(server.command(&["EXISTS", &place]), redis::Value::Int(1)));
}
