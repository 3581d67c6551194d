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

use core::error::Error as _;
use core::time::Duration;

use yzb_cache::StoreError;
use yzb_store_redis::Failure;

pub(crate) use codes::{key, key_of, ticket, token};
pub(crate) use server::Server;

/// Waits until it is so. Where another process decides when, there is nothing to wait on but to look.
pub(crate) async fn eventually(what: &str, is_so: impl AsyncFnMut() -> bool) {
    within(10, what, is_so).await;
}

/// The same, where there are so many seconds for it.
pub(crate) async fn within(seconds: u64, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let looked = tokio::time::timeout(Duration::from_secs(seconds), async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(looked.await.is_ok(), "not within {seconds} seconds: {what}");
}

/// The name of what was wrong.
pub(crate) fn failure<T: core::fmt::Debug>(outcome: Result<T, StoreError>) -> &'static str {
    let error = outcome.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("planted"), "{shown}");
    let failure = error.source().and_then(|source| source.downcast_ref::<Failure>());
    failure.unwrap_or_else(|| panic!("{shown}")).problem().name()
}
