//! Fleets with different secrets, prefixes or databases on one Redis.

use serde_json::Value as Json;
use yzb_cache::{Kind, Store as _};

use crate::support::codes::{TOKEN_KEY, now};
use crate::support::proxy::Proxy;
use crate::support::server::{PASSWORD, at};
use crate::support::watched::{named, published_reader, watched};
use crate::support::{Server, eventually, key, key_of, token};

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
