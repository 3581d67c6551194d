//! How often each path was asked for.

use std::collections::HashMap;

/// Different paths remembered; those beyond are not counted, so that memory stays bounded.
const PATHS: usize = 1024;

/// A counter per path.
#[derive(Default)]
pub(crate) struct Counts(HashMap<String, usize>);

/// A path is the client's to choose, and some clients put a secret in it.
impl std::fmt::Debug for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Counts({} paths)", self.0.len())
    }
}

impl Counts {
    pub(crate) fn count(&mut self, path: &str) {
        if let Some(count) = self.0.get_mut(path) {
            *count += 1;
        } else if self.0.len() < PATHS {
            self.0.insert(path.to_owned(), 1);
        }
    }

    pub(crate) fn of(&self, path: &str) -> usize {
        self.0.get(path).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_paths_is_bounded_and_disturbs_no_known_one() {
        let mut counts = Counts::default();
        counts.count("/known");
        for n in 0..10_000 {
            counts.count(&format!("/{n}"));
        }
        counts.count("/known");
        assert_eq!((counts.of("/known"), counts.0.len()), (2, PATHS));
    }
}
