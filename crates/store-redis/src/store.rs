//! The store: records as the published readers know them, and the turn to issue.

use core::fmt;
use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::Value;
use tokio::runtime::Handle;
use yzb_cache::{Clock, Kind, SlotKey, Store, StoreError, StoreErrorKind, Stored, Turn};
use yzb_proto::WriterName;

use crate::connection::Link;
use crate::fence::{Verdict, Writer, judge};
use crate::keys::Keys;
use crate::record::{self, Known, Seen, What};
use crate::turn::{Held, Turns};
use crate::{Builder, Event, Failure, InvalidSetting, Problem, Watch, script};

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

pub(crate) struct Inner {
    pub(crate) link: Link,
    pub(crate) turns: Mutex<Turns>,
    seen: Mutex<HashMap<String, Seen>>,
    settings: Settings,
}

/// What a store is told once.
pub(crate) struct Settings {
    pub(crate) prefix: String,
    pub(crate) name: WriterName,
    pub(crate) lease: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) watch: Arc<dyn Watch>,
    pub(crate) random: Arc<dyn Fn() -> u64 + Send + Sync>,
}

/// How often a record may change under the hands of a writer before it gives up.
const TRIES: usize = 4;

/// A turn that was handed back is under way for a moment, on another connection than the question for
/// it. So nobody is told that it is taken who has not asked twice.
const ON_ITS_WAY: Duration = Duration::from_millis(10);

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

    pub(crate) fn new(link: Link, settings: Settings) -> Self {
        let (turns, seen) = (Mutex::default(), Mutex::default());
        Self { inner: Arc::new(Inner { link, turns, seen, settings }) }
    }

    fn keys(&self, key: &SlotKey) -> Result<Keys, StoreError> {
        let keys = Keys::of(&self.inner.settings.prefix, key);
        keys.ok_or_else(|| StoreErrorKind::Other.into())
    }
}

impl Store for RedisStore {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        let (inner, keys) = (&self.inner, self.keys(key)?);
        match inner.look(key, &keys, &keys.published).await {
            Ok(Some(known)) if !known.is_of(&keys.owner) => {
                Ok(inner.look(key, &keys, &keys.aside).await?.map(|known| known.stored))
            }
            Ok(None) if inner.has_record(&keys.aside) => inner.publish(key, &keys).await,
            found => Ok(found?.map(|known| known.stored)),
        }
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        let (inner, keys) = (&self.inner, self.keys(key)?);
        inner.link.confirm().await;
        let mut verdict = inner.write(key, &keys, &keys.published, record).await?;
        if verdict == Verdict::Others {
            verdict = inner.write(key, &keys, &keys.aside, record).await?;
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
        let turn = self.inner.take_turn(&keys.turn).await?;
        if !turn.is_taken() {
            return Ok(turn);
        }
        tokio::time::sleep(ON_ITS_WAY).await;
        Ok(self.inner.take_turn(&keys.turn).await?)
    }
}

impl Inner {
    /// What is under a key. A record that cannot be read is an error once, and absent then.
    async fn look(
        &self,
        key: &SlotKey,
        keys: &Keys,
        place: &str,
    ) -> Result<Option<Known>, StoreError> {
        let seen = self.fetch(key.kind(), place).await?;
        let is_news = self.remember(place, &seen);
        if is_news {
            self.tell(key, keys, &seen);
        }
        match seen.what {
            What::Record(known) => Ok(Some(*known)),
            What::Unreadable(error) if is_news => {
                Err(StoreError::new(StoreErrorKind::Corrupt).with_source(error))
            }
            What::WrongType if is_news => Err(Failure::new(Problem::WrongType).into()),
            What::Absent | What::Unreadable(_) | What::WrongType => Ok(None),
        }
    }

    async fn fetch(&self, kind: Kind, place: &str) -> Result<Seen, Failure> {
        match self.link.run(&script::look(place)).await {
            Ok(Value::BulkString(value)) => Ok(Seen::read(kind, &value)),
            Ok(_) => Err(Failure::new(Problem::OddAnswer)),
            Err(failure) if failure.problem() == Problem::WrongType => Ok(Seen::wrong_type()),
            Err(failure) => Err(failure),
        }
    }

    /// Writes a record, if what is there lets it: one round trip if that is still what was seen last.
    async fn write(
        &self,
        key: &SlotKey,
        keys: &Keys,
        place: &str,
        stored: &Stored,
    ) -> Result<Verdict, StoreError> {
        let facts = record::facts(stored, Some(keys.owner.as_str()));
        let remembered = self.seen().get(place).cloned();
        let mut is_guess = remembered.is_some();
        let mut current = remembered.clone();
        for _ in 0..TRIES {
            let existing = match current.take() {
                Some(seen) => seen,
                None => self.fetch(key.kind(), place).await?,
            };
            let now = self.settings.clock.now();
            let saw_it = remembered.as_ref().is_some_and(|seen| seen.digest == existing.digest);
            let has_turn = self.turns().has(&keys.turn, now.monotonic);
            let writer = Writer { now: now.wall, has_turn, saw_it };
            let verdict = judge(&existing.existing(), &facts, writer);
            let Verdict::Write { generation } = verdict else {
                // What was seen a while ago may be gone: only what is there says no.
                if core::mem::take(&mut is_guess) {
                    continue;
                }
                return Ok(verdict);
            };
            is_guess = false;
            let names = (&self.settings.name, &keys.owner);
            let value = record::write(stored, generation, names, &existing);
            let value = value.ok_or(StoreErrorKind::Other)?;
            let left = record::seconds_left(stored, now.wall).ok_or_else(over)?;
            match self.replace(key.kind(), place, &existing.digest, value.as_ref(), left).await? {
                None => return Ok(verdict),
                changed => current = changed,
            }
        }
        Err(StoreErrorKind::Conflict.into())
    }

