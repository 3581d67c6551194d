//! google-cloud-auth: a watch that a task of its own feeds.

use google_cloud_auth::credentials::{CacheableResource, CredentialsProvider, mds};
use http::Extensions;
use tokio::runtime::Runtime;

use crate::loopback;
use crate::row::{Failure, Issues, Row, check};
use crate::versions::named;

/// The token itself, and the headers made of it for somebody who already has them.
pub(crate) fn rows(runtime: &Runtime) -> Result<[Row; 2], Failure> {
    let issues = Issues::default();
    let address = runtime.block_on(loopback::serve(issues.clone()))?;
    // Its HTTP client wants one even where there is no TLS. If there is one already, that will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // The cache's task is spawned where it is built.
    let entered = runtime.enter();
    let credentials = mds::Builder::default()
        .with_endpoint(format!("http://{address}"))
        .with_universe_domain("googleapis.com")
        .build_access_token_credentials()?;
    drop(entered);
    check(&runtime.block_on(credentials.access_token())?.token)?;

    let CacheableResource::New { entity_tag, .. } =
        runtime.block_on(credentials.headers(Extensions::new()))?
    else {
        return Err("headers without a token".into());
    };
    let known = move || {
        let mut extensions = Extensions::new();
        extensions.insert(entity_tag.clone());
        extensions
    };
    let name = |call: &str| format!("{} {call}", named("google-cloud-auth"));
    let token = credentials.clone();
    Ok([
        Row::awaited(name("access_token"), &issues, runtime, async move || {
            token.access_token().await
        }),
        Row::awaited(name("headers (known)"), &issues, runtime, async move || {
            credentials.headers(known()).await
        }),
    ])
}
