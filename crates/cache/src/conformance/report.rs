//! What a check came to.

use core::fmt;

use yzb_proto::{InvalidOrigin, InvalidValue};

use crate::StoreError;

/// What a store does that it need not do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub(super) turns: bool,
    pub(super) fence: bool,
    pub(super) compares: bool,
    pub(super) generations: bool,
    pub(super) issued: bool,
}

/// Something that every store promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Promise {
    /// An operation that can be done succeeds.
    Works,
    /// What nobody saved is not there.
    Empty,
    /// What is loaded is what was saved, through either handle. A moment of issue or a generation may
    /// be lost, where a format has no place for it; not changed.
    RoundTrip,
    /// What was saved last is there.
    Overwrite,
    /// Platforms, apps, secrets and kinds are apart.
    Isolation,
    /// Whoever loads during a save gets the old or the new record.
    Wholeness,
    /// A turn is had by one at a time, ends when it is dropped, and holds up no other key; or there
    /// are no turns, and the store says so.
    Turns,
    /// A record that is refused for its generation is not kept, and one that is not refused is.
    Fence,
    /// An operation that was dropped in the middle leaves the store working.
    Cancellation,
}

/// A promise that a store broke. `Display` says which, and what it did.
#[derive(Clone, Debug)]
pub struct Violation {
    promise: Promise,
    what: String,
}

impl Report {
    /// Whether it gives the turn to issue to one at a time; if not, everybody may issue at any time.
    #[must_use]
    pub const fn gives_turns(&self) -> bool {
        self.turns
    }

    /// Whether it refuses a record of an earlier generation than it keeps; if not, the last one stays.
    #[must_use]
    pub const fn refuses_older_records(&self) -> bool {
        self.fence
    }

    /// Whether it refuses a record whose writer saw another one than is kept, however far it counts
    /// ([`Stored::replaces`](crate::Stored::replaces)). A store that processes share should, compared and
    /// written in one step.
    #[must_use]
    pub const fn refuses_who_saw_something_else(&self) -> bool {
        self.compares
    }

    /// Whether generations are kept.
    #[must_use]
    pub const fn keeps_generations(&self) -> bool {
        self.generations
    }

    /// Whether moments of issue are kept.
    #[must_use]
    pub const fn keeps_moments_of_issue(&self) -> bool {
        self.issued
    }
}

impl Promise {
    pub(super) fn broken(self, what: impl Into<String>) -> Violation {
        Violation { promise: self, what: what.into() }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Works => "what can be done succeeds",
            Self::Empty => "what nobody saved is not there",
            Self::RoundTrip => "what is loaded is what was saved",
            Self::Overwrite => "what was saved last is there",
            Self::Isolation => "platforms, apps, secrets and kinds are apart",
            Self::Wholeness => "a record is there whole or not at all",
            Self::Turns => "a turn is had by one at a time",
            Self::Fence => "a record is refused or kept",
            Self::Cancellation => "what was dropped in the middle leaves the store working",
        }
    }
}

impl Violation {
    /// Which promise it was.
    #[must_use]
    pub const fn promise(&self) -> Promise {
        self.promise
    }

    /// The same failure, of another promise.
    pub(super) fn of(self, promise: Promise) -> Self {
        Self { promise, ..self }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken is the promise that {}: {}", self.promise.text(), self.what)
    }
}

impl core::error::Error for Violation {}

impl From<StoreError> for Violation {
    fn from(error: StoreError) -> Self {
        Promise::Works.broken(format!("an operation failed: {error} ({error:?})"))
    }
}

impl From<InvalidValue> for Violation {
    fn from(error: InvalidValue) -> Self {
        Promise::Works.broken(format!("this suite is wrong about a value: {error}"))
    }
}

impl From<InvalidOrigin> for Violation {
    fn from(error: InvalidOrigin) -> Self {
        Promise::Works.broken(format!("this suite is wrong about an origin: {error}"))
    }
}
