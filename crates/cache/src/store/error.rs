//! Why a store did not do what it was asked.

use core::error::Error;
use core::fmt;
use std::sync::Arc;

/// A store failed. It holds nothing of what was to be kept, and is cloned for everyone who waited.
#[derive(Clone)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What failed, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached: it comes back, or it is down.
    Unavailable,
    /// It did not answer in time.
    Timeout,
    /// It refused for want of a permission: an operator must grant it.
    Denied,
    /// It has no room: an operator must make some.
    Full,
    /// What it keeps cannot be read: find out who wrote it. It is as good as absent.
    Corrupt,
    /// It keeps a newer record than the one it was given.
    Conflict,
    /// Something else; see the source.
    Other,
}

impl StoreError {
    /// An error of this kind.
    #[must_use]
    pub const fn new(kind: StoreErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Adds what failed. Its text is shown to people and written to logs: no code may be in it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// What failed.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl StoreErrorKind {
    /// A stable name in kebab case, for labels of metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Denied => "denied",
            Self::Full => "full",
            Self::Corrupt => "corrupt",
            Self::Conflict => "conflict",
            Self::Other => "other",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Unavailable => "the store cannot be reached",
            Self::Timeout => "the store did not answer in time",
            Self::Denied => "the store refused: grant it the permission",
            Self::Full => "the store is full: make room",
            Self::Corrupt => "the stored record cannot be read: find out who wrote it",
            Self::Conflict => "the store keeps a newer record",
            Self::Other => "the store failed",
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.what())
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("StoreError");
        shown.field("kind", &self.kind);
        if let Some(source) = &self.source {
            shown.field("source", &format_args!("{source}"));
        }
        shown.finish()
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<StoreErrorKind> for StoreError {
    fn from(kind: StoreErrorKind) -> Self {
        Self::new(kind)
    }
}
