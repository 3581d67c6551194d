//! Whether a text holds something that opens a door.

use std::collections::{BTreeSet, HashSet};

use crate::form;
use crate::world::World;

/// Shorter values are recognised only where they are the whole text: a secret of one letter is in
/// every word.
const SHORT: usize = 4;

/// So many hexadecimal digits in a row are taken for a token, a ticket or a code, or for the half
/// of one: all that the platform issues is of them. It need not remember which it gave out.
const DIGITS: usize = 32;

/// What was written so often that it must be decoded so often.
const LAYERS: usize = 3;

/// The secrets and planted codes of a world, in lower case, and how long they are.
#[derive(Default)]
pub(crate) struct Known {
    values: HashSet<Vec<u8>>,
    lengths: BTreeSet<usize>,
}

impl Known {
    pub(crate) fn of(world: &World) -> Self {
        let secrets = world.apps.iter().map(|(_, secret)| secret);
        let all = secrets.chain(world.codes.iter().map(|code| &code.code));
        let values: HashSet<_> =
            all.map(|value| value.as_str().as_bytes().to_ascii_lowercase()).collect();
        let lengths = values.iter().map(Vec::len).filter(|length| *length >= SHORT).collect();
        Self { values, lengths }
    }

    /// Whether this text is or holds one of them, spelled as it is or escaped as in a form.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        let mut text = text.to_vec();
        for _ in 0..LAYERS {
            if self.is_plainly_in(&text) {
                return true;
            }
            match form::decode(&text) {
                Ok(decoded) if decoded.as_bytes() != text => text = decoded.into(),
                _ => return false,
            }
        }
        true
    }

    fn is_plainly_in(&self, text: &[u8]) -> bool {
        if text.split(|byte| !byte.is_ascii_hexdigit()).any(|run| run.len() >= DIGITS) {
            return true;
        }
        let text = text.to_ascii_lowercase();
        let holds = |length: &usize| text.windows(*length).any(|part| self.values.contains(part));
        self.values.contains(&text) || self.lengths.iter().any(holds)
    }
}

/// How many there are is all that may be told.
impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Known({})", self.values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_whole_and_in_part_escaped_and_in_capitals() {
        let known = Known::of(&World::new().app("1", "peer-Secret").app("2", "x"));
        for text in ["peer-secret", "a/peer-Secret/b", "x", "peer%2DSecret", "p%2565er-secret"] {
            assert!(known.is_in(text.as_bytes()), "{text}");
        }
        for text in ["", "peer-secre", "xx", "990001", "/OAuth2/token"] {
            assert!(!known.is_in(text.as_bytes()), "{text}");
        }
        assert!(
            known.is_in("a0".repeat(16).as_bytes()) && !known.is_in("a0".repeat(15).as_bytes())
        );
        assert_eq!(format!("{known:?}"), "Known(2)");
    }
}
