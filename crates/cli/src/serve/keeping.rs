//! The apps that are kept fresh, and how they change while they are.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use yzb::transport::Retry;
use yzb::{App, AppId, AppSecret, Apps, AppsBuilder, Kind, SharedStore, SlotKey, Transport};
use yzb_axum::{Gateway, PageOrigins, ServedApp};

use super::following::{follow, let_end};
use super::heirs::Heirs;
use super::watching::{self, Counted, Watching};
use crate::config::Loaded;
use crate::environment::Environment;
use crate::setup;

/// How many renewals of each kind of code are under way at once. What takes long makes room.
const AT_MOST: usize = 64;

/// How long the last words to the store may take, which it sends by itself.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// Apps that are kept fresh by one configuration.
pub(super) struct Keeping {
    apps: Apps,
    store: Heirs,
    keeper: JoinHandle<()>,
    known: BTreeMap<AppId, (AppSecret, App)>,
    /// What is still under way for apps that are gone.
    leaving: Vec<JoinHandle<()>>,
}

/// What changed when the configuration was read again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) added: usize,
    pub(super) removed: usize,
    pub(super) secrets: usize,
    /// Platform, store or policy are others, so that all apps stand on new ground.
    pub(super) ground: bool,
}

impl Keeping {
    /// Begins to keep all apps of a configuration fresh, and serves them.
    ///
    /// # Errors
    ///
    /// The store or the transport cannot be set up.
    pub(super) fn begin(
        loaded: &Loaded,
        environment: &Environment,
        watching: &Watching,
        gateway: &Gateway,
    ) -> anyhow::Result<Self> {
        Self::set_up(loaded, environment, watching)?.start(loaded, gateway)
    }

    fn start(mut self, loaded: &Loaded, gateway: &Gateway) -> anyhow::Result<Self> {
        self.take_up(loaded, None)?;
        self.serve(loaded, gateway)?;
        self.keep();
        Ok(self)
    }

