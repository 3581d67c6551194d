//! A herd of tasks that all wait for one renewal, beside as many that merely sleep as long.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print its table")]

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::sleep;
use yzb_cache::{Attempt, IssueError, Issued, Issuer, Kind, SlotKey, TokenCache};
use yzb_proto::{AppId, AppSecret, InvalidValue, Lifetime, Origin, ServerAccessToken};

const TAKES: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    let full = std::env::args().any(|argument| argument == "--bench");
    let (herd, rounds) = if full { (100_000, 9) } else { (100, 1) };
    println!("\n# a herd of {herd}");
    let outcome = [1, 2].into_iter().try_for_each(|threads| compare(threads, herd, rounds));
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What a herd costs: the CPU time of all threads, and the time on the wall beyond the 50 ms.
#[derive(Clone, Copy)]
struct Cost {
    cpu: f64,
    beyond: f64,
}

const ROWS: [&str; 4] = ["sleep(50 ms)", "bare tokio Notify", "lease(), issued", "lease(), failed"];

fn compare(threads: usize, herd: usize, rounds: usize) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = runtime(threads)?;
    let mut costs: [Vec<Cost>; 4] = [const { Vec::new() }; 4];
    for round in 0..=rounds {
        for (row, costs) in costs.iter_mut().enumerate() {
            let cost = run(&runtime, row, herd)?;
            // The first round warms up.
            if round > 0 || rounds == 1 {
                costs.push(cost);
            }
        }
    }
    println!("\n{threads} worker thread(s), median of {rounds} rounds");
    println!(
        "  {:<20} {:>12} {:>9} {:>14} {:>9}",
        "", "CPU ns each", "ratio", "ms beyond", "ratio"
    );
    let of = |costs: &[Cost], field: fn(&Cost) -> f64| median(costs.iter().map(field).collect());
    let (cpu, beyond) = (of(&costs[0], |cost| cost.cpu), of(&costs[0], |cost| cost.beyond));
    for (name, costs) in ROWS.iter().zip(&costs) {
        let (own_cpu, own_beyond) = (of(costs, |cost| cost.cpu), of(costs, |cost| cost.beyond));
        let each = own_cpu / herd as f64;
        println!(
            "  {name:<20} {each:>12.0} {:>9.2} {:>14.1} {:>9.2}",
            own_cpu / cpu,
            own_beyond / 1e6,
            own_beyond / beyond
        );
    }
    println!("  target of lease(): ratios ≤ 0.7");
    Ok(())
}

fn run(runtime: &Runtime, row: usize, herd: usize) -> Result<Cost, Box<dyn std::error::Error>> {
    match row {
        0 => measure(runtime, herd, || async { sleep(TAKES).await }),
        1 => {
            let shared = Arc::new((Notify::new(), AtomicBool::new(false)));
            let one = Arc::clone(&shared);
            runtime.spawn(async move {
                sleep(TAKES).await;
                one.1.store(true, Ordering::SeqCst);
                one.0.notify_waiters();
            });
            measure(runtime, herd, move || {
                let shared = Arc::clone(&shared);
                async move {
                    let mut woken = std::pin::pin!(shared.0.notified());
                    // Some begin only after the others were woken.
                    woken.as_mut().enable();
                    if !shared.1.load(Ordering::SeqCst) {
                        woken.await;
                    }
                }
            })
        }
        _ => {
            let cache = TokenCache::builder(key()?, Slow { fails: row == 3 }).build();
            measure(runtime, herd, move || {
                let cache = cache.clone();
                async move {
                    let _ = std::hint::black_box(cache.lease().await);
                }
            })
        }
    }
}

/// Spawns as many and waits for all.
fn measure<F: Future<Output = ()> + Send + 'static>(
    runtime: &Runtime,
    herd: usize,
    mut one: impl FnMut() -> F + Send + 'static,
) -> Result<Cost, Box<dyn std::error::Error>> {
    let (cpu, wall) = (ProcessTime::now(), now());
    runtime.block_on(async move {
        let tasks: Vec<_> = (0..herd).map(|_| tokio::spawn(one())).collect();
        for task in tasks {
            let _ = task.await;
        }
    });
    let (cpu, wall) = (cpu.elapsed(), wall.elapsed());
    let nanos = |span: Duration| span.as_secs_f64() * 1e9;
    Ok(Cost { cpu: nanos(cpu), beyond: nanos(wall.saturating_sub(TAKES)) })
}

fn runtime(threads: usize) -> std::io::Result<Runtime> {
    match threads {
        1 => Builder::new_current_thread().enable_time().build(),
        _ => Builder::new_multi_thread().worker_threads(threads).enable_time().build(),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn key() -> Result<SlotKey, InvalidValue> {
    let (app_id, secret) = (AppId::new("100027")?, AppSecret::new("from-the-console")?);
    Ok(SlotKey::new(Origin::production(), app_id, secret.fingerprint(), Kind::ServerToken))
}

struct Slow {
    fails: bool,
}

impl Issuer for Slow {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        sleep(TAKES).await;
        if self.fails {
            return Err(IssueError::later("away"));
        }
        let token = ServerAccessToken::new("5cc928").map_err(IssueError::fix_configuration)?;
        Ok(Issued::new(token, Lifetime::DOCUMENTED))
    }
}

#[expect(clippy::disallowed_methods, reason = "measuring time is what this is for")]
fn now() -> Instant {
    Instant::now()
}
