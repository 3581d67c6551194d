//! Whose turn it is to issue.

use core::any::Any;
use core::fmt;

/// What a store says to somebody who wants to issue. Dropping it hands the turn back.
pub struct Turn(State);

enum State {
    Free,
    Held(#[expect(dead_code, reason = "it is kept only to be dropped")] Box<dyn Any + Send + Sync>),
    Taken,
}

impl Turn {
    /// There are no turns: everybody may issue at any time.
    #[must_use]
    pub const fn free() -> Self {
        Self(State::Free)
    }

    /// It is yours until `guard` is dropped.
    #[must_use]
    pub fn held(guard: impl Send + Sync + 'static) -> Self {
        Self(State::Held(Box::new(guard)))
    }

    /// Somebody else has it.
    #[must_use]
    pub const fn taken() -> Self {
        Self(State::Taken)
    }

    /// Whether somebody else has it.
    #[must_use]
    pub const fn is_taken(&self) -> bool {
        matches!(self.0, State::Taken)
    }

    /// Whether others wait until this is dropped.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        matches!(self.0, State::Held(_))
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Free => "Turn(free)",
            State::Held(_) => "Turn(held)",
            State::Taken => "Turn(taken)",
        })
    }
}
