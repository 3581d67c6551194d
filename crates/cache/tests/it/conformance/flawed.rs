//! A store in memory that keeps every promise but one.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use yzb_cache::{
    Code, Fence, Kind, Replaces, SlotKey, Store, StoreError, StoreErrorKind, Stored, Turn,
};
use yzb_proto::{Lifetime, ServerAccessToken, UnixSeconds};

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Nothing,
    /// Every operation fails.
    Away,
    /// There is something that nobody saved.
    Rubbish,
    /// What is kept is changed.
    CutsCodes,
    ExpiryInMinutes,
    IssuedAtExpiry,
    CountsItself,
    /// A second record does not replace the first.
    KeepsTheFirst,
    /// A handle sees only its own.
    HandlesOfTheirOwn,
    /// A part of the key is left out of the name.
    ForgetsTheApp,
    ForgetsTheCase,
    ForgetsTheSecret,
    ForgetsThePlatform,
    ForgetsThePort,
    ForgetsTheKind,
    /// Others see a save in the middle.
    RemovesFirst,
    TwoSteps,
    /// Turns.
    TakenFromTheStart,
    EverybodysTurn,
    OneTurnForAll,
    TurnForEver,
    SavingEndsTheTurn,
    OneHandleHasNoTurns,
    /// The fence.
    LiesAboutKeeping,
    KeepsWhatItRefuses,
    RefusesTheSame,
    /// No flaw: what its writer saw counts, too. And half of it.
    Compares,
    ComparesWithNothing,
    /// What a dropped operation leaves.
    LockedByADroppedSave,
    TurnOfADroppedAsker,
    HalfASave,
}

#[derive(Default)]
struct Inner {
    records: HashMap<String, Stored>,
    turns: HashSet<String>,
    is_locked: bool,
}

/// Cloning is another handle.
#[derive(Clone)]
pub(super) struct Flawed {
    flaw: Flaw,
    inner: Arc<Mutex<Inner>>,
    is_second: bool,
}

/// Hands a turn back.
struct Guard(Arc<Mutex<Inner>>, String);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).turns.remove(&self.1);
    }
}

impl Flawed {
    pub(super) fn new(flaw: Flaw) -> Self {
        Self { flaw, inner: Arc::default(), is_second: false }
    }

