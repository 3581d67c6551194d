//! Servers, and what is kept in them.

pub(crate) mod cluster;
pub(crate) mod codes;
pub(crate) mod folder;
pub(crate) mod issuer;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod sentinel;
pub(crate) mod server;
pub(crate) mod tls;
pub(crate) mod wait;
pub(crate) mod watched;

use core::error::Error as _;

use yzb_cache::{Store as _, StoreError};
use yzb_store_redis::{Failure, RedisStore};

pub(crate) use codes::{key, key_of, ticket, token};
pub(crate) use server::Server;
pub(crate) use wait::{eventually, within};

/// The name of what was wrong.
pub(crate) fn failure<T: core::fmt::Debug>(outcome: Result<T, StoreError>) -> &'static str {
    let error = outcome.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("planted"), "{shown}");
    let failure = error.source().and_then(|source| source.downcast_ref::<Failure>());
    failure.unwrap_or_else(|| panic!("{shown}")).problem().name()
}

/// Waits until it can be used.
pub(crate) async fn works(store: &RedisStore) {
    eventually("it works again", async || store.load(&key()).await.is_ok()).await;
}
