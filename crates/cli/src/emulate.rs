//! `yzb emulate`: the platform on a loopback address, for clients in any language.

use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::thread;

use anyhow::Context;
use yzb_emulator::{ClockMode, Emulator, FaultPlan, Quirk, Quirks, World, control, demo};

mod live;

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

    /// Spell answers with this quirk; may be given several times. `--quirk list` tells them all.
    #[arg(long = "quirk", value_name = "NAME")]
    quirks: Vec<Wish>,

    /// Draw the quirks of each answer at random, beginning here: from those given, or from all.
    #[arg(long, value_name = "SEED")]
    quirk_seed: Option<u64>,

    /// What goes wrong and when, YAML or JSON.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,

    /// How time passes: `real`, so many times faster (`x60`), or `frozen`.
    #[arg(long, value_name = "real|xN|frozen", default_value = "real")]
    clock: ClockMode,

    /// The moment at which the clock begins; without it the computer's.
    #[arg(long, value_name = "UNIX_SECONDS")]
    now: Option<u64>,
}

/// Serves until a signal ends it.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.quirks.contains(&Wish::List) {
        return list_quirks();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (tell, lines) = live::journal();
    runtime.block_on(async {
        // Listened for before anybody is told that we are there to be ended.
        let ended = signals()?;
        let emulator = start(arguments, tell)?;
        announce(arguments, &emulator);
        // Nobody waits for this thread: whoever does not read it must not keep us from ending.
        thread::Builder::new().name("journal".to_owned()).spawn(move || lines.show())?;
        ended.await;
        Ok(())
    })
}

fn start(arguments: &Arguments, tell: live::Tell) -> anyhow::Result<Emulator> {
    let world = match &arguments.fixtures {
        Some(file) => World::read(&read(file)?).with_context(|| file.display().to_string())?,
        None => World::demo(),
    };
    if world.is_empty() {
        let _ = writeln!(io::stderr(), "warning: this world has no app, so every call is refused");
    }
    let faults = match &arguments.faults {
        Some(file) => faults(file, &world).with_context(|| file.display().to_string())?,
        None => FaultPlan::none(),
    };
    let mut builder = Emulator::builder(world)
        .listen(arguments.listen)
        .clock(arguments.clock)
        .quirks(quirks(arguments)?)
        .faults(faults)
        .on_entry(move |entry| tell.tell(entry.to_string()));
    if let Some(moment) = arguments.now {
        builder = builder.now(moment);
    }
    builder.start().with_context(|| format!("cannot listen on {}", arguments.listen))
}

fn faults(file: &Path, world: &World) -> anyhow::Result<FaultPlan> {
    let plan = FaultPlan::read(&read(file)?)?;
    plan.fits(world)?;
    Ok(plan)
}

fn quirks(arguments: &Arguments) -> anyhow::Result<Quirks> {
    let given: Quirks = arguments.quirks.iter().filter_map(|wish| wish.quirk()).collect();
    match (arguments.quirk_seed, given.clash()) {
        (None, Some((one, other))) => {
            anyhow::bail!("the quirks {one} and {other} exclude each other; one of them, or a seed")
        }
        (None, None) => Ok(given),
        (Some(seed), _) if given.is_empty() => Ok(Quirks::all().seeded(seed)),
        (Some(seed), _) => Ok(given.seeded(seed)),
    }
}

/// What `--quirk` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    List,
    Quirk(Quirk),
}

impl Wish {
    fn quirk(self) -> Option<Quirk> {
        match self {
            Self::List => None,
            Self::Quirk(quirk) => Some(quirk),
        }
    }
}

impl FromStr for Wish {
    type Err = yzb_emulator::UnknownQuirk;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name == "list" { Ok(Self::List) } else { name.parse().map(Self::Quirk) }
    }
}

/// Every quirk and what it does.
fn list_quirks() -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for quirk in Quirk::ALL {
        writeln!(out, "{:<20} {}", quirk.name(), quirk.about())?;
    }
    Ok(())
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
