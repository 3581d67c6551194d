//! moka: a general cache with a time to live.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use tokio::runtime::Runtime;

use crate::row::{Failure, Issues, LIFETIME, Row, TOKEN, check};
use crate::versions::named;

const KEY: &str = "100027";

/// What is there, and the call that would fetch it once for all who ask.
pub(crate) fn rows(runtime: &Runtime) -> Result<[Row; 2], Failure> {
    let issues = Issues::default();
    let cache: Cache<String, Arc<str>> =
        Cache::builder().max_capacity(1000).time_to_live(Duration::from_secs(LIFETIME)).build();
    let asked = issues.clone();
    let fetching = cache.clone();
    let fetch = async move || {
        let fetched = async {
            asked.count();
            Ok::<_, Infallible>(Arc::from(TOKEN))
        };
        fetching.try_get_with_by_ref(KEY, fetched).await
    };
    check(&runtime.block_on(fetch())?)?;
    let name = |call: &str| format!("{} {call}", named("moka"));
    Ok([
        Row::awaited(name("get"), &issues, runtime, async move || cache.get(KEY).await),
        Row::awaited(name("try_get_with_by_ref"), &issues, runtime, fetch),
    ])
}
