//! `yzb demo`: the main job against the embedded emulator, to the end.

mod recorder;
mod scene;
mod story;
mod transcript;

use anyhow::Context;
use yzb::proto::UnixSeconds;
use yzb_emulator::{Emulator, World};

use scene::Scene;
use transcript::Transcript;

/// Goes the whole way against an emulator on a free loopback port, over real HTTP: login, server
/// token, ticket, signature, check code, users. Exit code 0 only if every step was as documented.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

/// Runs the story and prints what happened.
pub(crate) fn run(_: &Arguments) -> anyhow::Result<()> {
    let emulator = Emulator::start(World::demo()).context("cannot start the emulator")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut transcript = Transcript::new();
    transcript.title(emulator.origin(), UnixSeconds::new(emulator.now()));
    let mut scene = Scene::new(&emulator, &mut transcript)?;
    runtime.block_on(story::tell(&mut scene))?;
    let (right, wrong) = transcript.close().context("cannot write to standard output")?;
    anyhow::ensure!(wrong == 0, "{wrong} of {} steps were not as documented", right + wrong);
    Ok(())
}
