//! Handing apps over between the published Python task and `yzb serve`: looking on, over, and back.
//!
//! Nothing is kept about it beside the records themselves: who wrote a record, and how long it lasts, is
//! all there is to know. So each command may be ended at any moment and run again.

mod platform;
mod shadow;
mod takeover;
mod task;
#[cfg(all(test, unix))]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use yzb::proto::WriterName;
use yzb::{AppSecret, Clock, Fingerprint, Kind, SharedStore, SlotKey, StoreError, UnixSeconds};
use yzb_store_redis::{Failure, RedisStore};

use crate::config::{App, Loaded, Origin};
use crate::doctor::service::Held;
use crate::environment::Environment;
use crate::exit::{Ended, Exit};
use crate::setup;

pub(crate) use shadow::Arguments as Shadow;
pub(crate) use takeover::Arguments as Takeover;

/// How long an answer of Redis is waited for: whoever runs this by hand has more time than a service.
const PATIENCE: Duration = Duration::from_secs(3);

/// The apps of a configuration, and the Redis in which the task keeps their codes too.
struct Shared {
    loaded: Loaded,
    store: RedisStore,
    /// The same, as apps use it.
    of_apps: SharedStore,
    clock: Arc<dyn Clock>,
    /// Token and ticket of each app, in the order in which the task renews them.
    slots: Vec<Slot>,
}

/// One code of one app.
#[derive(Clone)]
struct Slot {
    /// Which of the configured apps.
    app: usize,
    key: SlotKey,
}

impl Shared {
    /// Reads the configuration. Redis is not connected yet. `name` is what the records that are written
    /// say of their writer.
    ///
    /// # Errors
    ///
    /// It cannot be used, or keeps its codes in a folder.
    async fn open(
        config: Option<&Path>,
        environment: &Environment,
        clock: Arc<dyn Clock>,
        name: &str,
    ) -> anyhow::Result<Self> {
        let origin = Origin::find(config, environment);
        let unusable = |text: String| Ended::new(Exit::Configuration, text);
        let loaded = Loaded::load(&origin, environment).await;
        let loaded = loaded.map_err(|error| unusable(error.to_string()))?;
        let name = WriterName::new(name)?;
        let time = Arc::clone(&clock);
        let store = setup::open_redis(&loaded, |builder| {
            builder.clock(time).name(name).answer_timeout(PATIENCE)
        });
        let store = store.map_err(|error| unusable(format!("{error:#}")))?;
        let (of_apps, slots) = (SharedStore::new(store.clone()), slots(&loaded)?);
        Ok(Self { loaded, store, of_apps, clock, slots })
    }

    fn app(&self, slot: &Slot) -> Option<&App> {
        self.loaded.config.apps.get(slot.app)
    }

    fn now(&self) -> UnixSeconds {
        self.clock.now().wall
    }
}

impl Slot {
    /// This code of it, as a service may hold it.
    fn held(&self, code: Fingerprint) -> Held {
        (self.key.app_id().clone(), self.key.kind(), code)
    }

    /// `server-token of 100027`
    fn name(&self) -> String {
        format!("{} of {}", self.key.kind().name(), self.key.app_id())
    }
}

fn slots(loaded: &Loaded) -> anyhow::Result<Vec<Slot>> {
    let mut slots = Vec::with_capacity(loaded.config.apps.len() * 2);
    for (app, configured) in loaded.config.apps.iter().enumerate() {
        let secret = AppSecret::new(loaded.secret(&configured.secret))?.fingerprint();
        let origin = loaded.config.platform.origin.clone();
        let token = SlotKey::new(origin, configured.id.clone(), secret, Kind::ServerToken);
        let ticket = token.of_kind(Kind::JsTicket);
        slots.extend([token, ticket].map(|key| Slot { app, key }));
    }
    Ok(slots)
}

/// What Redis says to it, with the exit code that goes with it.
fn store_failed(error: &StoreError) -> Ended {
    let exit = match error.kind() {
        yzb::StoreErrorKind::Denied => Exit::Refused,
        _ => Exit::Later,
    };
    Ended::new(exit, store_words(error))
}

fn store_words(error: &StoreError) -> String {
    let source = std::error::Error::source(error);
    match source.and_then(|source| source.downcast_ref::<Failure>()) {
        Some(failure) => failure.to_string(),
        None => error.to_string(),
    }
}

/// The time of day, in UTC: `13:05:09`.
fn time_of_day(at: UnixSeconds) -> String {
    let seconds = at.as_secs() % 86_400;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `45 s`, `12 min`.
fn span_words(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        _ => format!("{} min", seconds / 60),
    }
}
