//! Many apps in one process: a registry of slots, and one keeper for all.

mod agenda;
mod builder;
mod keeper;
mod table;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use yzb_proto::Origin;

pub(super) use agenda::{Agenda, Tick, UNREGISTERED, UNSCHEDULED};
pub use builder::AppsBuilder;

use super::TokenCache;
use super::cell::Cell;
use super::setting::Setting;
use crate::sync::{Mutex, lock};
use crate::{Issuer, Lease, Monotonic, SlotKey};
use table::Table;

/// The caches of many apps, for one kind of code. Cloning shares it.
///
/// An app's cache is made when somebody asks for it, and costs some 300 bytes then. Apps that nobody
/// uses cost the others nothing. They are told apart by the whole [`SlotKey`], and have everything but
/// that and the issuer in common: the store, the policy, time, chance and the observer.
///
/// ```
/// # use yzb_cache::{Apps, Attempt, IssueError, Issued, Issuer, Kind, SlotKey};
/// # use yzb_proto::{AppId, AppSecret, Lifetime, Origin, ServerAccessToken};
/// # struct Fixed;
/// # impl Issuer for Fixed {
/// #     type Token = ServerAccessToken;
/// #     async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
/// #         let token = ServerAccessToken::new("5cc928").map_err(IssueError::fix_configuration)?;
/// #         Ok(Issued::new(token, Lifetime::DOCUMENTED))
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let apps = Apps::builder().build();
/// let platform = std::sync::Arc::new(Origin::production());
/// let secret = AppSecret::new("from-the-console")?.fingerprint();
/// let key = |id| Ok::<_, yzb_proto::InvalidValue>(
///     SlotKey::new(std::sync::Arc::clone(&platform), AppId::new(id)?, secret, Kind::ServerToken),
/// );
///
/// let lease = apps.cache(&key("100027")?, || Fixed).lease().await?;
/// assert_eq!(lease.token().expose_secret(), "5cc928");
///
/// // Who is there already is read without a handle, and without allocating.
/// assert_eq!(apps.read(&key("100027")?, |lease| lease.serial()), Some(1));
/// assert_eq!(apps.read(&key("100028")?, |lease| lease.serial()), None);
/// # Ok(())
/// # }
/// ```
///
/// Whoever uses one app again and again keeps its [`TokenCache`] or a [`Reader`](crate::Reader): that
/// saves the look-up, and the lock of a part of the registry that the look-up takes for a moment.
pub struct Apps<I: Issuer, S = ()> {
    registry: Arc<Registry<I, S>>,
}

/// An app that was removed from its registry, and whose waiters were not told yet: drop it.
#[must_use = "it may have work that others wait for until it is dropped"]
pub struct Taken<I: Issuer, S = ()> {
    registry: Arc<Registry<I, S>>,
    cell: Arc<Cell<I, S>>,
}

struct Registry<I: Issuer, S> {
    setting: Arc<Setting<I, S>>,
    agenda: Arc<Agenda<Cell<I, S>>>,
    table: Table<I, S>,
    /// The few platforms that keys name, so that a million keys share them.
    origins: Mutex<Vec<Arc<Origin>>>,
}

impl<I: Issuer> Apps<I> {
    /// Begins a registry.
    #[must_use]
    pub fn builder() -> AppsBuilder<I> {
        AppsBuilder::new()
    }
}

impl<I: Issuer, S> Apps<I, S> {
    fn new(mut setting: Setting<I, S>) -> Self {
        let agenda = Arc::new(Agenda::new(setting.careful_now().monotonic));
        setting.agenda = Some(Arc::clone(&agenda));
        let (setting, table, origins) = (Arc::new(setting), Table::new(), Mutex::default());
        let registry = Registry { setting, agenda, table, origins };
        Self { registry: Arc::new(registry) }
    }

    /// This app's cache. If there is none it is made, with what `issuer` returns; two who ask at once
    /// get the same. A keeper begins with it at once.
    pub fn cache(&self, key: &SlotKey, issuer: impl FnOnce() -> I) -> TokenCache<I, S> {
        if let Some(cache) = self.find(key) {
            return cache;
        }
        let registry = &*self.registry;
        let key = key.sharing(&mut lock(&registry.origins));
        // Made while nothing is locked: whoever made one in vain drops it.
        let made = Arc::new(Cell::new(Arc::clone(&registry.setting), key, issuer()));
        made.touch();
        let cell = registry.table.add(Arc::clone(&made));
        if Arc::ptr_eq(&cell, &made) {
            cell.reschedule();
        }
        TokenCache { cell }
    }

