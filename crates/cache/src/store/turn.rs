//! Whose turn it is to issue.

use core::any::Any;
use core::fmt;
use core::time::Duration;

/// What a store says to somebody who wants to issue. Dropping it hands the turn back.
pub struct Turn(State);

enum State {
    Free,
    Held { guard: Box<dyn Any + Send + Sync>, span: Option<Duration> },
    Taken,
}

impl Turn {
    /// There are no turns: everybody may issue at any time.
    #[must_use]
    pub const fn free() -> Self {
        Self(State::Free)
    }

    /// It is yours until `guard` is dropped, however long that is.
    #[must_use]
    pub fn held(guard: impl Send + Sync + 'static) -> Self {
        Self(State::Held { guard: Box::new(guard), span: None })
    }

    /// It is yours until `guard` is dropped, and for this long at most, counted from before it was
    /// asked for: then the store gives it to somebody else.
    ///
    /// Nothing is sent to the platform later than a third of that after asking, and whoever holds it
    /// longer than that asks the store to [extend](crate::Store::extend_turn) it.
    #[must_use]
    pub fn lasting(guard: impl Send + Sync + 'static, span: Duration) -> Self {
        Self(State::Held { guard: Box::new(guard), span: Some(span) })
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
        matches!(self.0, State::Held { .. })
    }

    /// How long it lasts at most, counted from before it was asked for; none if it has no end.
    #[must_use]
    pub const fn span(&self) -> Option<Duration> {
        match self.0 {
            State::Held { span, .. } => span,
            _ => None,
        }
    }

    /// What the store put into it, for that store.
    #[must_use]
    pub fn guard<G: 'static>(&self) -> Option<&G> {
        match &self.0 {
            State::Held { guard, .. } => guard.downcast_ref(),
            _ => None,
        }
    }

    /// What the store put into it, taken out: for a store that hands a turn back in its own way.
    #[must_use]
    pub fn into_guard<G: 'static>(self) -> Option<G> {
        match self.0 {
            State::Held { guard, .. } => guard.downcast().ok().map(|guard| *guard),
            _ => None,
        }
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Free => "Turn(free)",
            State::Held { .. } => "Turn(held)",
            State::Taken => "Turn(taken)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_finds_in_a_turn_what_it_put_there() {
        let turn = Turn::lasting("mine", Duration::from_secs(60));
        assert_eq!((turn.span(), turn.guard()), (Some(Duration::from_secs(60)), Some(&"mine")));
        assert_eq!(turn.guard::<u8>(), None);
        assert_eq!(turn.into_guard(), Some("mine"));
        assert_eq!(Turn::held(7_u8).span(), None);
        assert_eq!(Turn::free().into_guard::<u8>(), None);
    }
}
