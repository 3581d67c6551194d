//! `yzb serve`: the token service.

#[cfg(test)]
mod day;
mod descriptors;
mod following;
mod heirs;
mod http;
mod keeping;
mod loading;
mod logs;
mod metrics;
mod notify;
mod signals;
mod watching;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use yzb::{Clock as _, SystemClock};
use yzb_axum::{Gateway, Recorder};

use crate::config::{Loaded, Origin, Unusable};
use crate::environment::Environment;
use crate::exit::{Ended, Exit};
use http::{Bound, Http};
use keeping::Keeping;
use metrics::Metrics;
use notify::Manager;
use signals::{Signal, Signals};
use watching::Watching;

/// Keeps server token and ticket of every configured app fresh in the store, and answers for them
/// over HTTP, until it is told to stop.
///
/// Without --config, the file is the one that YZB_CONFIG names, else config.yaml here. Who may ask
/// over HTTP, and where, is in its group `service`. The log goes to standard error.
///
/// SIGHUP: the configuration is read again. Apps are added and removed, secrets and everything else
/// changed but `service` and `log`, which want a restart. A code that works is kept. If there is an
/// error in the file, everything stays as it was, and the log says what is wrong.
///
/// SIGTERM, SIGINT: nothing is begun any more, and what is under way may end within 30 s. A second
/// one does not wait.
///
/// Exit codes: 0 it was told to stop, and everything was finished; 1 it failed while it ran; 2 wrong
/// arguments; 3 the configuration cannot be used; 4 it cannot begin: an address is taken, or the
/// store's folder is not usable; 5 it was told to stop, and something under way was cut off.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The configuration.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How long what is under way may take to end.
const DEADLINE: Duration = Duration::from_secs(30);

/// How often it is looked how many apps are ready.
const LOOK: Duration = Duration::from_secs(1);

/// The same once all are: of a thousand idle apps a look each second was two fifths of the work.
const LOOK_AT_REST: Duration = Duration::from_secs(10);

/// How many events of each app the status page shows.
const EVENTS: usize = 20;

/// More threads than this have nothing to do: it waits for others most of the time.
const MOST_THREADS: usize = 4;

/// Ends when this process is told to stop: for the other commands that go on until then.
///
/// # Errors
///
/// The system does not let signals be listened for.
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut signals = Signals::listen()?;
    Ok(async move { while signals.next().await == Signal::Reload {} })
}

/// Serves until a signal ends it.
pub(crate) fn run(arguments: &Arguments, environment: &Environment) -> anyhow::Result<ExitCode> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    let origin = Origin::find(arguments.config.as_deref(), environment);
    let exit = runtime.block_on(serve(origin, Arc::new(environment.clone())));
    runtime.shutdown_background();
    exit
}

async fn serve(origin: Origin, environment: Arc<Environment>) -> anyhow::Result<ExitCode> {
    // Listened for before anybody is told that we are there.
    let mut signals = Signals::listen()?;
    let Some(loaded) = loading::first(&origin, &environment, &mut signals).await else {
        return Ok(ExitCode::SUCCESS);
    };
    let loaded = loaded.map_err(|error| Ended::new(Exit::Configuration, error))?;
    let _written = logs::begin(loaded.config.log, io::stderr().is_terminal())?;
    loading::warn(&loaded);
    let mut running = Running::begin(origin, loaded, environment).await?;
    let failure = running.until_stopped(&mut signals).await;
    let exit = running.finish(&mut signals).await;
    match failure {
        Some(what) => Err(Ended::new(Exit::No, format!("it failed while it ran: {what}")).into()),
        None => Ok(exit),
    }
}

/// The service at work.
struct Running {
    origin: Origin,
    environment: Arc<Environment>,
    loaded: Loaded,
    watching: Watching,
    gateway: Gateway,
    keeping: Keeping,
    http: Http,
    manager: Manager,
    /// A configuration that is being read.
    loading: Option<JoinHandle<Result<Loaded, Unusable>>>,
    /// How many apps there were when it was last told, and how many of them were ready.
    told: Option<(usize, usize)>,
}

impl Running {
    async fn begin(
        origin: Origin,
        loaded: Loaded,
        environment: Arc<Environment>,
    ) -> anyhow::Result<Self> {
        let recorder = Recorder::new(SystemClock::new(), EVENTS);
        let watching = Watching { metrics: Metrics::new(), recorder };
        let gateway = Gateway::new();
        let cannot = |error: anyhow::Error| Ended::new(Exit::Refused, format!("{error:#}"));
        // First the addresses: whoever cannot listen must not have issued anything.
        let bound = Bound::bind(&loaded).await.map_err(cannot)?;
        let addresses = bound.addresses.join(", ");
        let keeping = Keeping::begin(&loaded, &environment, &watching, &gateway).map_err(cannot)?;
        let http = Http::begin(bound, &loaded, &watching, &gateway).map_err(cannot)?;
        let manager = Manager::of(&environment);
        let apps = loaded.config.apps.len();
        let platform = loaded.config.platform.origin.to_string();
        tracing::info!(apps, addresses, platform, config = loaded.name, "serving");
        manager.ready(&format!("serving {apps} apps"));
        let (loading, told) = (None, None);
        Ok(Self {
            origin,
            environment,
            loaded,
            watching,
            gateway,
            keeping,
            http,
            manager,
            loading,
            told,
        })
    }

