//! What is wrong with a file, for the operator who has to mend it.

use core::error::Error;
use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::{StoreError, StoreErrorKind};

/// Where, what, and the remedy. Names of files have no secret in them.
#[derive(Debug)]
struct Problem {
    path: PathBuf,
    what: String,
    source: Option<io::Error>,
}

/// A refusal of our own: `what` ends with the remedy.
pub(super) fn refused(kind: StoreErrorKind, path: &Path, what: impl Into<String>) -> StoreError {
    let problem = Problem { path: path.to_owned(), what: what.into(), source: None };
    StoreError::new(kind).with_source(problem)
}

/// A system call that failed on this path.
pub(super) fn failed(path: &Path, error: io::Error) -> StoreError {
    let (kind, remedy) = judge(&error);
    let what = format!("{error}{remedy}");
    StoreError::new(kind).with_source(Problem { path: path.to_owned(), what, source: Some(error) })
}

fn judge(error: &io::Error) -> (StoreErrorKind, &'static str) {
    use io::ErrorKind as E;
    match error.kind() {
        E::PermissionDenied => {
            (StoreErrorKind::Denied, ": let the user that runs this read and write there")
        }
        E::ReadOnlyFilesystem => {
            (StoreErrorKind::Denied, ": mount it writable, or name another directory")
        }
        // The last is a limit on the size of files, which an operator lifts likewise.
        E::StorageFull | E::QuotaExceeded | E::FileTooLarge => {
            (StoreErrorKind::Full, ": make room there")
        }
        E::NotFound => (StoreErrorKind::Unavailable, ": bring the directory back"),
        E::NotADirectory | E::AlreadyExists => {
            (StoreErrorKind::Unavailable, ": name a directory, or remove what is in its place")
        }
        _ => (StoreErrorKind::Other, ""),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Quoted, so that no control character of a name reaches a terminal.
        write!(f, "{:?}: {}", self.path, self.what)
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
