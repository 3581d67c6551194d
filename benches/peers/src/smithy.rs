//! aws-smithy-runtime: the lazy identity cache of the AWS SDK.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime_api::client::identity::http::Token;
use aws_smithy_runtime_api::client::identity::{
    Identity, IdentityFuture, ResolveCachedIdentity, ResolveIdentity, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;
use tokio::runtime::Runtime;

use crate::row::{Failure, Issues, LIFETIME, Row, TOKEN, check};
use crate::versions::named;

/// It is called as the SDK's orchestrator does, which has a resolver of its own for every request.
pub(crate) fn row(runtime: &Runtime) -> Result<Row, Failure> {
    let issues = Issues::default();
    // The components that a client must have are stand-ins that this cache does not touch; the time
    // and the way to sleep are the real ones.
    let components = RuntimeComponentsBuilder::for_tests()
        .with_time_source(Some(SystemTimeSource::new()))
        .with_sleep_impl(Some(TokioSleep::new()))
        .build()?;
    let resolver = SharedIdentityResolver::new(Fixed(issues.clone()));
    let shared = Arc::new((IdentityCache::lazy().build(), components, ConfigBag::base()));
    let resolve = async move || {
        let (cache, components, config) = &*shared;
        cache.resolve_cached_identity(resolver.clone(), components, config).await
    };
    let identity = runtime.block_on(resolve())?;
    check(identity.data::<Token>().map_or("", Token::token))?;
    let name = format!("{} lazy", named("aws-smithy-runtime"));
    Ok(Row::awaited(name, &issues, runtime, resolve))
}

#[derive(Debug)]
struct Fixed(Issues);

impl ResolveIdentity for Fixed {
    fn resolve_identity<'a>(
        &'a self,
        _: &'a RuntimeComponents,
        _: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        self.0.count();
        let end = Some(now() + Duration::from_secs(LIFETIME));
        IdentityFuture::ready(Ok(Identity::new(Token::new(TOKEN, end), end)))
    }
}

#[expect(clippy::disallowed_methods, reason = "it wants to know when the token expires")]
fn now() -> SystemTime {
    SystemTime::now()
}
