//! A million apps in one process: what a look-up costs, what an app weighs, and what the idle ones
//! cost the busy one.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print its table")]

use std::cell::Cell;
use std::collections::HashMap;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use arc_swap::ArcSwap;
use yzb_bench::Bench;
use yzb_cache::{Apps, Attempt, IssueError, Issued, Issuer, Kind, Lease, SlotKey};
use yzb_proto::{AppId, AppSecret, InvalidValue, Lifetime, Origin, ServerAccessToken};

const TOKEN: &str = "5cc928f1b2f74eb8acd4a1b9e3a3d1f0";

fn main() -> ExitCode {
    let full = std::env::args().any(|argument| argument == "--bench");
    let mut bench = Bench::from_args("many apps");
    match measure(&mut bench, if full { 1_000_000 } else { 1000 }) {
        Ok(()) => bench.finish(),
        Err(_) => ExitCode::FAILURE,
    }
}

fn measure(bench: &mut Bench, count: usize) -> Result<(), InvalidValue> {
    let keys = keys(count)?;
    let few: &[SlotKey] = keys.get(..1000).unwrap_or(&keys);
    weigh(&keys)?;
    let (many, some) = (filled(&keys), filled(few));
    look_up(bench, &keys, &many);
    busy(bench, &keys, &many, &some);
    deadlines(bench, &many, &some);
    Ok(())
}

fn look_up(bench: &mut Bench, keys: &[SlotKey], apps: &Apps<Fixed>) {
    let floor = by_hand(keys);
    let (one, other, third) = (Dice::new(1), Dice::new(2), Dice::new(3));
    let mut group = bench.group("a random one of many apps, all fresh, the clock included");
    group.floor("ArcSwap<HashMap> look-up + guard load + Instant::now", || {
        let map = floor.load();
        let entry = map.get(one.pick(keys)).map(|entry| entry.load());
        entry.filter(|entry| start() >= entry.0).map(|entry| entry.1)
    });
    group
        .row("Apps::read (borrowed)", || apps.read(other.pick(keys), Lease::serial))
        .at_most(1.3)
        .allocates(0);
    group
        .row("Apps::find + read", || apps.find(third.pick(keys)).map(|c| c.read(Lease::serial)))
        .allocates(0);
    group.run();
}

/// What others cost the one that is used all the time.
fn busy(bench: &mut Bench, keys: &[SlotKey], many: &Apps<Fixed>, some: &Apps<Fixed>) {
    let Some(key) = keys.first() else { return };
    let mut group = bench.group("one busy app");
    group.floor("Apps::read, among a thousand", || some.read(key, Lease::serial));
    group.row("Apps::read, among a million", || many.read(key, Lease::serial)).at_most(1.0);
    group.run();
}

fn deadlines(bench: &mut Bench, many: &Apps<Fixed>, some: &Apps<Fixed>) {
    let mut group = bench.group("when there is something to do");
    group.floor("Apps::next_deadline, of a thousand", || some.next_deadline());
    group.row("Apps::next_deadline, of a million", || many.next_deadline()).at_most(2.0);
    group.run();
}

/// Prints what one app takes beyond its strings: its id, and its code.
fn weigh(keys: &[SlotKey]) -> Result<(), InvalidValue> {
    let strings: usize = keys.iter().map(|key| key.app_id().as_str().len() + TOKEN.len()).sum();
    let each = |bytes: usize| bytes.saturating_sub(strings) as f64 / keys.len() as f64;
    let mut apps = None;
    let info = allocation_counter::measure(|| apps = Some(filled(keys)));
    let bytes = usize::try_from(info.bytes_current).unwrap_or_default();
    let peak = usize::try_from(info.bytes_max).unwrap_or_default();
    println!("\nbytes for one app and code, its strings not counted (of {} apps)", keys.len());
    println!("  at rest {:>10.1}   target ≤ 300", each(bytes));
    println!("  at most {:>10.1}   while apps were added", each(peak));
    Ok(())
}

fn filled(keys: &[SlotKey]) -> Apps<Fixed> {
    let apps = Apps::builder().timer(Never).build();
    for key in keys {
        let cache = apps.cache(key, || Fixed);
        let lease = pin!(cache.lease());
        let polled = lease.poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Ok(_))));
    }
    apps
}

/// What a careful person would write.
type ByHand = ArcSwap<HashMap<SlotKey, Arc<ArcSwap<(Instant, u64)>>>>;

fn by_hand(keys: &[SlotKey]) -> ByHand {
    let entry = |key: &SlotKey| (key.clone(), Arc::new(ArcSwap::from_pointee((start(), 7))));
    ArcSwap::from_pointee(keys.iter().map(entry).collect())
}

fn keys(count: usize) -> Result<Vec<SlotKey>, InvalidValue> {
    let origin = Arc::new(Origin::production());
    let key = |number: usize| {
        let id = AppId::new(&format!("{}", 100_000 + number))?;
        let secret = AppSecret::new(&format!("secret-of-{number}"))?.fingerprint();
        Ok(SlotKey::new(Arc::clone(&origin), id, secret, Kind::ServerToken))
    };
    (0..count).map(key).collect()
}

/// Picks at random. Each row picks others, so that none finds the keys warm that another picked.
struct Dice(Cell<u64>);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    fn pick<'k>(&self, keys: &'k [SlotKey]) -> &'k SlotKey {
        let next = self.0.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.0.set(next);
        &keys[(next >> 33) as usize % keys.len()]
    }
}

struct Fixed;

impl Issuer for Fixed {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        let token = ServerAccessToken::new(TOKEN).map_err(IssueError::fix_configuration)?;
        Ok(Issued::new(token, Lifetime::DOCUMENTED))
    }
}

/// Nothing here waits.
struct Never;

impl yzb_cache::Timer for Never {
    async fn sleep(&self, _: std::time::Duration) {
        std::future::pending::<()>().await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the floor is what people write by hand")]
fn start() -> Instant {
    Instant::now()
}
