//! The store: records as the published readers know them, and the turn to issue.

mod inner;

use core::fmt;
use std::sync::Arc;

use yzb_cache::{SlotKey, Store, StoreError, StoreErrorKind, Stored, Turn};
use yzb_proto::UnixSeconds;

use crate::connection::Link;
use crate::fence::Verdict;
use crate::keys::Keys;
use crate::turn::Held;
use crate::{Builder, InvalidSetting, Sighting, TimeToLive};

pub(crate) use inner::{Inner, Settings};

/// Codes in Redis, shared by every process that reads the published records. Cloning shares it, and
/// its connection.
///
/// ```
/// use yzb_store_redis::RedisStore;
///
/// // Nothing is connected before the first use, so this works while Redis is down.
/// let store = RedisStore::open("redis://yzb:from-the-operator@redis.example:6379/0")?;
/// assert!(!format!("{store:?}").contains("from-the-operator"));
/// # Ok::<(), yzb_store_redis::InvalidSetting>(())
/// ```
#[derive(Clone)]
pub struct RedisStore {
    inner: Arc<Inner>,
}

impl RedisStore {
    /// One server, with the defaults of [`Builder`]: `redis://user:password@host:port/database`,
    /// `rediss://` with TLS, or `redis+unix:///path?db=0&user=…&pass=…`.
    ///
    /// # Errors
    ///
    /// The URL is none of these. Whether somebody listens there is not asked.
    pub fn open(url: &str) -> Result<Self, InvalidSetting> {
        Self::builder().server(url).build()
    }

    /// Begins a store with all there is to say about it.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Waits until every turn that was dropped has been handed back, or cannot be; no longer than one
    /// answer may take. Call it last, before the runtime ends: the releases that are under way then end
    /// with it, and others would wait for their turns to expire.
    pub async fn released(&self) {
        self.inner.link.answered().await;
    }

    /// What is under the published key of this slot, whoever wrote it: for looking on. It only reads,
    /// and what a later [`save`](Store::save) may replace does not depend on it.
    ///
    /// # Errors
    ///
    /// Redis cannot be asked; the source is a [`Failure`](crate::Failure).
    pub async fn sight(&self, key: &SlotKey) -> Result<Sighting, StoreError> {
        self.inner.sight(key, &self.keys(key)?).await
    }

    /// How long Redis keeps the published record of this slot; none if there is none. It wants the
    /// permission `+pttl`.
    ///
    /// # Errors
    ///
    /// Redis cannot be asked, or this user may not ask that; the source is a
    /// [`Failure`](crate::Failure).
    pub async fn time_to_live(&self, key: &SlotKey) -> Result<Option<TimeToLive>, StoreError> {
        self.inner.time_to_live(&self.keys(key)?).await
    }

    /// Whether somebody wrote this slot's record under `ttype/…`, as one published README spells it: no
    /// client looks there. It wants the permissions `+exists` and `~ttype/*`.
    ///
    /// # Errors
    ///
    /// Redis cannot be asked, or this user may not ask that; the source is a
    /// [`Failure`](crate::Failure).
    pub async fn has_misspelt(&self, key: &SlotKey) -> Result<bool, StoreError> {
        self.inner.has_misspelt(&self.keys(key)?).await
    }

    pub(crate) fn new(link: Link, settings: Settings) -> Self {
        Self { inner: Arc::new(Inner::new(link, settings)) }
    }

    fn keys<'a>(&'a self, key: &'a SlotKey) -> Result<Keys<'a>, StoreError> {
        let keys = Keys::of(&self.inner.settings.prefix, key);
        keys.ok_or_else(|| StoreErrorKind::Other.into())
    }
}

impl Store for RedisStore {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        let (inner, keys) = (&self.inner, self.keys(key)?);
        // What is rare is boxed: this is done for each code again and again.
        match inner.look(key, &keys, &keys.published).await? {
            Some(known) if known.is_of(&keys.owner) => Ok(Some(known.stored)),
            Some(known) if !inner.is_over(&known) => {
                let aside = Box::pin(inner.look(key, &keys, &keys.aside())).await?;
                Ok(aside.map(|known| known.stored))
            }
            _ if inner.has_record(&keys.aside()) => Box::pin(inner.publish(key, &keys)).await,
            _ => Ok(None),
        }
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        let (inner, keys) = (&self.inner, self.keys(key)?);
        inner.link.confirm().await;
        let mut verdict = inner.write(key, &keys, &keys.published, record).await?;
        if verdict == Verdict::Others {
            verdict = inner.write(key, &keys, &keys.aside(), record).await?;
        }
        match verdict {
            Verdict::Write { .. } | Verdict::Kept => Ok(()),
            Verdict::Unreadable => Err(StoreErrorKind::Corrupt.into()),
            Verdict::Newer | Verdict::Others => Err(StoreErrorKind::Conflict.into()),
        }
    }

    async fn turn(&self, key: &SlotKey) -> Result<Turn, StoreError> {
        let keys = self.keys(key)?;
        self.inner.link.confirm().await;
        Ok(self.inner.take_turn(key, &keys.turn()).await?)
    }

    async fn extend_turn(&self, _: &SlotKey, turn: &Turn) -> Result<bool, StoreError> {
        match turn.guard::<Held>() {
            Some(held) => Ok(self.inner.extend_turn(held).await?),
            None => Ok(false),
        }
    }

    async fn time(&self) -> Result<Option<UnixSeconds>, StoreError> {
        Ok(Some(self.inner.time().await?))
    }

    fn abandon_turn(&self, turn: Turn) {
        if let Some(mut held) = turn.into_guard::<Held>() {
            held.is_left = true;
        }
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("name", &self.inner.settings.name)
            .field("key_prefix", &self.inner.settings.prefix)
            .finish_non_exhaustive()
    }
}