    fn set_up(
        loaded: &Loaded,
        environment: &Environment,
        watching: &Watching,
    ) -> anyhow::Result<Self> {
        let metrics = watching.metrics.clone();
        let store = setup::open_store(loaded, |builder| {
            builder
                .watch(move |event: &yzb_store_redis::Event<'_>| watching::redis(&metrics, event))
        })?;
        let http = setup::http(loaded, environment).context("the platform cannot be reached so")?;
        Self::over(store, http, Apps::builder(), loaded, watching)
    }

    /// No app yet, on this store and by this way to the platform.
    fn over(
        store: SharedStore,
        http: impl Transport + 'static,
        apps: AppsBuilder,
        loaded: &Loaded,
        watching: &Watching,
    ) -> anyhow::Result<Self> {
        let store = Heirs::new(store);
        let apps = apps
            .origin(loaded.config.platform.origin.clone())
            .policy(loaded.config.policy.clone())
            .store(store.clone())
            .observer(watching.clone())
            .transport(Retry::new(Counted::new(http, watching.metrics.clone())))
            .build()?;
        let keeper = tokio::spawn(async {});
        Ok(Self { apps, store, keeper, known: BTreeMap::new(), leaving: Vec::new() })
    }

    /// The same with a store, a way to the platform, a time and a chance that a test hands in.
    #[cfg(test)]
    pub(super) fn begin_with(
        store: SharedStore,
        http: impl Transport + 'static,
        apps: AppsBuilder,
        loaded: &Loaded,
        (watching, gateway): (&Watching, &Gateway),
    ) -> anyhow::Result<Self> {
        Self::over(store, http, apps, loaded, watching)?.start(loaded, gateway)
    }

    /// Takes over what a configuration says that was read again. What it does not change goes on as
    /// if nothing had been.
    ///
    /// # Errors
    ///
    /// The new one cannot be set up; then everything stays as it was.
    pub(super) fn change(
        &mut self,
        old: &Loaded,
        new: &Loaded,
        environment: &Environment,
        watching: &Watching,
        gateway: &Gateway,
    ) -> anyhow::Result<Changes> {
        if old.ground() == new.ground() {
            let before = self.apps();
            let changes = self.take_up(new, None)?;
            self.serve(new, gateway)?;
            forget_others(&before, &self.known, watching);
            return Ok(changes);
        }
        let mut other = Self::set_up(new, environment, watching)?;
        // Codes of another platform are none of this one.
        let heritage = (old.config.platform.origin == new.config.platform.origin).then_some(&*self);
        let mut changes = other.take_up(new, heritage)?;
        changes.ground = true;
        changes.removed =
            self.known.keys().filter(|app_id| !other.known.contains_key(*app_id)).count();
        changes.added =
            other.known.keys().filter(|app_id| !self.known.contains_key(*app_id)).count();
        other.serve(new, gateway)?;
        other.keep();
        let before = std::mem::replace(self, other);
        forget_others(&before.apps(), &self.known, watching);
        // What is under way there may have an effect at the platform.
        let leaving = async move { _ = before.finish(super::DEADLINE).await };
        self.leaving.push(tokio::spawn(leaving));
        Ok(changes)
    }

    /// Makes the apps that are new, and lets go of those that are gone.
    fn take_up(&mut self, loaded: &Loaded, heritage: Option<&Self>) -> anyhow::Result<Changes> {
        self.leaving.retain(|task| !task.is_finished());
        let mut changes = Changes::default();
        let mut known = BTreeMap::new();
        for configured in &loaded.config.apps {
            let secret = AppSecret::new(loaded.secret(&configured.secret))?;
            known.insert(configured.id.clone(), secret);
        }
        let gone: Vec<_> =
            self.known.keys().filter(|app_id| !known.contains_key(*app_id)).cloned().collect();
        for app_id in gone {
            if let Some((secret, app)) = self.known.remove(&app_id) {
                self.leaving.extend(let_end(&app));
                self.apps.remove(&app_id, &secret);
                self.store.forget(keys(app.server_tokens().key()));
                changes.removed += 1;
            }
        }
        for (app_id, secret) in known {
            let new = SlotKey::new(
                loaded.config.platform.origin.clone(),
                app_id.clone(),
                secret.fingerprint(),
                Kind::ServerToken,
            );
            let before = self.known.get(&app_id).map(|(secret, app)| (secret.clone(), app.clone()));
            match before {
                Some((_, app)) if *app.server_tokens().key() == new => continue,
                Some((old, app)) => {
                    self.store.bequeath(&app, keys(&new));
                    self.leaving.extend(let_end(&app));
                    self.apps.remove(&app_id, &old);
                    changes.secrets += 1;
                }
                None => {
                    if let Some((_, app)) = heritage.and_then(|before| before.known.get(&app_id)) {
                        self.store.bequeath(app, keys(&new));
                    }
                    changes.added += 1;
                }
            }
            let app = self.apps.app(&app_id, &secret);
            self.known.insert(app_id, (secret, app));
        }
        Ok(changes)
    }

    /// Answers for these apps and no others over HTTP.
    fn serve(&self, loaded: &Loaded, gateway: &Gateway) -> anyhow::Result<()> {
        let mut served = Vec::with_capacity(self.known.len());
        for configured in &loaded.config.apps {
            let Some((_, app)) = self.known.get(&configured.id) else { continue };
            let pages = PageOrigins::parse(&configured.page_origins)?;
            let mut entry = ServedApp::new(app.clone()).pages(pages);
            if let Some(name) = &configured.name {
                entry = entry.name(name);
            }
            served.push(entry);
        }
        gateway.replace_all(served);
        Ok(())
    }

    fn keep(&mut self) {
        let keeping = self.apps.keep_fresh(AT_MOST);
        self.keeper = tokio::spawn(async move {
            keeping.await;
        });
    }

    /// How many apps there are, and how many of them have both codes at hand.
    pub(super) fn ready(&self) -> (usize, usize) {
        let is_ready =
            |app: &App| app.server_tokens().peek().is_some() && app.tickets().peek().is_some();
        let ready = self.known.values().filter(|(_, app)| is_ready(app)).count();
        (self.known.len(), ready)
    }

    fn apps(&self) -> Vec<App> {
        self.known.values().map(|(_, app)| app.clone()).collect()
    }

    /// Begins nothing any more, and waits for what is under way; how many renewals that was given
    /// up on.
    pub(super) async fn finish(self, deadline: Duration) -> usize {
        let (begun, mut beginning) = mpsc::channel::<()>(1);
        let mut under_way = Vec::new();
        for (_, app) in self.known.values() {
            under_way.extend(follow(app.server_tokens(), &begun));
            under_way.extend(follow(app.tickets(), &begun));
        }
        drop(begun);
        // Each is in somebody's hands before the keeper lets go: what nobody waits for is given up.
        let _ = beginning.recv().await;
        self.keeper.abort();
        under_way.extend(self.leaving);
        let mut time = pin!(sleep(deadline));
        let mut given_up = 0;
        for mut task in under_way {
            tokio::select! {
                biased;
                _ = &mut task => {}
                () = &mut time => {
                    task.abort();
                    given_up += 1;
                }
            }
        }
        sleep(LAST_WORDS).await;
        given_up
    }
}

/// The keys of both codes.
fn keys(of_token: &SlotKey) -> [SlotKey; 2] {
    [of_token.clone(), of_token.of_kind(Kind::JsTicket)]
}

/// Forgets what was remembered of apps that are gone. After a change of the secret it is another app.
fn forget_others(before: &[App], known: &BTreeMap<AppId, (AppSecret, App)>, watching: &Watching) {
    for app in before {
        let now = known.get(app.app_id()).map(|(_, now)| now.server_tokens().key());
        if now != Some(app.server_tokens().key()) {
            watching.recorder.forget(app);
        }
        if now.is_none() {
            watching.metrics.forget(app.app_id());
        }
    }
}
