//! The directory: that it is one, and ours alone to write.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::Path;

use super::entry::owned;
use super::problem::{failed, refused};
use super::temporary::{self, Temporary};
use crate::{StoreError, StoreErrorKind};

/// Makes it if it is missing, refuses it if it will not do, and removes what killed processes left.
pub(super) fn open(path: &Path) -> Result<(), StoreError> {
    match fs::metadata(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut builder = DirBuilder::new();
            builder
                .recursive(true)
                .mode(0o700)
                .create(path)
                .map_err(|error| failed(path, error))?;
        }
        Err(error) => return Err(failed(path, error)),
    }
    check(path)?;
    let written = Temporary::new(path, "probe").map(drop);
    written.and_then(|()| temporary::clean(path)).map_err(|error| failed(path, error))
}

fn check(path: &Path) -> Result<(), StoreError> {
    let metadata = fs::metadata(path).map_err(|error| failed(path, error))?;
    if !metadata.is_dir() {
        return Err(failed(path, io::ErrorKind::NotADirectory.into()));
    }
    owned(path, &metadata)?;
    let mode = metadata.mode() & 0o7777;
    if mode & 0o022 == 0 {
        return Ok(());
    }
    let what = format!(
        "its mode is {mode:04o}, so that others may put files there: `chmod go-w` it, or name a \
         directory of its own"
    );
    Err(refused(StoreErrorKind::Denied, path, what))
}

/// What was renamed there is so after a power failure too.
pub(super) fn sync(path: &Path) -> Result<(), StoreError> {
    match File::open(path).and_then(|directory| directory.sync_all()) {
        // Some file systems cannot, and need not.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        outcome => outcome.map_err(|error| failed(path, error)),
    }
}
