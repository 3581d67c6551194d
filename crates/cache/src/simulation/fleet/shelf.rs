//! The store that all processes share: records, turns, and what happens to both.

use std::future::pending;
use std::time::Duration;

use yzb_proto::UnixSeconds;

use super::platform::wall;
use super::process::Place;
use super::world::{World, index};
use crate::{Fence, Kind, Replaces, SlotKey, Store, StoreError, StoreErrorKind, Stored, Turn};

#[derive(Default)]
pub(super) struct Shelf {
    pub(super) records: [Entry; 2],
    /// What was there before the last write: a failover may bring it back.
    pub(super) before: [Entry; 2],
    pub(super) turns: [Option<Held>; 2],
    holders: u64,
}

#[derive(Clone, Default)]
pub(super) enum Entry {
    #[default]
    Absent,
    Broken,
    Record(Stored),
}

#[derive(Clone, Copy)]
pub(super) struct Held {
    pub(super) holder: u64,
    until: u64,
}

/// How long a turn lasts.
const TURN: Duration = Duration::from_secs(60);

impl Shelf {
    pub(super) fn record(&self, kind: Kind) -> Option<&Stored> {
        match &self.records[index(kind)] {
            Entry::Record(record) => Some(record),
            _ => None,
        }
    }

    /// Who has the turn.
    pub(super) fn holder(&self, kind: Kind, now: u64) -> Option<u64> {
        self.turns[index(kind)].filter(|held| now < held.until).map(|held| held.holder)
    }

    fn take(&mut self, kind: Kind, now: u64) -> Option<u64> {
        if self.holder(kind, now).is_some() {
            return None;
        }
        self.holders += 1;
        let holder = self.holders;
        self.turns[index(kind)] = Some(Held { holder, until: now + TURN.as_millis() as u64 });
        Some(holder)
    }

    fn release(&mut self, kind: Kind, holder: u64) {
        self.turns[index(kind)].take_if(|held| held.holder == holder);
    }

    fn write(&mut self, kind: Kind, record: &Stored) -> Result<bool, StoreError> {
        let place = &mut self.records[index(kind)];
        let fence = match place {
            Entry::Record(kept) => record.fence(Some(kept)),
            Entry::Broken if record.replaces != Replaces::Nothing => Fence::Refuse,
            Entry::Broken | Entry::Absent => Fence::Write,
        };
        match fence {
            Fence::Refuse => Err(StoreErrorKind::Conflict.into()),
            Fence::Keep => Ok(false),
            Fence::Write => {
                let record = record.clone().replaces(Replaces::NotSaid);
                self.before[index(kind)] = core::mem::replace(place, Entry::Record(record));
                Ok(true)
            }
        }
    }
}

/// The store, as one process reaches it.
#[derive(Clone)]
pub(super) struct Access {
    pub(super) place: Place,
}

/// What becomes of one operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Well,
    Away,
    /// It never arrives, and nobody says so.
    Lost,
    Slow(u64),
    /// It is done, and nobody is told.
    ReplyLost,
    SlowReply(u64),
}

impl Access {
    fn world(&self) -> &World {
        &self.place.world
    }

    fn fate(&self) -> Fate {
        let (now, mut state) = (self.world().now(), self.world().state());
        let away = state.cannot_reach_store(self.place.process, now);
        if !away && now >= state.weather.store_flaky {
            return Fate::Well;
        }
        let fate = match state.random.u8(0..8) {
            0..6 if away => Fate::Away,
            _ if away => Fate::Lost,
            0 => Fate::Lost,
            1 => Fate::ReplyLost,
            2 => Fate::Slow(state.random.u64(1..900)),
            3 => Fate::SlowReply(state.random.u64(1..900)),
            _ => Fate::Well,
        };
        if fate != Fate::Well {
            state.health[self.place.process].store_trouble = now;
        }
        fate
    }

    /// Does this in the store, if it gets there, and brings the answer back, if that gets through.
    async fn run<T>(&self, act: impl FnOnce() -> T) -> Result<T, StoreError> {
        self.place.stumble().await;
        let fate = self.fate();
        match fate {
            Fate::Away => return Err(StoreErrorKind::Unavailable.into()),
            Fate::Lost => return pending().await,
            Fate::Slow(millis) => self.world().sleep(millis).await,
            _ => {}
        }
        let done = act();
        match fate {
            Fate::ReplyLost => pending().await,
            Fate::SlowReply(millis) => self.world().sleep(millis).await,
            _ => {}
        }
        self.place.stumble().await;
        Ok(done)
    }
}

impl Store for Access {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        let kind = key.kind();
        let entry = self.run(|| self.world().state().shelf.records[index(kind)].clone()).await?;
        match entry {
            Entry::Absent => Ok(None),
            Entry::Broken => Err(StoreErrorKind::Corrupt.into()),
            Entry::Record(record) => Ok(Some(record)),
        }
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        let kind = key.kind();
        self.run(|| {
            let (now, mut state) = (self.world().now(), self.world().state());
            let state = &mut *state;
            let before = state.shelf.record(kind).cloned();
            let written = state.shelf.write(kind, record);
            state.note(now, || format!("{} save {record:?}: {written:?}", self.place.process));
            if matches!(written, Ok(true)) {
                state.on_write(kind, before.as_ref(), record, now);
            }
            written.map(|_| ())
        })
        .await?
    }

    async fn turn(&self, key: &SlotKey) -> Result<Turn, StoreError> {
        let kind = key.kind();
        let taken = self
            .run(|| {
                let (now, mut state) = (self.world().now(), self.world().state());
                let taken = state.shelf.take(kind, now);
                state.note(now, || format!("{} turn {kind}: {taken:?}", self.place.process));
                if let Some(holder) = taken {
                    state.on_turn(kind, self.place.process, holder, now);
                }
                taken
            })
            .await?;
        // Only whoever hears of it has it: without an answer it lasts to its end.
        let guard = |holder| Guard { access: self.clone(), kind, holder, is_abandoned: false };
        Ok(taken.map_or_else(Turn::taken, |holder| Turn::lasting(guard(holder), TURN)))
    }

    async fn extend_turn(&self, key: &SlotKey, turn: &Turn) -> Result<bool, StoreError> {
        let (kind, holder) = (key.kind(), turn.guard::<Guard>().map(|guard| guard.holder));
        self.run(|| {
            let (now, mut state) = (self.world().now(), self.world().state());
            let ours = holder.filter(|_| holder == state.shelf.holder(kind, now));
            if let Some(holder) = ours {
                let until = now + TURN.as_millis() as u64;
                state.shelf.turns[index(kind)] = Some(Held { holder, until });
            }
            ours.is_some()
        })
        .await
    }

    fn abandon_turn(&self, turn: Turn) {
        if let Some(mut guard) = turn.into_guard::<Guard>() {
            guard.is_abandoned = true;
        }
    }

    async fn time(&self) -> Result<Option<UnixSeconds>, StoreError> {
        self.run(|| Some(wall(self.world().now()))).await
    }
}

/// Hands the turn back when it is dropped, if its process can.
struct Guard {
    access: Access,
    kind: Kind,
    holder: u64,
    is_abandoned: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Place { process, incarnation, world } = &self.access.place;
        let (now, mut state) = (world.now(), world.state());
        let health = &state.health[*process];
        let is_dead = health.incarnation != *incarnation || !health.alive;
        if !is_dead && !self.is_abandoned && !state.cannot_reach_store(*process, now) {
            state.shelf.release(self.kind, self.holder);
        }
    }
}
