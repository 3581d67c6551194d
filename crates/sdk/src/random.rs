//! Chance, as an argument.

use std::fmt;

/// Where random bytes come from: for the nonces of signed pages, and for the moments at which codes
/// are renewed. Tests hand in a closure that returns `[u8; 16]`.
///
/// A nonce that somebody can foretell does no harm that is known of; but nobody documents what the
/// platform relies on, so the default for nonces is the operating system's randomness and not a quick
/// one. Pauses are a quick one's as long as nothing is injected.
pub trait Random: Send + Sync {
    /// Sixteen bytes that nobody can foretell.
    ///
    /// # Errors
    ///
    /// There are none to be had.
    fn bytes(&self) -> Result<[u8; 16], RandomError>;
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

/// There was no randomness. On a machine that runs at all this happens early at boot or in a sandbox
/// that forbids the system call; allow it, or inject another [`Random`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomError(());

impl RandomError {
    /// For an implementation of one's own.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

impl Default for RandomError {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for OsRandom {
    fn bytes(&self) -> Result<[u8; 16], RandomError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| RandomError(()))?;
        Ok(bytes)
    }
}

impl<F: Fn() -> [u8; 16] + Send + Sync> Random for F {
    fn bytes(&self) -> Result<[u8; 16], RandomError> {
        Ok(self())
    }
}

/// A number from 0 to 1, by which pauses are spread; the middle where there is no randomness.
pub(crate) fn fraction(random: &dyn Random) -> f64 {
    let Ok([a, b, c, d, ..]) = random.bytes() else { return 0.5 };
    f64::from(u32::from_le_bytes([a, b, c, d])) / f64::from(u32::MAX)
}

impl fmt::Display for RandomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the operating system gave no randomness: allow getrandom, or inject another source",
        )
    }
}

impl std::error::Error for RandomError {}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken;

    impl Random for Broken {
        fn bytes(&self) -> Result<[u8; 16], RandomError> {
            Err(RandomError::new())
        }
    }

    #[test]
    fn fractions_are_from_zero_to_one_even_without_randomness() {
        assert_eq!(fraction(&|| [0; 16]), 0.0);
        assert_eq!(fraction(&|| [255; 16]), 1.0);
        assert_eq!(fraction(&Broken), 0.5);
        assert_ne!(OsRandom.bytes(), OsRandom.bytes());
    }
}
