//! A store that forgets when the process ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Store, StoreError, Stored};
use crate::SlotKey;

/// Keeps codes in memory: for one process, and for tests. Cloning shares it.
///
/// It is not shared with other processes, so nothing is re-read from it.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    records: Arc<Mutex<HashMap<SlotKey, Stored>>>,
    shared: bool,
}

impl MemoryStore {
    /// An empty one, for one process.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty one that says of itself that others write into it: in tests it stands for a store
    /// that processes share.
    #[must_use]
    pub fn as_if_shared() -> Self {
        Self { shared: true, ..Self::default() }
    }

    /// Forgets what is kept under this key.
    pub fn forget(&self, key: &SlotKey) {
        self.records().remove(key);
    }

    fn records(&self) -> MutexGuard<'_, HashMap<SlotKey, Stored>> {
        // Nothing can panic between two halves of a change to it.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        Ok(self.records().get(key).cloned())
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        self.records().insert(key.clone(), record.clone());
        Ok(())
    }

    fn is_shared(&self) -> bool {
        self.shared
    }
}
