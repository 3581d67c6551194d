//! What happened, for programs that count and log it.

use core::time::Duration;
use std::sync::Arc;

use yzb_proto::{Fingerprint, Lifetime, UnixSeconds, WriterName};

use crate::{LeaseError, SlotKey, StoreError};

/// Is told what happens to the codes of a slot. A closure is one; so is `()`, which ignores all.
///
/// It is called while nothing is locked, and should be quick. It may look at the cache that tells it and
/// invalidate leases, but must not wait for one: the renewal that it is told of waits for it. If it
/// panics, that is contained.
pub trait Observer: Send + Sync {
    /// Something happened in this slot.
    fn observe(&self, key: &SlotKey, event: &Event);
}

/// Something that happened in a slot. None holds a secret: codes are named by fingerprint.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A code was issued, and is handed out from now on.
    Issued {
        /// The new lease's number.
        serial: u64,
        /// The new code.
        code: Fingerprint,
        /// When it expires, in unix seconds.
        expires_at: UnixSeconds,
    },
    /// A code was found in the store, and is handed out from now on.
    Adopted {
        /// The new lease's number.
        serial: u64,
        /// The code.
        code: Fingerprint,
        /// When it expires, in unix seconds.
        expires_at: UnixSeconds,
    },
    /// The store held a code that no writer known to this slot put there while one was held: another
    /// issuer is at work.
    ForeignWriter {
        /// The code that was found.
        code: Fingerprint,
        /// The program that issued it, if its record says so.
        issuer: Option<WriterName>,
    },
    /// A renewal failed; what is held is served to its end.
    Failed {
        /// Why, and when the next attempt may begin.
        error: LeaseError,
        /// Whether callers are still served.
        held: bool,
    },
    /// A code was served that the wall clock calls expired and the monotonic clock does not.
    ServedDoubtful {
        /// The lease's number.
        serial: u64,
    },
    /// A lease was refused by the platform, so it is no longer handed out. Before its end that means
    /// that somebody else issues codes for this app, or that the platform took it back.
    Invalidated {
        /// The lease's number.
        serial: u64,
        /// How long the code would have lived on by what was said when it was issued.
        left: Lifetime,
    },
    /// Somebody complained about a lease that had been replaced already; nothing was done.
    LateComplaint {
        /// The lease's number.
        serial: u64,
    },
    /// A ticket request got no definite answer: the ticket that is held may have been replaced, and
    /// ends at the latest at this moment, in unix seconds.
    PerhapsReplaced {
        /// When the held ticket ends now.
        until: UnixSeconds,
    },
    /// The renewal's caller went away, and another took it over.
    TakenOver {
        /// The renewal's number.
        attempt: u64,
    },
    /// The wall clock moved by so many seconds against the monotonic one; the machine may have slept.
    /// A registry of many apps tells of a jump once, under the key of the app that noticed it first.
    ClockJumped {
        /// Forward if positive.
        seconds: i64,
    },
    /// The store failed.
    StoreFailed {
        /// At what.
        during: Operation,
        /// Why.
        error: StoreError,
    },
    /// The store had lost what is held, or kept something older, so it was written again.
    Rewritten {
        /// The lease's number.
        serial: u64,
    },
    /// The store cannot be reached, and a code is issued without it: another process may do the same,
    /// and each replaces the other's code.
    WithoutStore {
        /// What failed.
        error: StoreError,
    },
    /// The store refused a code that was just issued, because somebody else's was there: a process
    /// slept past its turn, or issued without the store.
    Refused {
        /// The code that was just issued.
        code: Fingerprint,
        /// The code that was there.
        stored: Fingerprint,
        /// Whether the new one is kept and stored; otherwise the stored one is handed out from now on.
        kept: bool,
    },
    /// The platform says that the ticket that is held ends sooner than was promised: somebody else got
    /// another one.
    ReplacedElsewhere {
        /// The lease's number.
        serial: u64,
        /// When the held ticket ends, in unix seconds.
        until: UnixSeconds,
    },
    /// Another clock differs from this machine's by more than the policy's bound. One of them is wrong;
    /// until that is mended, stored codes are ended by whichever ends them sooner.
    ClockDiffers {
        /// How much the other is ahead of ours, in seconds; negative if it is behind.
        seconds: i64,
        /// Whose clock that is.
        witness: Witness,
    },
    /// What came differs from what was promised, and was dealt with.
    Anomaly(Anomaly),
}

/// Whose clock was compared with ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Witness {
    /// The platform's, by the `Date` of its answer.
    Platform,
    /// The store's.
    Store,
}

/// What a store was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Give back a record.
    Load,
    /// Keep a record.
    Save,
    /// Say whose turn it is, keep it longer, or take it back.
    Turn,
    /// Say what time it is.
    Time,
}

/// What differed from what was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Anomaly {
    /// The platform did not say how long the code lives, or said zero seconds.
    NoLifetime,
    /// The code lives longer than is believed.
    LongLifetime {
        /// What was said.
        said: Duration,
    },
    /// The platform issued the code again that was held already.
    SameCode,
    /// A stored record lasts longer than a fresh code could.
    RecordFromTheFuture,
    /// A stored record was of another kind of code.
    RecordOfAnotherKind,
}

impl Event {
    /// A stable name in kebab case, for labels of metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Issued { .. } => "issued",
            Self::Adopted { .. } => "adopted",
            Self::ForeignWriter { .. } => "foreign-writer",
            Self::Failed { .. } => "failed",
            Self::ServedDoubtful { .. } => "served-doubtful",
            Self::Invalidated { .. } => "invalidated",
            Self::LateComplaint { .. } => "late-complaint",
            Self::PerhapsReplaced { .. } => "perhaps-replaced",
            Self::TakenOver { .. } => "taken-over",
            Self::ClockJumped { .. } => "clock-jumped",
            Self::StoreFailed { .. } => "store-failed",
            Self::Rewritten { .. } => "rewritten",
            Self::WithoutStore { .. } => "without-store",
            Self::Refused { .. } => "refused",
            Self::ReplacedElsewhere { .. } => "replaced-elsewhere",
            Self::ClockDiffers { .. } => "clock-differs",
            Self::Anomaly(_) => "anomaly",
        }
    }
}

impl Observer for () {
    fn observe(&self, _: &SlotKey, _: &Event) {}
}

impl<F: Fn(&SlotKey, &Event) + Send + Sync> Observer for F {
    fn observe(&self, key: &SlotKey, event: &Event) {
        self(key, event);
    }
}

impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn observe(&self, key: &SlotKey, event: &Event) {
        (**self).observe(key, event);
    }
}
