//! The floor, and `yzb-cache`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::runtime::Runtime;
use yzb_cache::{Attempt, IssueError, Issued, Issuer, Kind, Lease, SlotKey, TokenCache};
use yzb_proto::{AppId, AppSecret, Lifetime, Origin, ServerAccessToken};

use crate::row::{Failure, Issues, LIFETIME, Row, TOKEN, check};
use crate::versions::named;

/// What a careful person would write: a pointer that can be swapped, and a look at the clock.
pub(crate) fn floor() -> Row {
    let slot = Arc::new(ArcSwap::from_pointee((now() + Duration::from_secs(LIFETIME), 7_u64)));
    let issues = Issues::default();
    issues.count();
    Row::plain("floor: ArcSwap guard load + Instant::now".to_owned(), &issues, move || {
        let guard = slot.load();
        (now() < guard.0).then_some(guard.1)
    })
}

/// The three ways to get at a fresh lease: two look at the token where it is, one takes it along.
pub(crate) fn rows(runtime: &Runtime) -> Result<[Row; 3], Failure> {
    let (app_id, secret) = (AppId::new("100027")?, AppSecret::new("from-the-console")?);
    let key = SlotKey::new(Origin::production(), app_id, secret.fingerprint(), Kind::ServerToken);
    let issues = Issues::default();
    let cache = TokenCache::builder(key, Fixed(issues.clone())).build();
    check(runtime.block_on(cache.lease())?.token().expose_secret())?;

    let name = |call: &str| format!("{} {call}", named("yzb-cache"));
    let (borrowed, owned) = (cache.clone(), cache.clone());
    let handle = Row {
        name: name("Reader::fresh"),
        make: Box::new(move || {
            let mut reader = cache.reader();
            Box::new(yzb_bench::repeat(move || reader.fresh().map(look)))
        }),
        issues: issues.clone(),
    };
    Ok([
        Row::plain(name("read"), &issues, move || borrowed.read(look)),
        handle,
        Row::awaited(name("lease"), &issues, runtime, async move || owned.lease().await),
    ])
}

/// Somebody uses the token.
fn look(lease: &Lease<ServerAccessToken>) -> usize {
    lease.token().expose_secret().len()
}

struct Fixed(Issues);

impl Issuer for Fixed {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        self.0.count();
        let token = ServerAccessToken::new(TOKEN).map_err(IssueError::fix_configuration)?;
        Ok(Issued::new(token, Lifetime::from_secs(LIFETIME)))
    }
}

#[expect(clippy::disallowed_methods, reason = "the floor is what people write by hand")]
fn now() -> Instant {
    Instant::now()
}
