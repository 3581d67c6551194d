//! The lock on changes of the directory, and the turns to issue.

use core::time::Duration;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{
    FlockOperation, OFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, flock, futimens, open,
};

use super::entry::{OURS, WARY, close_to_others, is_at, is_strange, owned};
use super::problem::{failed, refused};
use super::temporary::is_locked;
use crate::{Monotonic, StoreError, StoreErrorKind};

/// How long a turn lasts at most.
pub(super) const TURN: Duration = Duration::from_secs(60);

/// Held until it is dropped or the process dies.
pub(super) struct Lock(File);

/// Since when a holder of a turn has been seen to have it. Nobody's clock is compared with another's.
#[derive(Debug, Default)]
pub(super) struct Watches(Mutex<HashMap<PathBuf, (Holder, Monotonic)>>);

/// One turn of one holder: the file that is locked, and when it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Holder {
    file: (u64, u64),
    since: (i64, i64),
}

impl Watches {
    /// The turn whose file this is; none if somebody else has it. Only while nobody else changes the
    /// directory.
    pub(super) fn turn(&self, path: &Path, now: Monotonic) -> Result<Option<Lock>, StoreError> {
        if let Some(lock) = try_lock(path)? {
            self.forget(path);
            return stamp(&lock.0).map(|()| Some(lock)).map_err(|error| failed(path, error));
        }
        let holder = Holder::of(path).map_err(|error| failed(path, error))?;
        if !self.has_had_enough(path, holder, now) {
            return Ok(None);
        }
        // The holder keeps a lock on a file without a name.
        fs::remove_file(path).map_err(|error| failed(path, error))?;
        self.turn(path, now)
    }

    fn has_had_enough(&self, path: &Path, holder: Holder, now: Monotonic) -> bool {
        let mut watches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match watches.get(path) {
            Some((seen, since)) if *seen == holder => now.since(*since) >= TURN,
            _ => {
                watches.insert(path.to_owned(), (holder, now));
                false
            }
        }
    }

    fn forget(&self, path: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
    }
}

impl Holder {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::symlink_metadata(path)?;
        Ok(Self {
            file: (metadata.dev(), metadata.ino()),
            since: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing it is not enough while a child that was forked meanwhile has it open too.
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}

/// The lock of this name; none if somebody has it. The file stays: it may have been opened already by
/// the next.
pub(super) fn try_lock(path: &Path) -> Result<Option<Lock>, StoreError> {
    // A cleaner of old files may remove it while it is being locked; not again and again.
    for _ in 0..8 {
        let file = match open(path, OFlags::RDWR | OFlags::CREATE | WARY, OURS) {
            Ok(file) => File::from(file),
            Err(error) if is_strange(error) => return Err(no_file(path)),
            Err(error) => return Err(failed(path, error.into())),
        };
        let metadata = file.metadata().map_err(|error| failed(path, error))?;
        if !metadata.is_file() {
            return Err(no_file(path));
        }
        owned(path, &metadata)?;
        close_to_others(path, &file, &metadata)?;
        if !is_locked(&file).map_err(|error| failed(path, error))? {
            return Ok(None);
        }
        if is_at(path, &file).map_err(|error| failed(path, error))? {
            return Ok(Some(Lock(file)));
        }
    }
    Ok(None)
}

fn no_file(path: &Path) -> StoreError {
    refused(StoreErrorKind::Other, path, "a lock is wanted here, and this is no file: remove it")
}

/// Makes this turn one of its own for those who watch.
fn stamp(file: &File) -> io::Result<()> {
    let at = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
    let times = Timestamps { last_access: at(UTIME_OMIT), last_modification: at(UTIME_NOW) };
    Ok(futimens(file, &times)?)
}
