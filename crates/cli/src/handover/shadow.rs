//! `yzb shadow`: looks on while the published task works.

mod book;
mod ledger;
mod remark;
mod seen;
mod summary;

use std::io::{self, Write};
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use yzb::{Lifetime, StoreErrorKind, SystemClock, Timer, TokioTimer, UnixSeconds};
use yzb_store_redis::Sighting;

use super::platform::Platform;
use super::{Shared, Slot, store_failed, store_words, task};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::output::while_read;
use book::Rules;
use ledger::Ledger;
use remark::Remark;
use seen::Seen;

/// Looks on beside the published Python task, and tells what it does and what is wrong: late and early
/// renewals, moments without a valid record, records that stop it and the apps behind them. In the end it
/// says what `yzb serve` would have done.
///
/// It only reads the store, and without --ask asks the platform nothing: give it a Redis user who may
/// do nothing else. Codes are shown as fingerprints, times are UTC. Ctrl-C ends it.
///
/// Exit codes: 0 nothing was wrong; 1 something was; 2 wrong arguments; 3 the configuration cannot be
/// used; 4 Redis refuses to let it look; 5 Redis cannot be reached.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The configuration: the task's own file will do. Without it the one that the other commands take.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Look on for so long, such as `2h`, and not until Ctrl-C.
    #[arg(long = "for", value_name = "SPAN", value_parser = crate::config::span)]
    limit: Option<Duration>,

    /// Look once.
    #[arg(long, conflicts_with = "limit")]
    once: bool,

    /// Look so often.
    #[arg(long, value_name = "SPAN", default_value = "10s", value_parser = crate::config::span)]
    every: Duration,

    /// Ask the platform about each new code whether it is valid, which changes nothing.
    #[arg(long)]
    ask: bool,

    /// A JSON object a line: what is seen, and the summary last.
    #[arg(long)]
    json: bool,
}

/// So often it is looked for keys that are misspelt.
const STRAY_EVERY: u64 = 600;

/// No more often than this.
const MOST_OFTEN: Duration = Duration::from_millis(500);

impl Arguments {
    /// Looks on until it is told to stop.
    pub(crate) fn run(
        &self,
        environment: &Environment,
        output: impl Write,
    ) -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let clock = Arc::new(SystemClock::new());
            let config = self.config.as_deref();
            let shared = Shared::open(config, environment, clock, "yzb-shadow").await?;
            let platform =
                if self.ask { Some(Platform::open(&shared, environment)?) } else { None };
            let stop = crate::serve::stop_signal()?;
            self.watch(&shared, platform.as_ref(), &TokioTimer, stop, output).await
        })
    }

    /// The same with these means.
    pub(super) async fn watch(
        &self,
        shared: &Shared,
        platform: Option<&Platform>,
        timer: &impl Timer,
        stop: impl Future<Output = ()>,
        mut output: impl Write,
    ) -> anyhow::Result<ExitCode> {
        let mut stop = pin!(stop);
        let every = self.every.max(MOST_OFTEN);
        let ours = task::ours(&shared.loaded.config.policy);
        let rules = Rules::new(ours, every.as_secs());
        let mut eyes = Eyes::new(shared, platform);
        let mut ledger = Ledger::new(&shared.slots, rules);
        let begun = shared.now();
        // The first look may only have had no time to connect.
        let first = match eyes.look(&mut ledger).await {
            Err(_) => eyes.look(&mut ledger).await.map_err(|error| store_failed(&error))?,
            Ok(first) => first,
        };
        let mut still_read = self.tell(&first, &mut output)?;
        while still_read {
            let left = self.left(shared.now().since(begun));
            if left.is_zero() {
                break;
            }
            let next = timer.sleep(every.min(left));
            tokio::select! {
                biased;
                () = &mut stop => break,
                () = next => {}
            }
            let remarks = eyes.look_again(&mut ledger).await;
            still_read = self.tell(&remarks, &mut output)?;
        }
        let now = shared.now();
        ledger.close(now);
        let (seconds, summary) = (now.since(begun).as_secs(), &ledger.summary);
        let shown = match self.json {
            true => format!("{}\n", summary.json(seconds, ours)),
            false => format!("\n{}", summary.words(seconds, ours)),
        };
        while_read(output.write_all(shown.as_bytes()).and_then(|()| output.flush()))?;
        Ok(if summary.wrong() == 0 { ExitCode::SUCCESS } else { Exit::No.into() })
    }

    /// How long it goes on, after so long.
    fn left(&self, passed: Lifetime) -> Duration {
        match (self.once, self.limit) {
            (true, _) => Duration::ZERO,
            (false, None) => Duration::MAX,
            (false, Some(limit)) => limit.saturating_sub(passed.into()),
        }
    }

    /// Whether anybody still reads it.
    fn tell(&self, remarks: &[Remark], output: &mut impl Write) -> io::Result<bool> {
        for remark in remarks {
            let written = match self.json {
                true => writeln!(output, "{}", remark.json()),
                false => writeln!(output, "{remark}"),
            };
            match written.and_then(|()| output.flush()) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(false),
                written => written?,
            }
        }
        Ok(true)
    }
}

