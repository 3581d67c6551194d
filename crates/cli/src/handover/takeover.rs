//! `yzb takeover`: from the published task to programs of ours, and back.

mod codes;
mod ground;
mod hands;
mod step;
mod voice;
mod wait;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use yzb::{Lifetime, SystemClock, Timer, TokioTimer, UnixSeconds};
use yzb_store_redis::Sighting;

use super::platform::Platform;
use super::{Shared, task, time_of_day};
use crate::doctor::service;
use crate::environment::Environment;
use crate::exit::Exit;
use hands::Hands;
use step::Way;
use voice::Voice;

/// Hands all configured apps over from the published Python task, which may run on, to programs of ours;
/// with --back the other way round. The published clients find a valid record at every moment.
///
/// First everything is looked at: Redis, the turn to issue, whether the platform answers this address
/// and takes the codes that are there. If something is not as it must be, nothing is changed. Then each
/// record that is good stays in use: the same code, with our mark behind it. Another code is issued, in
/// turn, only where one is missing, cannot be read, is refused or is nearly due. What the task is just
/// about to renew is left to it, and waited for: three minutes at most.
///
/// It may be ended at any moment and run again: what is done is not done twice. In the end it says
/// what to start and what to stop.
///
/// Exit codes: 0 done; 1 done but for what is marked, or --wait saw no service; 2 wrong arguments; 3
/// the configuration cannot be used; 4 it is refused: somebody must do something; 5 try again later.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The configuration: the task's own file will do. Without it the one that the other commands take.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Hand over to the task: renews what would be due within half an hour, so that nothing lapses
    /// while one is started and the other stopped.
    #[arg(long)]
    back: bool,

    /// Look at everything, and say what would be done.
    #[arg(long)]
    dry_run: bool,

    /// Wait for so long until a service keeps the codes: one on this machine that holds them, or one
    /// that has renewed them.
    #[arg(long, value_name = "SPAN", value_parser = crate::config::span, conflicts_with_all = ["back", "dry_run"])]
    wait: Option<Duration>,

    /// One JSON object: all that was found and done, and what is next.
    #[arg(long)]
    json: bool,
}

/// As whom it writes records.
const NAME: &str = "yzb-takeover";

/// On the way back codes last at least so long, in seconds: for people to start and stop programs.
const FOR_PEOPLE: u64 = 1800;

impl Arguments {
    /// Hands over.
    pub(crate) fn run(
        &self,
        environment: &Environment,
        output: impl Write,
    ) -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let clock = Arc::new(SystemClock::new());
            let config = self.config.as_deref();
            let shared = Shared::open(config, environment, clock, NAME).await?;
            let platform = Platform::open(&shared, environment)?;
            let outcome = self.hand_over(&shared, &platform, &TokioTimer, output).await;
            // A turn to issue that was taken is handed back by a task of the store's.
            shared.store.released().await;
            outcome
        })
    }

    /// The same with these means.
    pub(super) async fn hand_over(
        &self,
        shared: &Shared,
        platform: &Platform,
        timer: &impl Timer,
        output: impl Write,
    ) -> anyhow::Result<ExitCode> {
        let mut voice = Voice::new(output, self.json);
        let known = ground::examine(shared, platform, &mut voice).await?;
        let hands = Hands { shared, platform, way: self.way(shared) };
        if self.dry_run {
            hands.plan(&known, &mut voice)?;
            return Ok(code(voice.end(&["run the same without --dry-run".to_owned()])?));
        }
        hands.carry_out(known, timer, &mut voice).await?;
        if let Some(limit) = self.wait {
            wait::until_kept(shared, timer, limit, &mut voice).await?;
        }
        let (due, held) = what_is_there(shared).await;
        let serving = service::that_holds(&shared.loaded, &held).await;
        Ok(code(voice.end(&self.next(shared, due, serving.as_deref()))?))
    }

    fn way(&self, shared: &Shared) -> Way {
        let policy = &shared.loaded.config.policy;
        let longest = policy.longest_lifetime().as_secs();
        let least = if self.back { FOR_PEOPLE.min(longest / 2) } else { task::ours(policy).0 };
        Way { is_back: self.back, least, longest }
    }

    /// What to start and what to stop, and until when.
    fn next(
        &self,
        shared: &Shared,
        due: Option<UnixSeconds>,
        serving: Option<&str>,
    ) -> Vec<String> {
        let config = self.config.as_ref().map(|file| format!(" --config {}", file.display()));
        let config = config.unwrap_or_default();
        let when = match due {
            Some(due) => {
                format!("by {} UTC, when the task finds something to do", time_of_day(due))
            }
            None => "at once: something is missing, or due".to_owned(),
        };
        let [begin, end] = match self.back {
            false => [
                match serving {
                    Some(address) => {
                        format!("leave `yzb serve` at work, which keeps them on {address}")
                    }
                    None => format!("start `yzb serve{config}` {when}"),
                },
                "stop the task when the service says that every app has both codes".to_owned(),
            ],
            true => [
                format!("start the task {when}"),
                "stop every `yzb serve` when the task has gone through its apps once".to_owned(),
            ],
        };
        if ground::can_overlap(shared) {
            return vec![begin, end];
        }
        // Both would issue.
        let first = if self.back { "stop every `yzb serve`" } else { "stop the task" };
        vec![first.to_owned(), begin]
    }
}

/// When the task, if it runs alone, first finds something to do, none if that is now; and the codes that
/// are there.
async fn what_is_there(shared: &Shared) -> (Option<UnixSeconds>, Vec<service::Held>) {
    let (mut first, mut held): (Option<UnixSeconds>, _) = (None, Vec::new());
    for slot in &shared.slots {
        let Ok(Sighting::Record(sighted)) = shared.store.sight(&slot.key).await else { continue };
        held.push(slot.held(sighted.stored.code.fingerprint()));
        let due = sighted.stored.expires_at.minus(Lifetime::from_secs(task::AHEAD));
        first = Some(first.map_or(due, |first| first.min(due)));
    }
    let all_there = held.len() == shared.slots.len();
    (first.filter(|due| all_there && *due > shared.now()), held)
}

fn code(exit: Option<Exit>) -> ExitCode {
    exit.map_or(ExitCode::SUCCESS, ExitCode::from)
}
