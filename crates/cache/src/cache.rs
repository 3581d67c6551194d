//! A code that is always at hand: one slot, its driver, and its readers.

mod apps;
mod builder;
mod cell;
mod changes;
mod flight;
mod keeper;
mod leader;
mod reader;
mod room;
mod setting;
mod waiting;

use std::fmt;
use std::sync::Arc;

pub use apps::{Apps, AppsBuilder, Taken};
pub use builder::Builder;
pub use changes::Changes;
pub use reader::Reader;

use crate::{Issuer, Lease, LeaseError, MemoryStore, Monotonic, Now, SlotKey, Store};
use cell::Cell;
use waiting::{Role, Waiting};

/// One code of one app, kept fresh. Cloning shares it.
///
/// ```
/// # use yzb_cache::{Attempt, IssueError, Issued, Issuer, Kind, SlotKey, TokenCache};
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
/// let (app_id, secret) = (AppId::new("100027")?, AppSecret::new("from-the-console")?);
/// let key = SlotKey::new(Origin::production(), app_id, secret.fingerprint(), Kind::ServerToken);
/// let cache = TokenCache::builder(key, Fixed).build();
///
/// let lease = cache.lease().await?;
/// assert_eq!(lease.token().expose_secret(), "5cc928");
///
/// // The platform answered 4102: drop that code, get another, try once more.
/// assert!(cache.invalidate(&lease));
/// # Ok(())
/// # }
/// ```
///
/// To have no caller wait for renewals, spawn [`keep_fresh`](Self::keep_fresh). Without it the first
/// caller who finds the code due renews it, and the others are served at once.
///
/// A `lease()` that waits may be dropped at any time: the renewal it led is taken over by somebody
/// who waits, or by the next who asks. But one that was polled and is then neither polled again nor
/// dropped holds up those who wait for it, as with any lock.
pub struct TokenCache<I: Issuer, S = MemoryStore> {
    cell: Arc<Cell<I, S>>,
}

impl<I: Issuer> TokenCache<I> {
    /// Begins a cache for this slot. Nothing is asked for before somebody asks.
    pub fn builder(key: SlotKey, issuer: I) -> Builder<I> {
        Builder::new(key, issuer)
    }
}

impl<I: Issuer, S> TokenCache<I, S> {
    /// What is held, if it may be used now. It waits for nothing and renews nothing.
    #[must_use]
    pub fn peek(&self) -> Option<Arc<Lease<I::Token>>> {
        self.cell.live(Arc::clone)
    }

    /// Reads what is held in place, if it may be used now: the quickest way that needs no handle.
    pub fn read<R>(&self, read: impl FnOnce(&Lease<I::Token>) -> R) -> Option<R> {
        self.cell.live(|lease| read(lease))
    }

    /// The platform refused the code of this lease (4102): it is not handed out again. True if it
    /// was the one that is held; a complaint about an older one does nothing. Ask for another lease
    /// then, and try once more, not more often.
    pub fn invalidate(&self, lease: &Lease<I::Token>) -> bool {
        let was_held = self.cell.with(|state, now| state.slot.invalidate(lease, now));
        if was_held {
            self.cell.kick();
        }
        was_held
    }

    /// When there will be something to do, by the monotonic clock; none while a renewal runs.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Monotonic> {
        self.cell.with(|state, now| state.slot.next_deadline(now))
    }

    /// What time it is, as far as this knows.
    pub(crate) fn now(&self) -> Now {
        self.cell.setting.careful_now()
    }

    /// Whose code this is.
    #[must_use]
    pub fn key(&self) -> &SlotKey {
        &self.cell.key
    }
}

impl<I: Issuer + 'static, S: Store + 'static> TokenCache<I, S> {
    /// A code that may be used now. A fresh one is returned without waiting, allocating or locking.
    ///
    /// # Errors
    ///
    /// There is none, and the renewal that this waited for failed, or it is too early for another.
    pub async fn lease(&self) -> Result<Arc<Lease<I::Token>>, LeaseError> {
        if let Some(lease) = self.cell.owned(Lease::is_fresh) {
            return Ok(lease);
        }
        Waiting::new(&self.cell, Role::Caller).await
    }

    /// A handle for one thread or connection, which reads more quickly still.
    #[must_use]
    pub fn reader(&self) -> Reader<I::Token> {
        let cell = Arc::clone(&self.cell);
        Reader::new(cell, Arc::clone(&self.cell.setting.clock))
    }

    /// Follows what is held: the newest lease, or none after it was refused.
    #[must_use]
    pub fn subscribe(&self) -> Changes<I::Token> {
        let cell = Arc::clone(&self.cell);
        Changes::new(cell)
    }
}

impl<I: Issuer, S> Clone for TokenCache<I, S> {
    fn clone(&self) -> Self {
        Self { cell: Arc::clone(&self.cell) }
    }
}

impl<I: Issuer, S> Drop for TokenCache<I, S> {
    fn drop(&mut self) {
        if Arc::strong_count(&self.cell) <= 2 {
            self.cell.give_up_unreachable();
        }
    }
}

impl<I: Issuer, S> fmt::Debug for TokenCache<I, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").field("key", &self.cell.key).finish_non_exhaustive()
    }
}
