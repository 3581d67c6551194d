//! Nothing that is printed, told or used as a name holds a secret.

use std::sync::{Arc, Mutex};

use redis::Value;
use yzb_cache::{Kind, Store as _};
use yzb_store_redis::Event;

use crate::support::codes::{TICKET_KEY, TOKEN_KEY};
use crate::support::server::{PASSWORD, text};
use crate::support::{Server, key, key_of, ticket, token};

#[tokio::test]
async fn planted_secrets_are_in_values_and_nowhere_else() {
    let server = Server::start();
    let printed = Arc::new(Mutex::new(String::new()));
    let told = Arc::clone(&printed);
    let watch = move |event: &Event<'_>| {
        told.lock().unwrap().push_str(&format!("{} {event:?}\n", event.name()));
    };
    let builder = server.builder().user("yzb").password(PASSWORD).watch(watch);
    printed.lock().unwrap().push_str(&format!("{builder:?}\n"));
    let store = builder.build().unwrap();
    printed.lock().unwrap().push_str(&format!("{store:?}\n"));

    let tickets = key_of("planted-app-secret", Kind::JsTicket);
    store.save(&key(), &token("planted-token", 1)).await.unwrap();
    store.save(&tickets, &ticket("planted-ticket", 1)).await.unwrap();
    let _turn = store.turn(&key()).await.unwrap();
    // Every way in which a record can be wrong.
    for value in
        ["planted", "{\"js_ticket\": \"planted", "{\"js_ticket\": \"planted\"}", "[\"planted\"]"]
    {
        for (key, place) in [(&key(), TOKEN_KEY), (&tickets, TICKET_KEY)] {
            server.set(place, value);
            let loaded = store.load(key).await;
            let saved = store.save(key, &token("planted-token", 2)).await;
            printed.lock().unwrap().push_str(&format!("{loaded:?} {saved:?}\n"));
        }
    }
    server.kill_clients();
    let _ = store.load(&key()).await;
    let Value::Array(keys) = server.command(&["KEYS", "*"]) else { panic!() };
    for key in &keys {
        printed.lock().unwrap().push_str(&text(key));
    }
    let printed = printed.lock().unwrap();
    assert!(printed.contains("unreadable") && printed.contains("yzb/turn/"), "{printed}");
    assert!(!printed.contains("planted"), "{printed}");
}
