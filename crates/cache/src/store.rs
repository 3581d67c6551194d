//! Where codes are kept beyond this process.

mod error;
#[cfg(all(feature = "file", unix))]
mod file;
mod memory;
mod nothing;
#[cfg(any(feature = "conformance", all(feature = "file", unix)))]
mod pause;
mod shared;
mod turn;

use core::future::Future;

use yzb_proto::UnixSeconds;

pub use error::{StoreError, StoreErrorKind};
#[cfg(all(feature = "file", unix))]
pub use file::FileStore;
pub use memory::MemoryStore;
#[cfg(feature = "conformance")]
pub(crate) use pause::once_more;
pub use shared::SharedStore;
pub use turn::Turn;

use crate::{Code, SlotKey};

/// Keeps codes beyond a process: two methods, written as plain `async fn`s.
///
/// A store that fails costs latency, never a good code: what is held in memory is served, and the
/// observer is told. Whatever takes longer than the policy's `store_timeout` is given up.
///
/// What the methods promise is checked by the conformance suite of this crate (feature
/// `conformance`).
pub trait Store: Send + Sync {
    /// What is kept under this key; none if nothing is, or nothing that can be read.
    ///
    /// # Errors
    ///
    /// The store cannot be asked, or what is kept is broken. A broken record is reported once as
    /// [`StoreErrorKind::Corrupt`] or treated as absent; it must not be given back in part.
    fn load(
        &self,
        key: &SlotKey,
    ) -> impl Future<Output = Result<Option<Stored>, StoreError>> + Send;

    /// Keeps the record under this key, whole or not at all: whoever loads at the same time gets the
    /// old or the new one. A store that knows the record's generation to be behind what it keeps
    /// may refuse with [`StoreErrorKind::Conflict`]; if it does not refuse, it keeps the record.
    ///
    /// The future may be dropped at any time. Then the old or the new record is there, and the store
    /// works as before.
    ///
    /// # Errors
    ///
    /// The record was not kept, or perhaps not.
    fn save(
        &self,
        key: &SlotKey,
        record: &Stored,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Asks for the turn to issue, without waiting for it. A store that many processes share gives
    /// it to one at a time; dropping what it gave hands it back, at once or soon. So does dropping
    /// the future in the middle.
    ///
    /// By default everybody may issue at any time.
    ///
    /// # Errors
    ///
    /// The store cannot be asked.
    fn turn(&self, key: &SlotKey) -> impl Future<Output = Result<Turn, StoreError>> + Send {
        let _ = key;
        async { Ok(Turn::free()) }
    }

    /// Whether other processes may write into it: yes by default. Then what is held is compared with
    /// it again and again, and a ticket is distrusted when that fails for ten minutes.
    fn is_shared(&self) -> bool {
        true
    }
}

/// What a store keeps of one code.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stored {
    /// The code.
    pub code: Code,
    /// When it expires, in unix seconds.
    pub expires_at: UnixSeconds,
    /// When it was asked for, in unix seconds, if whoever wrote it said so.
    pub issued_at: Option<UnixSeconds>,
    /// How many times the code was replaced; zero if whoever wrote it does not count.
    pub generation: u64,
}

impl Stored {
    /// A code and the moment at which it expires, in unix seconds: what every writer knows.
    #[must_use]
    pub const fn new(code: Code, expires_at: UnixSeconds) -> Self {
        Self { code, expires_at, issued_at: None, generation: 0 }
    }

    /// Adds when it was asked for, in unix seconds.
    #[must_use]
    pub const fn issued_at(mut self, moment: Option<UnixSeconds>) -> Self {
        self.issued_at = moment;
        self
    }

    /// Adds how many times the code was replaced.
    #[must_use]
    pub const fn generation(mut self, generation: u64) -> Self {
        self.generation = generation;
        self
    }
}