    /// This app's cache, if there is one.
    #[must_use]
    pub fn find(&self, key: &SlotKey) -> Option<TokenCache<I, S>> {
        let cell = self.registry.table.find(key, Arc::clone)?;
        cell.touch();
        Some(TokenCache { cell })
    }

    /// Reads what is held for this app in place, if it may be used now. It allocates nothing and
    /// counts no reference. If there is nothing, ask the cache's `lease()`.
    pub fn read<R>(&self, key: &SlotKey, read: impl FnOnce(&Lease<I::Token>) -> R) -> Option<R> {
        let now = self.registry.setting.now();
        let look = self.registry.table.find(key, |cell| {
            cell.touch_at(now.monotonic);
            cell.current.look()
        })?;
        // Nothing is locked while the caller reads.
        let lease = look.as_deref()?;
        if lease.is_live(now) { Some(read(lease)) } else { self.find(key)?.read(read) }
    }

    /// Removes an app; whether it was there. Who holds its cache may go on using it, but nobody keeps
    /// it fresh any more, and who asks for the app gets another.
    pub fn remove(&self, key: &SlotKey) -> bool {
        self.take(key).is_some()
    }

    /// Removes an app likewise, for who removes several under a lock of their own: nobody is told or
    /// woken before what this returns is dropped. Only then is a renewal given up that nobody goes on with.
    pub fn take(&self, key: &SlotKey) -> Option<Taken<I, S>> {
        let cell = self.registry.table.remove(key)?;
        cell.unregister();
        Some(Taken { registry: Arc::clone(&self.registry), cell })
    }

    /// Removes the apps whose cache nobody holds and that nobody asked the registry for in so long, to
    /// some seconds; how many. An app with a renewal under way, or for which it is too early for the
    /// next one, stays.
    ///
    /// It looks at all apps, in parts during which nobody gets at the apps of that part.
    pub fn drop_idle(&self, unused_for: Duration) -> usize {
        let now = self.registry.setting.careful_now();
        let taken = self.registry.table.take_if(|cell| cell.retire_if_idle(now, unused_for));
        let count = taken.len();
        for cell in taken {
            cell.give_up_unreachable();
        }
        self.registry.agenda.sweep(count);
        count
    }

    /// How many apps there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.registry.table.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When there will be something to do for some app, by the monotonic clock and to a quarter of a
    /// second; none if there is no app, or all that are to be renewed are just being renewed.
    ///
    /// It costs the same however many apps there are, but for those whose time has moved since it was
    /// last asked.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Monotonic> {
        let registry = &*self.registry;
        loop {
            let now = registry.setting.careful_now().monotonic;
            let first = registry.agenda.first()?;
            let (tick, cell) = registry.agenda.pop(first, 0)?;
            // It is put where it belongs; if that is where it was, it is the first.
            if cell.upgrade().is_some_and(|cell| cell.put_back(tick)) {
                return Some(registry.agenda.time(tick).max(now));
            }
        }
    }
}

impl<I: Issuer, S> Drop for Registry<I, S> {
    fn drop(&mut self) {
        for cell in self.table.take_if(|_| true) {
            cell.give_up_unreachable();
        }
    }
}

impl<I: Issuer, S> Drop for Taken<I, S> {
    fn drop(&mut self) {
        self.cell.pass_on();
        self.cell.give_up_unreachable();
        self.registry.agenda.sweep(1);
    }
}

impl<I: Issuer, S> fmt::Debug for Taken<I, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taken").field("key", &self.cell.key).finish_non_exhaustive()
    }
}

impl<I: Issuer, S> Clone for Apps<I, S> {
    fn clone(&self) -> Self {
        Self { registry: Arc::clone(&self.registry) }
    }
}

impl<I: Issuer, S> fmt::Debug for Apps<I, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Apps").field("len", &self.len()).finish_non_exhaustive()
    }
}
