//! How often each path was asked for, and each status answered.

use std::collections::{BTreeMap, HashMap};

use crate::journal::cut;

/// Different paths remembered; those beyond are not counted, so that memory stays bounded.
const PATHS: usize = 1024;

/// So many bytes of a path tell it from others.
const PATH_KEPT: usize = 256;

/// A counter per path and one per status.
#[derive(Default)]
pub(crate) struct Counts {
    paths: HashMap<String, usize>,
    statuses: BTreeMap<u16, usize>,
}

/// A path is the client's to choose, and some clients put a secret in it.
impl std::fmt::Debug for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Counts({} paths)", self.paths.len())
    }
}

impl Counts {
    pub(crate) fn count(&mut self, path: &str) {
        let path = cut(path, PATH_KEPT);
        if let Some(count) = self.paths.get_mut(path) {
            *count += 1;
        } else if self.paths.len() < PATHS {
            self.paths.insert(path.to_owned(), 1);
        }
    }

    pub(crate) fn answered(&mut self, status: u16) {
        *self.statuses.entry(status).or_default() += 1;
    }

    /// The statuses answered so far, each with its count.
    pub(crate) fn statuses(&self) -> impl Iterator<Item = (u16, usize)> {
        self.statuses.iter().map(|(status, count)| (*status, *count))
    }

    pub(crate) fn of(&self, path: &str) -> usize {
        self.paths.get(cut(path, PATH_KEPT)).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_counted_by_its_beginning() {
        let mut counts = Counts::default();
        let long = format!("/{}", "天".repeat(30_000));
        counts.count(&long);
        assert_eq!(counts.of(&long), 1);
        assert!(counts.paths.keys().all(|path| path.len() <= PATH_KEPT));
    }

    #[test]
    fn a_flood_of_paths_is_bounded_and_disturbs_no_known_one() {
        let mut counts = Counts::default();
        counts.count("/known");
        for n in 0..10_000 {
            counts.count(&format!("/{n}"));
        }
        counts.count("/known");
        assert_eq!((counts.of("/known"), counts.paths.len()), (2, PATHS));
    }
}
