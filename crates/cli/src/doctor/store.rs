//! The store, and the records in it.

use std::sync::{Arc, Mutex, PoisonError};

use yzb::{
    AppSecret, CheckedCode, Clock as _, Code, HyperTransport, Kind, SharedStore, SlotKey,
    Store as _, StoreError, SystemClock, Validity,
};
use yzb_store_redis::{Event, Failure, Problem};

use super::finding::Finding;
use super::platform::differs;
use crate::config::{App, Loaded, Redis, Store};
use crate::setup;

/// Of so many apps the records are looked at one by one.
const MOST_APPS: usize = 20;

pub(super) async fn examine(
    loaded: &Loaded,
    http: Option<&HyperTransport>,
    findings: &mut Vec<Finding>,
) {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let noting = Arc::clone(&seen);
    let opened = setup::open_store(loaded, |builder| {
        builder.watch(move |event: &Event<'_>| note(&noting, event))
    });
    let store = match opened {
        Ok(store) => store,
        Err(error) => {
            let finding = Finding::bad("store", format!("{error:#}"));
            findings.push(finding.remedy("check the group `store` or `storage_redis`"));
            return;
        }
    };
    let Some(first) = loaded.config.apps.first().and_then(|app| key(loaded, app)) else { return };
    if !usable(&store, &first, findings).await {
        return;
    }
    clock(&store, findings).await;
    if let Store::Redis(redis) = &loaded.config.store {
        stray_keys(loaded, redis, findings).await;
    }
    for app in loaded.config.apps.iter().take(MOST_APPS) {
        let Some(of_token) = key(loaded, app) else { continue };
        for key in [of_token.clone(), of_token.of_kind(Kind::JsTicket)] {
            findings.push(record(loaded, http, &store, &key).await);
        }
    }
    let more = loaded.config.apps.len().saturating_sub(MOST_APPS);
    if more > 0 {
        findings.push(Finding::skipped("record", format!("and {more} apps more")));
    }
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    for found in seen {
        findings.push(
            Finding::warning("record", found)
                .remedy("find out who writes it: see OPERATING.md of yzb-store-redis"),
        );
    }
}

fn key(loaded: &Loaded, app: &App) -> Option<SlotKey> {
    let secret = AppSecret::new(loaded.secret(&app.secret)).ok()?.fingerprint();
    let origin = loaded.config.platform.origin.clone();
    Some(SlotKey::new(origin, app.id.clone(), secret, Kind::ServerToken))
}

fn note(seen: &Mutex<Vec<String>>, event: &Event<'_>) {
    let found = match event {
        Event::OtherFleet { key, .. } => {
            format!(
                "{} of {} is another fleet's: with another secret or platform",
                key.kind().name(),
                key.app_id()
            )
        }
        Event::Unreadable { key, .. } => {
            format!("{} of {} cannot be read", key.kind().name(), key.app_id())
        }
        _ => return,
    };
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(found);
}

/// Whether records can be read, and the turn to issue be had.
async fn usable(store: &SharedStore, key: &SlotKey, findings: &mut Vec<Finding>) -> bool {
    // The first may only have had no time to connect.
    let mut loaded = store.load(key).await;
    if loaded.is_err() {
        loaded = store.load(key).await;
    }
    if let Err(error) = loaded {
        findings.push(failed("read records", &error));
        return false;
    }
    match store.turn(key).await {
        Ok(turn) if turn.is_taken() => {
            findings.push(Finding::good("store", "can be read; somebody is just issuing"));
        }
        Ok(_) => findings.push(Finding::good("store", "can be read, and gives the turn to issue")),
        Err(error) => findings.push(failed("take the turn to issue", &error)),
    }
    true
}

fn failed(what: &str, error: &StoreError) -> Finding {
    let source = std::error::Error::source(error);
    let failure = source.and_then(|source| source.downcast_ref::<Failure>());
    let found = match source {
        Some(source) => format!("cannot {what}: {source}"),
        None => format!("cannot {what}: {error}"),
    };
    let remedy = match failure.map(Failure::problem) {
        Some(Problem::NoPermission) => "grant the rights in OPERATING.md of yzb-store-redis",
        Some(Problem::WrongPassword) => "correct the user or the password",
        Some(Problem::Unreachable | Problem::Silent) => "check its address, and whether it runs",
        _ => "see what the text says",
    };
    Finding::bad("store", found).remedy(remedy)
}

/// The server's clock.
async fn clock(store: &SharedStore, findings: &mut Vec<Finding>) {
    let answer = store.time().await;
    let ours = SystemClock::new().now().wall.as_secs();
    findings.push(match answer {
        Ok(Some(theirs)) => differs("redis clock", "the server's", ours, theirs.as_secs()),
        Ok(None) => return,
        Err(error) => failed("ask for the server's time", &error),
    });
}

/// Keys as one published README misspells them.
async fn stray_keys(loaded: &Loaded, redis: &Redis, findings: &mut Vec<Finding>) {
    let Ok(store) = setup::open_redis(loaded, |builder| builder) else { return };
    for app in loaded.config.apps.iter().take(MOST_APPS) {
        let Some(of_token) = key(loaded, app) else { continue };
        for key in [of_token.clone(), of_token.of_kind(Kind::JsTicket)] {
            match store.has_misspelt(&key).await {
                Ok(false) => {}
                Ok(true) => findings.push(stray(&redis.key_prefix, &key)),
                Err(_) => {
                    let found = "this user may not look for stray keys, and need not";
                    findings.push(Finding::skipped("redis", found));
                    return;
                }
            }
        }
    }
}

fn stray(prefix: &str, key: &SlotKey) -> Finding {
    let name = match key.kind() {
        Kind::JsTicket => "js_ticket_info",
        _ => "server_access_token_info",
    };
    let found = format!("there is a stray key {prefix}ttype/{name}/app_id/{}", key.app_id());
    Finding::warning("redis", found)
        .remedy("it is misspelt (`ttype`), no client reads it: delete it, and find who writes it")
}

/// One code: whether it is there, who wrote it, and whether the platform takes it.
async fn record(
    loaded: &Loaded,
    http: Option<&HyperTransport>,
    store: &SharedStore,
    key: &SlotKey,
) -> Finding {
    let name = format!("{} of {}", key.kind().name(), key.app_id());
    let found = match store.load(key).await {
        Err(error) => return failed("read records", &error),
        Ok(found) => found,
    };
    let now = SystemClock::new().now().wall;
    let Some(stored) = found.filter(|stored| stored.expires_at > now) else {
        return Finding::warning(
            "record",
            format!("{name} is not there, so the secret was not tried"),
        )
        .remedy("start the service, or `yzb token`: it asks for one, and tells what is refused");
    };
    let left = stored.expires_at.since(now).as_secs() / 60;
    let whose = if stored.generation == 0 { ", written by another issuer" } else { "" };
    let found = format!("{name} is there for {left} min more{whose}");
    let is_valid = match http {
        Some(http) => ask(loaded, http, key, &stored.code).await,
        None => None,
    };
    match is_valid {
        Some(false) => Finding::bad("record", format!("{found}, and the platform refuses it"))
            .remedy("somebody else issues codes for this app: let all use this store"),
        _ if stored.generation == 0 => Finding::warning("record", found).remedy(
            "`yzb takeover` hands over from the Python task, `yzb shadow` tells what it does: two issuers \
             end each other's codes",
        ),
        Some(true) => Finding::good("record", format!("{found}, and the platform takes it")),
        None => Finding::good("record", format!("{found}; the platform could not be asked")),
    }
}

async fn ask(loaded: &Loaded, http: &HyperTransport, key: &SlotKey, code: &Code) -> Option<bool> {
    let configured = loaded.config.apps.iter().find(|app| app.id == *key.app_id())?;
    let app = yzb::App::builder(key.app_id().as_str(), loaded.secret(&configured.secret))
        .origin(loaded.config.platform.origin.clone())
        .transport(http.clone())
        .build()
        .ok()?;
    let checked = match code {
        Code::ServerToken(token) => CheckedCode::ServerToken(token),
        Code::JsTicket(ticket) => CheckedCode::JsTicket(ticket),
        _ => return None,
    };
    let validity = app.check(checked).await.ok()?;
    Some(matches!(validity, Validity::ValidUntil(_)))
}
