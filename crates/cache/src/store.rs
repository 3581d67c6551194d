//! Where codes are kept beyond this process.

mod error;
mod fence;
#[cfg(all(feature = "file", unix))]
mod file;
mod memory;
mod nothing;
#[cfg(any(feature = "conformance", all(feature = "file", unix)))]
mod pause;
mod shared;
mod turn;

use core::future::Future;

use yzb_proto::{UnixSeconds, WriterName};

pub use error::{StoreError, StoreErrorKind};
pub use fence::{Fence, Replaces};
#[cfg(all(feature = "file", unix))]
pub use file::FileStore;
pub use memory::MemoryStore;
#[cfg(feature = "conformance")]
pub(crate) use pause::once_more;
pub use shared::SharedStore;
pub use turn::Turn;

use crate::{Code, Previous, SlotKey};

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
    /// may refuse with [`StoreErrorKind::Conflict`]; if it does not refuse, it keeps the record. One
    /// that processes share should refuse by [`Stored::fence`], compared and written in one step.
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

    /// Keeps the turn for its whole span once more, from now on: the platform is slow. False if it is
    /// no longer ours, or a turn cannot be kept longer. It is asked for turns that have a
    /// [span](Turn::span).
    ///
    /// # Errors
    ///
    /// The store cannot be asked; the turn perhaps ends.
    fn extend_turn(
        &self,
        key: &SlotKey,
        turn: &Turn,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send {
        let _ = (key, turn);
        async { Ok(false) }
    }

    /// Hands the turn back, for a store that can wait until it is back. By default it is dropped, which
    /// is also what happens to one whose holder goes away.
    ///
    /// # Errors
    ///
    /// It is perhaps not back before it is over.
    fn end_turn(
        &self,
        key: &SlotKey,
        turn: Turn,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        let _ = key;
        drop(turn);
        async { Ok(()) }
    }

    /// Lets go of a turn whose holder was given up while its request was under way: it must not be handed
    /// back before it is over, or somebody else's request would be under way too. By default it is
    /// dropped, which is right only for a store that dropping tells nothing.
    fn abandon_turn(&self, turn: Turn) {
        drop(turn);
    }

    /// The store's own clock, in unix seconds: a witness for whether ours is right. None by default.
    ///
    /// # Errors
    ///
    /// The store cannot be asked.
    fn time(&self) -> impl Future<Output = Result<Option<UnixSeconds>, StoreError>> + Send {
        async { Ok(None) }
    }

    /// Whether other processes may write into it: yes by default. Then what is held is compared with
    /// it again and again, and a ticket is distrusted when that fails for ten minutes.
    fn is_shared(&self) -> bool {
        true
    }

    /// Whether codes are issued although it cannot be reached, where the
    /// [policy](crate::PolicyBuilder::issue_without_store) does not say. By default, if nobody else writes
    /// into it: then its failure costs persistence and no code.
    fn is_optional(&self) -> bool {
        !self.is_shared()
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
    /// The code that this one replaced, if it lives on for a while: a ticket's.
    pub previous: Option<Previous<Code>>,
    /// The program that issued it, if it says so. A store that knows the name of its own program
    /// writes that.
    pub issuer: Option<WriterName>,
    /// Of a record to be saved, what it is to replace. A store does not keep it.
    pub replaces: Replaces,
}

impl Stored {
    /// A code and the moment at which it expires, in unix seconds: what every writer knows.
    #[must_use]
    pub const fn new(code: Code, expires_at: UnixSeconds) -> Self {
        Self {
            code,
            expires_at,
            issued_at: None,
            generation: 0,
            previous: None,
            issuer: None,
            replaces: Replaces::NotSaid,
        }
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
    /// Adds the code that this one replaced, and its end.
    #[must_use]
    pub fn previous(self, previous: Option<Previous<Code>>) -> Self {
        Self { previous, ..self }
    }

    /// Adds the program that issued it.
    #[must_use]
    pub fn issuer(self, issuer: Option<WriterName>) -> Self {
        Self { issuer, ..self }
    }

    /// Adds what it is to replace.
    #[must_use]
    pub fn replaces(self, replaces: Replaces) -> Self {
        Self { replaces, ..self }
    }
}
