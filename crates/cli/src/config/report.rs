//! What a configuration comes to, without its secrets.

use std::collections::HashMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use yzb::transport::Proxy;

use super::store::{Login, Redis, RedisUrl, Topology};
use super::{App, Config, Route, Secret, Store};

/// The secrets that were looked up, by the names of their settings.
#[derive(Debug, Default)]
pub(crate) struct Found(HashMap<String, SecretString>);

impl Found {
    pub(crate) fn add(&mut self, secret: &Secret, value: SecretString) {
        self.0.insert(secret.path.clone(), value);
    }

    pub(super) fn of(&self, secret: &Secret) -> Option<&str> {
        self.0.get(&secret.path).map(SecretString::expose_secret)
    }
}

/// The whole configuration with its defaults. Of secrets it says where they come from.
pub(crate) fn report(config: &Config, found: &Found) -> Value {
    let (platform, service) = (&config.platform, &config.service);
    let listen: Vec<_> = service.listen.iter().map(ToString::to_string).collect();
    let bearers = service.bearer_tokens.iter();
    let bearers: Vec<_> = bearers
        .map(|bearer| json!({ "name": bearer.name, "from": bearer.token.origin() }))
        .collect();
    json!({
        "platform": {
            "origin": platform.origin.to_string(),
            "allow_plaintext": platform.allow_plaintext,
            "ca_file": platform.ca_file.as_ref().map(|known| &known.file),
            "connect_timeout_ms": millis(platform.connect_timeout),
            "total_timeout_ms": millis(platform.total_timeout),
            "proxy": match &platform.route {
                Route::Direct => Value::Null,
                Route::Environment => json!({ "from": "the environment" }),
                Route::Proxy(proxy) => json!({
                    "from": proxy.origin(),
                    "proxy": found.of(proxy).and_then(shown_proxy),
                }),
            },
        },
        "apps": config.apps.iter().map(app).collect::<Vec<_>>(),
        "store": store(&config.store, found),
        "policy": policy(config),
        "service": { "listen": listen, "bearer_tokens": bearers, "hosts": service.hosts },
        "log": { "format": config.log.format.name(), "level": config.log.level.name() },
    })
}

fn app(app: &App) -> Value {
    json!({
        "app_id": app.id,
        "app_name": app.name,
        "secret_from": app.secret.origin(),
        "page_origins": app.page_origins,
    })
}

fn store(store: &Store, found: &Found) -> Value {
    match store {
        Store::Directory(path) => json!({ "directory": path }),
        Store::Redis(redis) => json!({ "redis": redis_report(redis, found) }),
    }
}

fn redis_report(redis: &Redis, found: &Found) -> Value {
    let (mut database, mut tls) = (redis.database, redis.tls.is_some());
    let servers = match &redis.topology {
        Topology::Single { host, port } if host.contains(':') => {
            json!([format!("[{host}]:{port}")])
        }
        Topology::Single { host, port } => json!([format!("{host}:{port}")]),
        Topology::Sentinel { sentinels, .. } => json!(sentinels),
        Topology::Cluster(nodes) => json!(nodes),
        Topology::Url(secret) => {
            match found.of(secret).and_then(|text| RedisUrl::parse(text).ok()) {
                Some(url) => {
                    (database, tls) = (url.database, url.tls);
                    json!([url.address])
                }
                // It stands elsewhere, and was not looked up.
                None => Value::Null,
            }
        }
    };
    let (kind, sentinels) = match &redis.topology {
        Topology::Url(_) | Topology::Single { .. } => ("server", Value::Null),
        Topology::Sentinel { master, login: to, .. } => {
            ("sentinel", json!({ "master": master, "login": login(to) }))
        }
        Topology::Cluster(_) => ("cluster", Value::Null),
    };
    json!({
        "kind": kind,
        "servers": servers,
        "sentinels": sentinels,
        "login": login(&redis.login),
        "key_prefix": redis.key_prefix,
        "database": database,
        "tls": tls,
        "ca_file": redis.tls.as_ref().and_then(|tls| tls.ca_file.as_ref()).map(|known| &known.file),
    })
}

fn login(login: &Login) -> Value {
    json!({
        "username": login.username,
        "password_from": login.password.as_ref().map(Secret::origin),
    })
}

fn policy(config: &Config) -> Value {
    let policy = &config.policy;
    json!({
        "refresh_ahead_ms": millis(policy.refresh_ahead()),
        "refresh_spread": policy.refresh_spread(),
        "serve_margin_ms": millis(policy.serve_margin()),
        "issue_interval_ms": millis(policy.issue_interval()),
        "longest_lifetime_ms": millis(policy.longest_lifetime()),
        "unknown_lifetime_ms": millis(policy.unknown_lifetime()),
        "ticket_margin_ms": millis(policy.ticket_margin()),
        "reread_every_ms": millis(policy.reread_every()),
        "store_timeout_ms": millis(policy.store_timeout()),
        "turn_wait_ms": millis(policy.turn_wait()),
        "send_within_ms": millis(policy.send_within()),
        "renewal_limit_ms": millis(policy.renewal_limit()),
        "clock_tolerance_ms": millis(policy.clock_tolerance()),
        "clock_bound_ms": millis(policy.clock_bound()),
        "alone_interval_ms": millis(policy.alone_interval()),
        "watch_every_ms": millis(policy.watch_every()),
        "serve_doubtful": policy.serve_doubtful(),
        "issue_without_store": policy.issue_without_store(),
        "other_issuers": policy.other_issuers(),
    })
}

/// Host and port of a proxy, and whether it has a password.
fn shown_proxy(text: &str) -> Option<String> {
    let shown = format!("{:?}", Proxy::parse(text).ok()?);
    let inner = shown.strip_prefix("Proxy(")?.strip_suffix(')')?;
    Some(inner.to_owned())
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
