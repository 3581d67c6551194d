//! What a fresh code costs whoever asks for it.

use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use arc_swap::ArcSwap;
use yzb_bench::Bench;
use yzb_cache::{
    Attempt, IssueError, Issued, Issuer, Kind, Lease, LeaseError, SlotKey, TokenCache,
};
use yzb_proto::{AppId, AppSecret, InvalidValue, Lifetime, Origin, ServerAccessToken};

fn main() -> ExitCode {
    let mut bench = Bench::from_args("a fresh code");
    match warm() {
        Ok(cache) => measure(&mut bench, &cache),
        Err(_) => return ExitCode::FAILURE,
    }
    bench.finish()
}

fn measure(bench: &mut Bench, cache: &TokenCache<Fixed>) {
    // What a careful person would write: a pointer that can be swapped, and a look at the clock.
    let floor = ArcSwap::from_pointee((start(), 7_u64));
    let by_hand = || {
        let guard = floor.load();
        (start() >= guard.0).then_some(guard.1)
    };
    let mut reader = cache.reader();
    let mut group = bench.group("one slot, one thread, the clock included");
    group.floor("ArcSwap guard load + Instant::now", by_hand);
    group.row("read (borrowed)", || cache.read(Lease::serial)).at_most(1.0).allocates(0);
    group
        .row("Reader::fresh (handle)", || reader.fresh().map(Lease::serial))
        .at_most(0.3)
        .allocates(0);
    group.row("lease().await (owned)", || ready(cache).is_some()).at_most(1.5).allocates(0);
    group.run();
    bench.two_threads(
        "two threads on one slot",
        ("ArcSwap guard load + Instant::now", by_hand),
        ("read (borrowed)", || cache.read(Lease::serial)),
        1.9,
    );
}

struct Fixed;

impl Issuer for Fixed {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        let token = ServerAccessToken::new("5cc928").map_err(IssueError::fix_configuration)?;
        Ok(Issued::new(token, Lifetime::DOCUMENTED))
    }
}

fn warm() -> Result<TokenCache<Fixed>, InvalidValue> {
    let (app_id, secret) = (AppId::new("100027")?, AppSecret::new("from-the-console")?);
    let key = SlotKey::new(Origin::production(), app_id, secret.fingerprint(), Kind::ServerToken);
    let cache = TokenCache::builder(key, Fixed).timer(Never).build();
    let _ = ready(&cache);
    Ok(cache)
}

/// Nothing here waits.
struct Never;

impl yzb_cache::Timer for Never {
    async fn sleep(&self, _: std::time::Duration) {
        std::future::pending::<()>().await;
    }
}

/// A lease that is there at once.
fn ready(cache: &TokenCache<Fixed>) -> Option<Arc<Lease<ServerAccessToken>>> {
    let lease = pin!(cache.lease());
    let polled: Poll<Result<_, LeaseError>> = lease.poll(&mut Context::from_waker(Waker::noop()));
    match polled {
        Poll::Ready(lease) => lease.ok(),
        Poll::Pending => None,
    }
}

#[expect(clippy::disallowed_methods, reason = "the floor is what people write by hand")]
fn start() -> Instant {
    Instant::now()
}
