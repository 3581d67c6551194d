//! What happened in Redis, for programs that count and log it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use yzb_cache::SlotKey;
use yzb_proto::{Drift, RecordError, WriterName};

use crate::Failure;

/// Is told what happens in Redis, beside what the cache's own observer is told. A closure is one; so
/// is `()`, which ignores all. It is called while nothing is locked, and should be quick. If it panics,
/// that is contained.
pub trait Watch: Send + Sync {
    /// Something happened.
    fn watch(&self, event: &Event<'_>);
}

/// Something that happened in Redis. None holds a secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// There is a connection.
    Connected,
    /// There is no connection, or it is given up, for this reason. That to a Cluster mends itself, and is
    /// told of as a whole.
    Disconnected(&'a Failure),
    /// The server refuses to look at many keys with one command, for this reason; they are looked at one
    /// by one, which does no harm but makes more commands. Let the user do what `OPERATING.md` says
    /// (`MGET`). It is tried again, and told again, after ten minutes.
    OneByOne(&'a Failure),
    /// The published key of this slot holds a record of another fleet: one with another app secret,
    /// or with another platform. Ours is kept aside, where the published readers do not look, until
    /// theirs is over. Told once for each such record.
    OtherFleet {
        /// Our slot.
        key: &'a SlotKey,
        /// The program that wrote their record, if it says so.
        issuer: Option<&'a WriterName>,
    },
    /// A record cannot be read; it is as good as absent, and is replaced when a code is issued. Told
    /// once for each such record.
    Unreadable {
        /// The slot.
        key: &'a SlotKey,
        /// Why; none if it is not even a text.
        error: Option<&'a RecordError>,
    },
    /// Something without an end stood where the turn to issue is: somebody wrote there by hand, or made it
    /// persist. Nobody of the fleet could have issued any more; it ends now after a
    /// [lease](crate::Builder::lease).
    EndlessTurn {
        /// The slot.
        key: &'a SlotKey,
    },
    /// A record was read that differs from what its readers were promised. Told once for each such
    /// record.
    Forgiven {
        /// The slot.
        key: &'a SlotKey,
        /// In what.
        drift: Drift,
    },
}

impl Event<'_> {
    /// A stable name in kebab case, for labels of metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Disconnected(_) => "disconnected",
            Self::OneByOne(_) => "one-by-one",
            Self::OtherFleet { .. } => "other-fleet",
            Self::Unreadable { .. } => "unreadable",
            Self::EndlessTurn { .. } => "endless-turn",
            Self::Forgiven { .. } => "forgiven",
        }
    }
}

/// Tells it. A panic there is no reason for a caller to go without a code.
pub(crate) fn tell(watch: &dyn Watch, event: &Event<'_>) {
    let _ = catch_unwind(AssertUnwindSafe(|| watch.watch(event)));
}

impl Watch for () {
    fn watch(&self, _: &Event<'_>) {}
}

impl<F: Fn(&Event<'_>) + Send + Sync> Watch for F {
    fn watch(&self, event: &Event<'_>) {
        self(event);
    }
}
