//! A store that several processes share, and that gives the turn to one at a time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use yzb::{MemoryStore, SlotKey, Store, StoreError, Stored, Turn};

#[derive(Clone)]
pub(crate) struct Turns {
    records: MemoryStore,
    taken: Arc<Mutex<HashSet<SlotKey>>>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { records: MemoryStore::as_if_shared(), taken: Arc::default() }
    }
}

impl Store for Turns {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        self.records.load(key).await
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        self.records.save(key, record).await
    }

    async fn turn(&self, key: &SlotKey) -> Result<Turn, StoreError> {
        if !self.taken.lock().unwrap().insert(key.clone()) {
            return Ok(Turn::taken());
        }
        Ok(Turn::held(Held(self.clone(), key.clone())))
    }
}

/// Hands the turn back.
struct Held(Turns, SlotKey);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.taken.lock().unwrap().remove(&self.1);
    }
}
