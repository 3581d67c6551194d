//! `yzb emulate`: the platform on a loopback address, for clients in any language.

use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use tokio::sync::mpsc;
use yzb_emulator::{ClockMode, Emulator, FaultPlan, Quirk, Quirks, World, control, demo};

/// Plays the platform until Ctrl-C: all ten calls, with real lifetimes, and every way it can go
/// wrong.
///
/// The first line on standard output is `listening on http://ADDRESS`; then comes a line for each
/// request: what was asked, what was decided and why. Secrets show as fingerprints.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to listen; port 0 is any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// The apps, users and auth codes there are, YAML or JSON; without it a built-in world.
    #[arg(long, value_name = "FILE")]
    fixtures: Option<PathBuf>,

    /// Spell answers with this quirk; may be given several times. A wrong name lists all.
    #[arg(long = "quirk", value_name = "NAME")]
    quirks: Vec<Quirk>,

    /// Draw the quirks of each answer at random, beginning here: from those given, or from all.
    #[arg(long, value_name = "SEED")]
    quirk_seed: Option<u64>,

    /// What goes wrong and when, YAML or JSON.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,

    /// How time passes: `real`, so many times faster (`x60`), or `frozen` at the present moment.
    #[arg(long, value_name = "real|xN|frozen", default_value = "real")]
    clock: ClockMode,
}

/// Lines that wait for a slow terminal. Beyond that they are counted and not shown: clients do not
/// wait for people.
const WAITING: usize = 4096;

/// Serves until a signal ends it.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (tell, lines) = mpsc::channel(WAITING);
    let missed = Arc::new(AtomicU64::new(0));
    runtime.block_on(async {
        // Listened for before anybody is told that we are there to be ended.
        let mut ended = std::pin::pin!(signals()?);
        let emulator = start(arguments, tell, Arc::clone(&missed))?;
        announce(arguments, &emulator);
        tokio::select! {
            biased;
            () = &mut ended => {}
            () = show(lines, &missed) => ended.await,
        }
        Ok(())
    })
}

fn start(
    arguments: &Arguments,
    tell: mpsc::Sender<String>,
    missed: Arc<AtomicU64>,
) -> anyhow::Result<Emulator> {
    let world = match &arguments.fixtures {
        Some(file) => World::read(&read(file)?).with_context(|| file.display().to_string())?,
        None => World::demo(),
    };
    let faults = match &arguments.faults {
        Some(file) => FaultPlan::read(&read(file)?).with_context(|| file.display().to_string())?,
        None => FaultPlan::none(),
    };
    let builder = Emulator::builder(world)
        .listen(arguments.listen)
        .clock(arguments.clock)
        .quirks(quirks(arguments))
        .faults(faults)
        .on_entry(move |entry| {
            if tell.try_send(entry.to_string()).is_err() {
                missed.fetch_add(1, Ordering::Relaxed);
            }
        });
    builder.start().with_context(|| format!("cannot listen on {}", arguments.listen))
}

fn quirks(arguments: &Arguments) -> Quirks {
    let given: Quirks = arguments.quirks.iter().copied().collect();
    match arguments.quirk_seed {
        None => given,
        Some(seed) if given.is_empty() => Quirks::all().seeded(seed),
        Some(seed) => given.seeded(seed),
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// The one line that programs read, and a few for people.
fn announce(arguments: &Arguments, emulator: &Emulator) {
    // Whoever started us may have closed what they do not read.
    let _ = writeln!(io::stdout(), "listening on {}", emulator.origin());
    let _ = io::stdout().flush();
    let mut hints = io::stderr();
    if arguments.fixtures.is_none() {
        let (app, secret, code) = (demo::APP_ID, demo::APP_SECRET, demo::AUTH_CODE);
        let _ = writeln!(hints, "built-in world: app {app}, secret {secret}, auth code {code}");
    }
    let (prefix, header) = (control::PREFIX, control::HEADER);
    let _ = writeln!(hints, "control API: {}{prefix}state, header {header}: 1", emulator.origin());
    if !is_loopback(arguments.listen.ip()) {
        let _ = writeln!(hints, "warning: anybody who reaches this address may ask anything");
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Prints the journal as it is written, until nobody reads it.
async fn show(mut lines: mpsc::Receiver<String>, missed: &AtomicU64) {
    while let Some(line) = lines.recv().await {
        let missed = missed.swap(0, Ordering::Relaxed);
        let mut out = io::stdout().lock();
        let written = match missed {
            0 => writeln!(out, "{line}"),
            missed => writeln!(out, "(not shown: {missed})\n{line}"),
        };
        if written.is_err() {
            return;
        }
    }
}

/// Ready when somebody wants an end: Ctrl-C, or on unix a termination.
#[cfg(unix)]
fn signals() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail here")]
fn signals() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
