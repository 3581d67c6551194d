//! No store at all.

use super::{Store, StoreError, Stored};
use crate::SlotKey;

/// Keeps nothing: codes live in the caches that hold them, and are gone with these.
impl Store for () {
    async fn load(&self, _: &SlotKey) -> Result<Option<Stored>, StoreError> {
        Ok(None)
    }

    async fn save(&self, _: &SlotKey, _: &Stored) -> Result<(), StoreError> {
        Ok(())
    }

    fn is_shared(&self) -> bool {
        false
    }
}