    /// Serves until a signal says not to; why it cannot go on, if that is what ends it.
    async fn until_stopped(&mut self, signals: &mut Signals) -> Option<String> {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut beats = self.manager.beats();
        loop {
            tokio::select! {
                signal = signals.next() => match signal {
                    Signal::Reload => self.reload(),
                    Signal::Stop(name) => {
                        tracing::info!(signal = name, "stopping");
                        return None;
                    }
                },
                loaded = loading::read(&mut self.loading) => {
                    self.take_over(loaded);
                    looks.reset_immediately();
                }
                _ = looks.tick() => {
                    let all_ready = self.look();
                    looks.reset_after(if all_ready { LOOK_AT_REST } else { LOOK });
                }
                _ = beats.tick() => self.beat(),
                failure = self.http.failed() => {
                    tracing::error!(error = failure, "an address is no longer served");
                    return Some(failure);
                }
            }
        }
    }

    /// By a worker, so that the manager hears nothing where this task lives and all of them hang.
    fn beat(&self) {
        let manager = self.manager.clone();
        tokio::spawn(async move { manager.alive() });
    }

    fn reload(&mut self) {
        self.manager.reloading(SystemClock::new().now().monotonic.since(yzb::Monotonic::default()));
        let (origin, environment) = (self.origin.clone(), Arc::clone(&self.environment));
        // Aside, because the commands that some secrets come from take their time.
        let loading = tokio::spawn(async move { loading::again(&origin, &environment).await });
        if let Some(earlier) = self.loading.replace(loading) {
            earlier.abort();
        }
    }

    fn take_over(&mut self, loaded: Result<Loaded, Unusable>) {
        let outcome = loaded.map_err(anyhow::Error::from).and_then(|new| {
            let Self { keeping, loaded, environment, watching, gateway, .. } = self;
            let changes = keeping.change(loaded, &new, environment, watching, gateway)?;
            Ok((new, changes))
        });
        match outcome {
            Ok((new, changes)) => {
                loading::warn(&new);
                if new.fixed() != self.loaded.fixed() {
                    tracing::warn!(
                        "the groups `service` and `log` are others: they want a restart"
                    );
                }
                self.loaded = new;
                self.watching.metrics.reload("done");
                tracing::info!(?changes, "the configuration was read again");
            }
            Err(error) => {
                self.watching.metrics.reload("refused");
                let problem = format!("{error:#}");
                tracing::error!(
                    problem,
                    "the configuration was read again and cannot be used: everything stays as it was"
                );
            }
        }
        self.told = None;
        self.manager.ready(&self.status());
    }

    /// Tells how many apps are ready, if that has changed; whether all are.
    fn look(&mut self) -> bool {
        let now = self.keeping.ready();
        let (apps, ready) = now;
        if self.told == Some(now) {
            return ready == apps;
        }
        self.told = Some(now);
        if ready == apps {
            tracing::info!(apps, ready, "every app has both codes");
        } else {
            tracing::info!(apps, ready, "some apps lack a code");
        }
        self.manager.status(&self.status());
        ready == apps
    }

    fn status(&self) -> String {
        let (apps, ready) = self.keeping.ready();
        format!("{ready} of {apps} apps have both codes")
    }

    async fn finish(self, signals: &mut Signals) -> ExitCode {
        let Self { http, keeping, manager, loading, .. } = self;
        manager.stopping();
        if let Some(loading) = loading {
            loading.abort();
        }
        let ending = async { tokio::join!(http.finish(), keeping.finish(DEADLINE)) };
        let mut beats = manager.beats();
        let hurry = async {
            loop {
                tokio::select! {
                    signal = signals.next() => if signal != Signal::Reload { return },
                    // The deadline is longer than some watchdogs wait.
                    _ = beats.tick() => manager.alive(),
                }
            }
        };
        // A little more than each has by itself.
        let in_time = async { timeout(DEADLINE + LOOK, ending).await.ok() };
        let ended = tokio::select! {
            ended = in_time => ended,
            () = hurry => None,
        };
        match ended {
            Some((0, 0)) => {
                tracing::info!("stopped, and everything was finished");
                ExitCode::SUCCESS
            }
            ended => {
                let (requests, renewals) = ended.unwrap_or_default();
                tracing::warn!(requests, renewals, "stopped, and something was cut off");
                ExitCode::from(Exit::Later)
            }
        }
    }
}
