//! Where the codes are kept.

use std::fmt::Write as _;

use anyhow::Context as _;
use yzb::{Policy, SharedStore};
use yzb_store_redis::{Builder, RedisStore};

use super::authorities;
use crate::config::{Loaded, Login, Redis, Store, Topology};

/// How often the time within which a request must be sent goes into the turn: the platform must have
/// answered before somebody else may ask.
pub(crate) const TURNS: u32 = 3;

/// Opens the Redis that other programs read too. It is not connected before its first use.
///
/// # Errors
///
/// The codes are kept in a folder, which nobody else reads; a setting cannot be, or an authority cannot
/// be read.
pub(crate) fn open_redis(
    loaded: &Loaded,
    adjust: impl FnOnce(Builder) -> Builder,
) -> anyhow::Result<RedisStore> {
    match &loaded.config.store {
        Store::Redis(redis) => {
            adjust(redis_builder(loaded, redis)?).build().context("Redis cannot be set up")
        }
        Store::Directory(_) => anyhow::bail!(
            "the codes are kept in a folder, which the published task does not know: for this command \
             write the task's `storage_redis` in place of `store`"
        ),
    }
}

/// Opens the store. Redis is not connected before its first use; a folder must be usable at once.
///
/// # Errors
///
/// A setting cannot be, an authority cannot be read, or the folder is not usable.
pub(crate) fn open(
    loaded: &Loaded,
    adjust: impl FnOnce(Builder) -> Builder,
) -> anyhow::Result<SharedStore> {
    match &loaded.config.store {
        Store::Redis(_) => open_redis(loaded, adjust).map(SharedStore::new),
        Store::Directory(folder) => {
            let folder = loaded.folder.join(folder);
            directory(&folder)
        }
    }
}

#[cfg(unix)]
fn directory(folder: &std::path::Path) -> anyhow::Result<SharedStore> {
    let store = yzb::FileStore::open(folder);
    let store = store.with_context(|| format!("the folder {} is not usable", folder.display()))?;
    Ok(SharedStore::new(store))
}

#[cfg(not(unix))]
fn directory(_: &std::path::Path) -> anyhow::Result<SharedStore> {
    anyhow::bail!("codes are kept in a folder on Unix only: use Redis")
}

/// Redis as the configuration says.
///
/// # Errors
///
/// An authority cannot be read.
fn redis_builder(loaded: &Loaded, redis: &Redis) -> anyhow::Result<Builder> {
    let scheme = if redis.tls.is_some() { "rediss" } else { "redis" };
    let mut builder = RedisStore::builder();
    builder = match &redis.topology {
        Topology::Url(url) => builder.server(loaded.secret(url)),
        Topology::Single { host, port } if host.contains(':') => {
            builder.server(format!("{scheme}://[{host}]:{port}"))
        }
        Topology::Single { host, port } => builder.server(format!("{scheme}://{host}:{port}")),
        Topology::Sentinel { sentinels, master, login } => {
            let user = user_info(loaded, login);
            let urls = sentinels.iter().map(|address| format!("{scheme}://{user}{address}"));
            builder.sentinels(urls, master.as_str())
        }
        Topology::Cluster(nodes) => {
            builder.cluster(nodes.iter().map(|address| format!("{scheme}://{address}")))
        }
    };
    if !matches!(redis.topology, Topology::Url(_)) {
        builder = builder.database(redis.database);
    }
    if let Some(user) = &redis.login.username {
        builder = builder.user(user.as_str());
    }
    if let Some(password) = &redis.login.password {
        builder = builder.password(loaded.secret(password));
    }
    if let Some(file) = redis.tls.as_ref().and_then(|tls| tls.ca_file.as_ref()) {
        builder = builder.trust(authorities(file, &loaded.folder)?);
    }
    Ok(limits(builder, &loaded.config.policy).key_prefix(redis.key_prefix.as_str()))
}

fn limits(builder: Builder, policy: &Policy) -> Builder {
    builder.answer_timeout(policy.store_timeout()).lease(policy.send_within() * TURNS)
}

/// `user:password@`, as a URL has it.
fn user_info(loaded: &Loaded, login: &Login) -> String {
    let password = login.password.as_ref().map(|secret| loaded.secret(secret));
    match (&login.username, password) {
        (None, None) => String::new(),
        (user, password) => {
            let user = encoded(user.as_deref().unwrap_or_default());
            let password = password.map(|it| format!(":{}", encoded(it))).unwrap_or_default();
            format!("{user}{password}@")
        }
    }
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut url, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
        url
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_special_in_a_url_is_encoded() {
        assert_eq!(encoded("a-b.1@/:猿"), "a-b.1%40%2F%3A%E7%8C%BF");
    }
}