/// Looks, and asks further where there is news.
struct Eyes<'a> {
    shared: &'a Shared,
    platform: Option<&'a Platform>,
    /// Whether this user may ask how long Redis keeps a key.
    sees_expiry: bool,
    /// When it was last looked for misspelt keys.
    strays_at: Option<UnixSeconds>,
    strays: Vec<String>,
    is_cut_off: bool,
    /// It was told that the platform does not answer.
    is_unheard: bool,
}

impl<'a> Eyes<'a> {
    const fn new(shared: &'a Shared, platform: Option<&'a Platform>) -> Self {
        Self {
            shared,
            platform,
            sees_expiry: true,
            strays_at: None,
            strays: Vec::new(),
            is_cut_off: false,
            is_unheard: false,
        }
    }

    /// As [`look`](Self::look), where a failure is a remark, once.
    async fn look_again(&mut self, ledger: &mut Ledger) -> Vec<Remark> {
        match self.look(ledger).await {
            Ok(mut remarks) => {
                if std::mem::take(&mut self.is_cut_off) {
                    let text = "Redis answers again";
                    remarks.insert(0, Remark::note(self.shared.now(), "redis", text));
                }
                remarks
            }
            Err(_) if self.is_cut_off => Vec::new(),
            Err(error) => {
                self.is_cut_off = true;
                ledger.summary.unreachable += 1;
                vec![Remark::wrong(self.shared.now(), "redis", store_words(&error))]
            }
        }
    }

    /// One look at all records.
    async fn look(&mut self, ledger: &mut Ledger) -> Result<Vec<Remark>, yzb::StoreError> {
        let mut extra = Vec::new();
        let mut all = Vec::with_capacity(self.shared.slots.len());
        for (number, slot) in self.shared.slots.iter().enumerate() {
            let sighting = self.shared.store.sight(&slot.key).await?;
            let mut seen = Seen::of(&sighting);
            if ledger.is_news(number, &seen) {
                self.ask_further(slot, &sighting, &mut seen, &mut extra).await?;
            }
            all.push(seen);
        }
        let now = self.shared.now();
        let mut remarks = ledger.look(now, all);
        remarks.append(&mut extra);
        self.look_for_strays(now, ledger, &mut remarks).await?;
        Ok(remarks)
    }

    async fn ask_further(
        &mut self,
        slot: &Slot,
        sighting: &Sighting,
        seen: &mut Seen,
        extra: &mut Vec<Remark>,
    ) -> Result<(), yzb::StoreError> {
        let (Seen::Code(card), Sighting::Record(sighted)) = (seen, sighting) else { return Ok(()) };
        if self.sees_expiry {
            match self.shared.store.time_to_live(&slot.key).await {
                Ok(kept) => card.kept = kept,
                Err(error) if error.kind() == StoreErrorKind::Denied => {
                    self.sees_expiry = false;
                    let text =
                        "this Redis user may not ask for expiries (+pttl): they are not looked at";
                    extra.push(Remark::note(self.shared.now(), "unseen", text));
                }
                Err(error) => return Err(error),
            }
        }
        let Some(platform) = self.platform else { return Ok(()) };
        match platform.ask(self.shared, slot, &sighted.stored.code).await {
            Ok(opinion) => card.opinion = opinion,
            Err(_) if self.is_unheard => {}
            Err(error) => {
                self.is_unheard = true;
                let text = format!("the platform does not say whether codes are valid: {error}");
                extra.push(Remark::note(self.shared.now(), "unasked", text));
            }
        }
        Ok(())
    }

    async fn look_for_strays(
        &mut self,
        now: UnixSeconds,
        ledger: &mut Ledger,
        remarks: &mut Vec<Remark>,
    ) -> Result<(), yzb::StoreError> {
        if self.strays_at.is_some_and(|at| now.since(at).as_secs() < STRAY_EVERY) {
            return Ok(());
        }
        self.strays_at = Some(now);
        for slot in &self.shared.slots {
            match self.shared.store.has_misspelt(&slot.key).await {
                Ok(true) if !self.strays.contains(&slot.name()) => {
                    self.strays.push(slot.name());
                    ledger.summary.stray += 1;
                    let text = "somebody writes it under `ttype/…`, where no client looks";
                    let remark = Remark::wrong(now, "stray", text);
                    remarks.push(Remark { of: Some(slot.name()), ..remark });
                }
                Ok(_) => {}
                // It need not be allowed to.
                Err(error) if error.kind() == StoreErrorKind::Denied => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
