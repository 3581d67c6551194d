//! A file that becomes a record by its last step.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::io::Errno;

use super::entry::{OURS, WARY};

/// Removed when dropped, unless it became something. While its writer lives it is locked, so that a
/// cleaner can tell what a killed process left.
pub(super) struct Temporary {
    path: PathBuf,
    file: File,
    is_there: bool,
}

/// Tells the temporary files of one process apart.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// A process number may have been used by a process that was killed (in containers it is 1 each time).
const NAMES: usize = 10_000;

impl Temporary {
    /// An empty one in this directory.
    pub(super) fn new(directory: &Path, label: &str) -> io::Result<Self> {
        for _ in 0..NAMES {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = directory.join(format!(".{label}.{}.{number}.tmp", std::process::id()));
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | WARY;
            let file = match open(&path, flags, OURS) {
                Ok(file) => File::from(file),
                Err(Errno::EXIST) => continue,
                Err(error) => return Err(error.into()),
            };
            // Between the two steps a cleaner may have taken it for a dead one's.
            if is_locked(&file)? && file.metadata()?.nlink() > 0 {
                return Ok(Self { path, file, is_there: true });
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Writes all of it, as far as the disk.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.sync_all()
    }

    /// Gives it this name, in place of whatever had it.
    pub(super) fn become_file(mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        self.is_there = false;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.is_there {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes what killed processes left.
pub(super) fn clean(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(b".") && name.ends_with(b".tmp") {
            clean_one(&entry.path());
        }
    }
    Ok(())
}

/// What cannot be removed does no harm.
fn clean_one(path: &Path) {
    let Ok(file) = open(path, OFlags::RDONLY | WARY, Mode::empty()) else { return };
    let file = File::from(file);
    if file.metadata().is_ok_and(|metadata| metadata.is_file()) && is_locked(&file).unwrap_or(false)
    {
        let _ = fs::remove_file(path);
    }
}

/// Whether it could be locked, which lasts until the file is closed.
pub(super) fn is_locked(file: &File) -> io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