    pub(super) fn second(&self) -> Self {
        Self { is_second: true, ..self.clone() }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn name(&self, key: &SlotKey) -> String {
        let part = |part: String, forgotten| if self.has(forgotten) { String::new() } else { part };
        let mut app = part(key.app_id().to_string(), Flaw::ForgetsTheApp);
        if self.has(Flaw::ForgetsTheCase) {
            app.make_ascii_lowercase();
        }
        let mut platform = part(key.origin().to_string(), Flaw::ForgetsThePlatform);
        if self.has(Flaw::ForgetsThePort) {
            platform.truncate(platform.rfind(':').filter(|at| *at > 5).unwrap_or(platform.len()));
        }
        let secret = part(format!("{:?}", key.secret().to_bytes()), Flaw::ForgetsTheSecret);
        let kind = part(key.kind().to_string(), Flaw::ForgetsTheKind);
        let mine = self.has(Flaw::HandlesOfTheirOwn) && self.is_second;
        format!("{app} {platform} {secret} {kind} {mine}")
    }

    fn with<R>(&self, act: impl FnOnce(&mut Inner) -> R) -> R {
        act(&mut self.inner.lock().unwrap())
    }

    fn put(&self, key: &SlotKey, record: Stored) {
        self.with(|inner| inner.records.insert(self.name(key), record));
    }

    /// Whether the record is refused.
    fn refuses(&self, kept: &Stored, record: &Stored) -> bool {
        let is_blind = match self.flaw {
            Flaw::Compares => record.fence(Some(kept)) == Fence::Refuse,
            Flaw::ComparesWithNothing => record.replaces == Replaces::Nothing,
            _ => false,
        };
        is_blind
            || kept.generation > record.generation
            || (self.has(Flaw::RefusesTheSame) && kept.generation == record.generation)
    }

    async fn save_in_steps(&self, key: &SlotKey, record: &Stored) {
        // What only a dropped save leaves must not show where two save at once.
        let may_be_dropped = key.app_id().as_str().contains("cancelled");
        match self.flaw {
            Flaw::RemovesFirst => {
                self.with(|inner| inner.records.remove(&self.name(key)));
                tokio::task::yield_now().await;
            }
            Flaw::TwoSteps | Flaw::HalfASave => {
                let kept = self.with(|inner| inner.records.get(&self.name(key)).cloned());
                let is_seen = self.has(Flaw::TwoSteps) || may_be_dropped;
                if let Some(mut half) = kept.filter(|_| is_seen) {
                    half.code = record.code.clone();
                    self.put(key, half);
                    tokio::task::yield_now().await;
                }
            }
            Flaw::LockedByADroppedSave if may_be_dropped => {
                self.with(|inner| inner.is_locked = true);
                tokio::task::yield_now().await;
                self.with(|inner| inner.is_locked = false);
            }
            _ => tokio::task::yield_now().await,
        }
    }

    fn changed(&self, mut record: Stored) -> Stored {
        match (self.flaw, &record.code) {
            (Flaw::CutsCodes, Code::ServerToken(token)) => {
                let text = token.expose_secret();
                let text = text.get(..text.len().min(128)).unwrap();
                record.code = Code::ServerToken(ServerAccessToken::new(text).unwrap());
            }
            (Flaw::ExpiryInMinutes, _) => {
                let seconds = record.expires_at.as_secs();
                record.expires_at = UnixSeconds::new(seconds - seconds % 60);
            }
            (Flaw::IssuedAtExpiry, _) => record.issued_at = Some(record.expires_at),
            (Flaw::CountsItself, _) => record.generation += 1,
            _ => {}
        }
        record
    }
}

impl Store for Flawed {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        if self.has(Flaw::Away) {
            return Err(StoreErrorKind::Unavailable.into());
        }
        let found = self.with(|inner| inner.records.get(&self.name(key)).cloned());
        tokio::task::yield_now().await;
        Ok(match found {
            None if self.has(Flaw::Rubbish) && key.kind() == Kind::ServerToken => {
                let code = Code::ServerToken(ServerAccessToken::new("rubbish").unwrap());
                Some(Stored::new(code, UnixSeconds::new(9_000_000_000) + Lifetime::DOCUMENTED))
            }
            found => found,
        })
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        if self.with(|inner| inner.is_locked) {
            return Err(StoreErrorKind::Timeout.into());
        }
        self.save_in_steps(key, record).await;
        let kept = self.with(|inner| inner.records.get(&self.name(key)).cloned());
        if let Some(kept) = kept {
            if self.has(Flaw::KeepsTheFirst) && kept.generation != record.generation {
                return Ok(());
            }
            if self.refuses(&kept, record) {
                if self.has(Flaw::KeepsWhatItRefuses) {
                    self.put(key, record.clone());
                }
                let lies = self.has(Flaw::LiesAboutKeeping);
                return if lies { Ok(()) } else { Err(StoreErrorKind::Conflict.into()) };
            }
        }
        self.put(key, self.changed(record.clone()));
        if self.has(Flaw::SavingEndsTheTurn) {
            self.with(|inner| inner.turns.clear());
        }
        Ok(())
    }

    async fn turn(&self, key: &SlotKey) -> Result<Turn, StoreError> {
        match self.flaw {
            Flaw::TakenFromTheStart => return Ok(Turn::taken()),
            Flaw::EverybodysTurn => return Ok(Turn::held(())),
            Flaw::OneHandleHasNoTurns if !self.is_second => return Ok(Turn::free()),
            _ => {}
        }
        let all = self.has(Flaw::OneTurnForAll);
        let name = if all { String::new() } else { self.name(key) };
        if !self.with(|inner| inner.turns.insert(name.clone())) {
            return Ok(Turn::taken());
        }
        let guard = Guard(Arc::clone(&self.inner), name);
        if self.has(Flaw::TurnForEver) {
            std::mem::forget(guard);
            return Ok(Turn::held(()));
        }
        if self.has(Flaw::TurnOfADroppedAsker) {
            let guard = std::mem::ManuallyDrop::new(guard);
            tokio::task::yield_now().await;
            return Ok(Turn::held(std::mem::ManuallyDrop::into_inner(guard)));
        }
        tokio::task::yield_now().await;
        Ok(Turn::held(guard))
    }
}
