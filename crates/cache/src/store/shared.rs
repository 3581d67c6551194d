//! A store whose type is not known.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use std::sync::Arc;

use yzb_proto::UnixSeconds;

use super::{Store, StoreError, Stored, Turn};
use crate::SlotKey;

/// Any store, behind a pointer: for fields and lists. Cloning shares it.
///
/// [`Store`] itself cannot be `dyn`, because its futures have no size that is known beforehand; here
/// they are boxed.
#[derive(Clone)]
pub struct SharedStore(Arc<dyn Erased>);

impl SharedStore {
    /// Puts a store behind a pointer.
    pub fn new(store: impl Store + 'static) -> Self {
        Self(Arc::new(store))
    }
}

impl Store for SharedStore {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        self.0.load(key).await
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        self.0.save(key, record).await
    }

    async fn turn(&self, key: &SlotKey) -> Result<Turn, StoreError> {
        self.0.turn(key).await
    }

    async fn extend_turn(&self, key: &SlotKey, turn: &Turn) -> Result<bool, StoreError> {
        self.0.extend_turn(key, turn).await
    }

    async fn end_turn(&self, key: &SlotKey, turn: Turn) -> Result<(), StoreError> {
        self.0.end_turn(key, turn).await
    }

    fn abandon_turn(&self, turn: Turn) {
        self.0.abandon_turn(turn);
    }

    async fn time(&self) -> Result<Option<UnixSeconds>, StoreError> {
        self.0.time().await
    }

    fn is_shared(&self) -> bool {
        self.0.is_shared()
    }

    fn is_optional(&self) -> bool {
        self.0.is_optional()
    }
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedStore(…)")
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The twin of [`Store`] that can be `dyn`.
trait Erased: Send + Sync {
    fn load<'a>(&'a self, key: &'a SlotKey) -> Answer<'a, Option<Stored>>;
    fn save<'a>(&'a self, key: &'a SlotKey, record: &'a Stored) -> Answer<'a, ()>;
    fn turn<'a>(&'a self, key: &'a SlotKey) -> Answer<'a, Turn>;
    fn extend_turn<'a>(&'a self, key: &'a SlotKey, turn: &'a Turn) -> Answer<'a, bool>;
    fn end_turn<'a>(&'a self, key: &'a SlotKey, turn: Turn) -> Answer<'a, ()>;
    fn abandon_turn(&self, turn: Turn);
    fn time(&self) -> Answer<'_, Option<UnixSeconds>>;
    fn is_shared(&self) -> bool;
    fn is_optional(&self) -> bool;
}

impl<S: Store> Erased for S {
    fn load<'a>(&'a self, key: &'a SlotKey) -> Answer<'a, Option<Stored>> {
        Box::pin(Store::load(self, key))
    }

    fn save<'a>(&'a self, key: &'a SlotKey, record: &'a Stored) -> Answer<'a, ()> {
        Box::pin(Store::save(self, key, record))
    }

    fn turn<'a>(&'a self, key: &'a SlotKey) -> Answer<'a, Turn> {
        Box::pin(Store::turn(self, key))
    }

    fn extend_turn<'a>(&'a self, key: &'a SlotKey, turn: &'a Turn) -> Answer<'a, bool> {
        Box::pin(Store::extend_turn(self, key, turn))
    }

    fn end_turn<'a>(&'a self, key: &'a SlotKey, turn: Turn) -> Answer<'a, ()> {
        Box::pin(Store::end_turn(self, key, turn))
    }

    fn abandon_turn(&self, turn: Turn) {
        Store::abandon_turn(self, turn);
    }

    fn time(&self) -> Answer<'_, Option<UnixSeconds>> {
        Box::pin(Store::time(self))
    }

    fn is_shared(&self) -> bool {
        Store::is_shared(self)
    }

    fn is_optional(&self) -> bool {
        Store::is_optional(self)
    }
}
