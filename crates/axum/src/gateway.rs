//! The apps that are served, which may change while they are.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use yzb::{App, AppId};

use crate::PageOrigins;
use crate::complaint::Desk;

/// The apps that routes answer for, by id. Cloning shares them; they can be added, replaced and
/// removed while the routes are served, and only the app in question is touched.
///
/// It keeps no codes fresh: spawn [`App::keep_fresh`] or [`yzb::Apps::keep_fresh`] for that.
#[derive(Clone, Default)]
pub struct Gateway(Arc<RwLock<Table>>);

type Table = Arc<BTreeMap<Box<str>, Arc<Entry>>>;

/// One app of a [`Gateway`], and what its configuration says of it.
#[derive(Clone, Debug)]
pub struct ServedApp {
    app: App,
    name: Option<Box<str>>,
    pages: PageOrigins,
}

/// An app as the routes see it.
pub(crate) struct Entry {
    pub(crate) served: ServedApp,
    pub(crate) desk: Desk,
}

impl ServedApp {
    /// This app, without a name, and with no page that may be signed.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { app, name: None, pages: PageOrigins::none() }
    }

    /// The same with a name, which the status page shows.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same; pages of these origins may be signed.
    #[must_use]
    pub fn pages(mut self, pages: PageOrigins) -> Self {
        self.pages = pages;
        self
    }

    /// The app.
    #[must_use]
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// Its name, if it has one.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The origins whose pages may be signed.
    #[must_use]
    pub const fn page_origins(&self) -> &PageOrigins {
        &self.pages
    }
}

impl Gateway {
    /// Serves no app yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves this app from now on; whether one of its id was served before.
    pub fn put(&self, served: ServedApp) -> bool {
        let entry = Entry::new(served);
        self.change(|apps| apps.insert(entry.id(), entry).is_some())
    }

    /// Serves no app of this id any more; whether one was. Requests under way end as they began.
    pub fn remove(&self, app_id: &AppId) -> bool {
        self.change(|apps| apps.remove(app_id.as_str()).is_some())
    }

    /// Serves these apps and no others, all at once. Of two with one id the last counts.
    pub fn replace_all(&self, served: impl IntoIterator<Item = ServedApp>) {
        let entries = served.into_iter().map(Entry::new);
        let table = entries.map(|entry| (entry.id(), entry)).collect();
        self.change(|apps| *apps = table);
    }

    /// The app of this id.
    #[must_use]
    pub fn app(&self, app_id: &str) -> Option<ServedApp> {
        self.entry(app_id).map(|entry| entry.served.clone())
    }

    /// All apps, in the order of their ids.
    #[must_use]
    pub fn apps(&self) -> Vec<ServedApp> {
        self.entries().values().map(|entry| entry.served.clone()).collect()
    }

    /// How many apps are served.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether none is served.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn entry(&self, app_id: &str) -> Option<Arc<Entry>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(app_id).cloned()
    }

    /// All of them as they are now.
    pub(crate) fn entries(&self) -> Table {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes a copy if somebody is just reading the table.
    fn change<R>(&self, change: impl FnOnce(&mut BTreeMap<Box<str>, Arc<Entry>>) -> R) -> R {
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut table))
    }
}

impl Entry {
    fn new(served: ServedApp) -> Arc<Self> {
        Arc::new(Self { served, desk: Desk::default() })
    }

    fn id(&self) -> Box<str> {
        self.served.app.app_id().as_str().into()
    }

    pub(crate) const fn app(&self) -> &App {
        &self.served.app
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("len", &self.len()).finish_non_exhaustive()
    }
}
