//! The commands that ask the platform: what they have in common.
//!
//! They use the codes that are in the store, so that a service beside them goes on with the code it
//! has. One is issued only where there is none, or the one there is is due.

mod check;
mod codes;
mod login;
mod sign;
mod user;
mod users;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use yzb::cache::{LeaseError, LeaseErrorKind};
use yzb::{App, Error, Retry, SharedStore, StoreError, StoreErrorKind, UnixSeconds};

use crate::config::{Loaded, Origin};
use crate::environment::Environment;
use crate::exit::{Ended, Exit};
use crate::output::while_read;
use crate::setup;

pub(crate) use check::Arguments as Check;
pub(crate) use codes::Arguments as Codes;
pub(crate) use login::Arguments as Login;
pub(crate) use sign::run as sign;
pub(crate) use user::Arguments as User;
pub(crate) use users::Arguments as Users;

/// Which app, and how the answer is written.
#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// The configuration. Without it: the file that YZB_CONFIG names, else config.yaml here, else
    /// YZB_APP_ID, YZB_APP_SECRET, YZB_REDIS_URL or YZB_STATE_DIRECTORY, YZB_PROXY, YZB_ORIGIN.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The app, where the configuration has several.
    #[arg(long, value_name = "APP_ID")]
    app: Option<String>,

    /// JSON, for programs.
    #[arg(long)]
    json: bool,
}

/// An app that can be asked.
struct Opened {
    app: App,
    store: SharedStore,
}

/// How long the store may take for its last words, which it sends by itself.
const LAST_WORDS: Duration = Duration::from_millis(50);

impl Which {
    /// Sets the app up.
    async fn open(&self, environment: &Environment) -> anyhow::Result<Opened> {
        let origin = Origin::find(self.config.as_deref(), environment);
        let loaded = Loaded::load(&origin, environment).await;
        let loaded = loaded.map_err(|error| Ended::new(Exit::Configuration, error))?;
        let configured = self.choose(&loaded)?;
        let unusable = |error: anyhow::Error| Ended::new(Exit::Configuration, format!("{error:#}"));
        let store = setup::open_store(&loaded, |builder| builder).map_err(unusable)?;
        let http = setup::http(&loaded, environment).map_err(|error| unusable(error.into()))?;
        let app = App::builder(configured.id.as_str(), loaded.secret(&configured.secret))
            .origin(loaded.config.platform.origin.clone())
            .policy(loaded.config.policy.clone())
            .store(store.clone())
            .transport(yzb::transport::Retry::new(http))
            .build()?;
        Ok(Opened { app, store })
    }

    fn choose<'a>(&self, loaded: &'a Loaded) -> Result<&'a crate::config::App, Ended> {
        let apps = &loaded.config.apps;
        let ids = || apps.iter().map(|app| app.id.as_str()).collect::<Vec<_>>().join(", ");
        match (&self.app, apps.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => {
                let text = format!("there are several apps: say which by --app ({})", ids());
                Err(Ended::new(Exit::Configuration, text))
            }
            (Some(id), apps) => apps.iter().find(|app| app.id.as_str() == id).ok_or_else(|| {
                let text = format!("the configuration has no such app; it has {}", ids());
                Ended::new(Exit::Configuration, text)
            }),
        }
    }

    /// Writes an answer: for people as it is, for programs as JSON.
    fn write(&self, mut output: impl Write, text: &str, json: &Value) -> anyhow::Result<()> {
        let written = if self.json {
            writeln!(output, "{json}")
        } else {
            writeln!(output, "{}", text.trim_end())
        };
        Ok(while_read(written)?)
    }
}

/// Runs a command to its end.
pub(crate) fn run<F>(work: F) -> anyhow::Result<ExitCode>
where
    F: Future<Output = anyhow::Result<ExitCode>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let outcome = work.await;
        // A turn to issue that was taken is handed back by a task of the store's.
        tokio::time::sleep(LAST_WORDS).await;
        outcome
    })
}

/// An error of the platform's or of the way there, with the exit code that goes with it.
fn failed(error: Error) -> anyhow::Error {
    let exit = match error.retry() {
        Retry::Later(_) => Exit::Later,
        _ => Exit::Refused,
    };
    match error.lease().map(LeaseError::kind) {
        Some(LeaseErrorKind::Store(cause)) => store_failed(error.to_string(), cause),
        _ => Ended::new(exit, error).into(),
    }
}

/// The same where it was the store: a password that is wrong is so the next time, too.
fn store_failed(text: String, cause: &StoreError) -> anyhow::Error {
    let exit = if cause.kind() == StoreErrorKind::Denied { Exit::Refused } else { Exit::Later };
    // What the store itself says has the remedy.
    let text = match std::error::Error::source(cause) {
        Some(source) => format!("{text}: {source}"),
        None => text,
    };
    Ended::new(exit, text).into()
}

/// `2026-11-25 13:00:00 UTC`, and how far that is.
pub(crate) fn moment(at: UnixSeconds, now: UnixSeconds) -> String {
    // Beyond the year 9999 it has no such form.
    let most = 253_402_300_799;
    let date = UNIX_EPOCH + Duration::from_secs(at.as_secs().min(most));
    let date = httpdate::fmt_http_date(date);
    let left = at.since(now).as_secs();
    match left {
        0 => format!("{date}, which is over"),
        1..120 => format!("{date}, in {left} s"),
        _ => format!("{date}, in {} min", left / 60),
    }
}

/// The same for programs.
fn moment_json(at: UnixSeconds) -> Value {
    json!(at.as_secs())
}

/// A text from the platform, without what would move a terminal's cursor.
fn printable(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect()
}
