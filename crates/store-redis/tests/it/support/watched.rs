//! Stores with a name, or that are listened to; and readers of other people's.

use std::sync::{Arc, Mutex};

use serde_json::Value as Json;
use yzb_proto::WriterName;
use yzb_store_redis::{Event, RedisStore};

use super::Server;

/// A store with a name.
pub(crate) fn named(server: &Server) -> RedisStore {
    server.builder().name(WriterName::new("web-1").unwrap()).build().unwrap()
}

/// As the published clients read: `GET`, parse, take one field by its name.
pub(crate) fn published_reader(server: &Server, key: &str, field: &str) -> Option<String> {
    let json: Json = serde_json::from_str(&server.get(key)?).unwrap();
    json[field].as_str().map(str::to_owned)
}

/// A store, and what it told: names of events, and what they show.
pub(crate) fn watched(server: &Server) -> (RedisStore, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let watch = move |event: &Event<'_>| {
        if !matches!(event, Event::Connected | Event::Disconnected(_)) {
            heard.lock().unwrap().push(format!("{} {event:?}", event.name()));
        }
    };
    (server.builder().watch(watch).build().unwrap(), told)
}