    /// None if the value was replaced; what is there now if that is not what was expected.
    async fn replace(
        &self,
        kind: Kind,
        place: &str,
        expected: &str,
        value: &[u8],
        seconds: u64,
    ) -> Result<Option<Seen>, Failure> {
        let (seconds, last) = (seconds.to_string(), (script::LONGEST_VALUE - 1).to_string());
        let arguments = [expected.as_bytes(), value, seconds.as_bytes(), last.as_bytes()];
        match self.link.run_script(&script::REPLACE, place, &arguments).await? {
            Value::Array(answer) => match answer.as_slice() {
                [Value::Int(1)] => {
                    self.remember(place, &Seen::read(kind, value));
                    Ok(None)
                }
                [Value::Int(0)] => Ok(Some(Seen::wrong_type())),
                [Value::Int(0), Value::BulkString(found)] => Ok(Some(Seen::read(kind, found))),
                _ => Err(Failure::new(Problem::OddAnswer)),
            },
            _ => Err(Failure::new(Problem::OddAnswer)),
        }
    }

    /// The other fleet's record is over: ours goes where the published readers look.
    async fn publish(&self, key: &SlotKey, keys: &Keys) -> Result<Option<Stored>, StoreError> {
        let ours = self.look(key, keys, &keys.aside).await?.map(|known| known.stored);
        if let Some(stored) = &ours {
            self.write(key, keys, &keys.published, stored).await?;
        }
        Ok(ours)
    }

    async fn take_turn(self: &Arc<Self>, key: &str) -> Result<Turn, Failure> {
        let runtime = Handle::try_current().map_err(|_| Failure::new(Problem::NoRuntime))?;
        let holder = self.turns().ask(key, || self.new_holder());
        let mut asking = Asking { inner: self, key, holder: &holder, answered: false };
        // From before it was asked for, as the server counts it.
        let until = self.settings.clock.now().monotonic + self.settings.lease;
        let lease = self.settings.lease.as_millis().to_string();
        let arguments = [holder.as_bytes(), lease.as_bytes()];
        let answer = self.link.run_script(&script::TAKE, key, &arguments).await?;
        asking.answered = true;
        match answer {
            Value::Int(1) => {
                self.turns().begin(key, &holder, until);
                let (inner, key) = (Arc::clone(self), key.to_owned());
                Ok(Turn::held(Held { inner, key, holder: holder.clone(), runtime }))
            }
            Value::Int(0) => Ok(Turn::taken()),
            _ => Err(Failure::new(Problem::OddAnswer)),
        }
    }

    fn new_holder(&self) -> String {
        let random = &self.settings.random;
        format!("{}:{:016x}{:016x}", self.settings.name, random(), random())
    }

    /// Remembers what is under a key, and says whether that is another value than before.
    fn remember(&self, place: &str, seen: &Seen) -> bool {
        let before = self.seen().insert(place.to_owned(), seen.clone());
        before.is_none_or(|before| before.digest != seen.digest)
    }

    /// Whether there was a record under this key when it was last looked at.
    fn has_record(&self, place: &str) -> bool {
        self.seen().get(place).is_some_and(|seen| matches!(seen.what, What::Record(_)))
    }

    fn tell(&self, key: &SlotKey, keys: &Keys, seen: &Seen) {
        let watch = &self.settings.watch;
        match &seen.what {
            What::Absent => {}
            What::WrongType => watch.watch(&Event::Unreadable { key, error: None }),
            What::Unreadable(error) => watch.watch(&Event::Unreadable { key, error: Some(error) }),
            What::Record(known) if !known.is_of(&keys.owner) => {
                watch.watch(&Event::OtherFleet { key, issuer: known.issuer.as_ref() });
            }
            What::Record(known) if !known.drift.is_empty() => {
                watch.watch(&Event::Forgiven { key, drift: known.drift });
            }
            What::Record(_) => {}
        }
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<String, Seen>> {
        // Nothing can panic between two halves of a change to it; so with the turns.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question for the turn. Without an answer, the server may have given it.
struct Asking<'a> {
    inner: &'a Inner,
    key: &'a str,
    holder: &'a str,
    answered: bool,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.inner.turns().unanswered(self.key, self.holder);
        }
    }
}

fn over() -> StoreError {
    StoreError::new(StoreErrorKind::Other).with_source("the record is over; nothing was stored")
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("name", &self.inner.settings.name)
            .field("key_prefix", &self.inner.settings.prefix)
            .finish_non_exhaustive()
    }
}
