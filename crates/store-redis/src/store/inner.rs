//! What the clones of a store share: the way to Redis, and what was seen there.

use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::Value;
use yzb_cache::{Clock, Kind, SlotKey, StoreError, StoreErrorKind, Stored};
use yzb_proto::WriterName;

use crate::connection::Link;
use crate::event::tell;
use crate::fence::{Verdict, Writer, judge};
use crate::keys::Keys;
use crate::looks::{Look, Looks};
use crate::record::{self, Known, Seen, What};
use crate::time::ServerTime;
use crate::turn::Turns;
use crate::{Event, Failure, Problem, Watch, script};

/// What the clones of a store share.
pub(crate) struct Inner {
    pub(crate) link: Arc<Link>,
    looks: Arc<Looks>,
    pub(crate) server_time: ServerTime,
    turns: Mutex<Turns>,
    /// What was under each key when it was last looked at.
    seen: Mutex<HashMap<String, Seen>>,
    pub(crate) settings: Settings,
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

impl Inner {
    pub(super) fn new(link: Link, settings: Settings) -> Self {
        let link = Arc::new(link);
        let looks = Arc::new(Looks::new(Arc::clone(&link)));
        let (turns, seen) = (Mutex::default(), Mutex::default());
        Self { link, looks, server_time: ServerTime::default(), turns, seen, settings }
    }

    /// What is under a key. A record that cannot be read is an error once, and absent then.
    pub(super) async fn look(
        &self,
        key: &SlotKey,
        keys: &Keys<'_>,
        place: &str,
    ) -> Result<Option<Known>, StoreError> {
        let seen = self.fetch_with_others(key.kind(), place).await?;
        let is_news = self.remember(place, &seen);
        if is_news {
            self.report(key, keys, &seen);
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

    /// What is under a key, looked at together with others that are asked for now. What is odd is looked
    /// at by itself: a record that went away may have become something that is no text. Where there
    /// was none before, whoever writes one learns that.
    async fn fetch_with_others(&self, kind: Kind, place: &str) -> Result<Seen, Failure> {
        let was = self.seen().get(place).map(|seen| match seen.what {
            What::Absent => Was::Absent,
            What::Record(_) => Was::Record,
            What::Unreadable(_) | What::WrongType => Was::Odd,
        });
        if was == Some(Was::Odd) {
            return Box::pin(self.fetch(kind, place)).await;
        }
        match self.looks.together(place).await {
            Ok(Look::NoText) if was == Some(Was::Record) => Box::pin(self.fetch(kind, place)).await,
            outcome => read(kind, outcome),
        }
    }

    async fn fetch(&self, kind: Kind, place: &str) -> Result<Seen, Failure> {
        read(kind, self.looks.alone(place).await)
    }

    /// Writes a record, if what is there lets it: one round trip if that is still what was seen last.
    pub(super) async fn write(
        &self,
        key: &SlotKey,
        keys: &Keys<'_>,
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
            let has_turn = self.turns().has(&keys.turn(), now.monotonic);
            let writer = Writer { now: now.wall, has_turn, saw_it, replaces: stored.replaces };
            let verdict = judge(&existing.existing(), &facts, writer);
            let Verdict::Write { generation, fence } = verdict else {
                // What was seen a while ago may be gone: only what is there says no.
                if core::mem::take(&mut is_guess) {
                    continue;
                }
                return Ok(verdict);
            };
            is_guess = false;
            let names = (&self.settings.name, &keys.owner);
            let value = record::write(stored, (generation, fence), names, &existing);
            let value = value.ok_or(StoreErrorKind::Other)?;
            let left = record::seconds_left(stored, now.wall).ok_or_else(over)?;
            match self.replace(key.kind(), place, &existing.digest, value.as_ref(), left).await? {
                None => return Ok(verdict),
                Some(changed) => {
                    let is_odd = matches!(changed.what, What::WrongType);
                    if is_odd && self.remember(place, &changed) {
                        self.report(key, keys, &changed);
                    }
                    current = Some(changed);
                }
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
        match self.link.run_script(&script::REPLACE, place, &arguments, None).await? {
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
    pub(super) async fn publish(
        &self,
        key: &SlotKey,
        keys: &Keys<'_>,
    ) -> Result<Option<Stored>, StoreError> {
        let Some(ours) = self.look(key, keys, &keys.aside()).await? else { return Ok(None) };
        let published = match self.write(key, keys, &keys.published, &ours.stored).await? {
            Verdict::Write { .. } | Verdict::Kept => Some(ours.stored),
            // A third fleet was quicker, or somebody who cannot write: ours stays where it is.
            Verdict::Others | Verdict::Unreadable => return Ok(Some(ours.stored)),
            // One of ours issued meanwhile.
            Verdict::Newer => {
                let newer = self.look(key, keys, &keys.published).await?;
                newer.filter(|known| known.is_of(&keys.owner)).map(|known| known.stored)
            }
        };
        // So that it does not come back once it has a successor there.
        self.link.run(&script::forget(&keys.aside())).await?;
        self.seen().remove(&keys.aside());
        Ok(published)
    }

    /// Whether a record is over by its own moment, although it is still there.
    pub(super) fn is_over(&self, known: &Known) -> bool {
        known.stored.expires_at <= self.settings.clock.now().wall
    }

    /// Remembers what is under a key, and says whether that is another value than before.
    fn remember(&self, place: &str, seen: &Seen) -> bool {
        let mut all = self.seen();
        let is_news = all.get(place).is_none_or(|before| before.digest != seen.digest);
        if is_news {
            all.insert(place.to_owned(), seen.clone());
        }
        is_news
    }

    /// Whether there was a record under this key when it was last looked at.
    pub(super) fn has_record(&self, place: &str) -> bool {
        self.seen().get(place).is_some_and(|seen| matches!(seen.what, What::Record(_)))
    }

    fn report(&self, key: &SlotKey, keys: &Keys<'_>, seen: &Seen) {
        let watch = &*self.settings.watch;
        match &seen.what {
            What::Absent => {}
            What::WrongType => tell(watch, &Event::Unreadable { key, error: None }),
            What::Unreadable(error) => tell(watch, &Event::Unreadable { key, error: Some(error) }),
            What::Record(known) if !known.is_of(&keys.owner) => {
                tell(watch, &Event::OtherFleet { key, issuer: known.issuer.as_ref() });
            }
            What::Record(known) if !known.drift.is_empty() => {
                tell(watch, &Event::Forgiven { key, drift: known.drift });
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

/// What was under a key when it was last looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Was {
    Absent,
    Record,
    Odd,
}

fn read(kind: Kind, look: Result<Look, Failure>) -> Result<Seen, Failure> {
    match look {
        Ok(Look::Text(value)) => Ok(Seen::read(kind, &value)),
        Ok(Look::NoText) => Ok(Seen::read(kind, b"")),
        Err(failure) if failure.problem() == Problem::WrongType => Ok(Seen::wrong_type()),
        Err(failure) => Err(failure),
    }
}

fn over() -> StoreError {
    StoreError::new(StoreErrorKind::Other).with_source("the record is over; nothing was stored")
}
