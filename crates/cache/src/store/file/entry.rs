//! What is under a name of the directory, looked at without trusting it.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;

use super::problem::{failed, refused};
use super::text;
use crate::{SlotKey, StoreError, StoreErrorKind, Stored};

/// What a record's name leads to.
pub(super) enum Entry {
    Absent,
    Record(Stored),
    /// Something that is no whole record of this key, to be set aside.
    Broken,
}

/// Of ours, and for nobody else.
pub(super) const OURS: Mode = Mode::RUSR.union(Mode::WUSR);

/// Neither a symbolic link is followed nor a pipe waited for.
pub(super) const WARY: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// Far more than a record has.
const LONGEST: u64 = 16 * 1024;

/// Reads the record at this path.
pub(super) fn read(path: &Path, key: &SlotKey) -> Result<Entry, StoreError> {
    let file = match open(path, OFlags::RDONLY | WARY, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(Errno::NOENT) => return Ok(Entry::Absent),
        Err(error) if is_strange(error) => return Ok(Entry::Broken),
        Err(error) => return Err(failed(path, error.into())),
    };
    let metadata = file.metadata().map_err(|error| failed(path, error))?;
    if !metadata.is_file() {
        return Ok(Entry::Broken);
    }
    owned(path, &metadata)?;
    // Whoever may write into it may have. It stays so until it is set aside, lest the next reader
    // trust it.
    if metadata.mode() & 0o022 != 0 || metadata.len() > LONGEST {
        return Ok(Entry::Broken);
    }
    close_to_others(path, &file, &metadata)?;
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes).map_err(|error| failed(path, error))?;
    Ok(text::read(key, &bytes).map_or(Entry::Broken, Entry::Record))
}

/// Takes from others what only its owner should have.
pub(super) fn close_to_others(
    path: &Path,
    file: &File,
    metadata: &Metadata,
) -> Result<(), StoreError> {
    if metadata.mode() & 0o077 == 0 {
        return Ok(());
    }
    file.set_permissions(Permissions::from_mode(0o600)).map_err(|error| failed(path, error))
}

/// Refuses what belongs to another user.
pub(super) fn owned(path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner == user {
        return Ok(());
    }
    let what = format!(
        "it belongs to user {owner}, and this program runs as user {user}: run it as that user, \
         change the owner, or name a directory of its own"
    );
    Err(refused(StoreErrorKind::Denied, path, what))
}

/// Whether a name that could not be opened leads to something that is no file: a symbolic link (the
/// second is how some systems say so), a socket.
pub(super) fn is_strange(error: Errno) -> bool {
    matches!(error, Errno::LOOP | Errno::MLINK | Errno::NXIO | Errno::ISDIR)
}

/// Moves what is there out of the way, for whoever looks into it. Only while nobody else changes the
/// directory.
pub(super) fn set_aside(path: &Path) -> Result<(), StoreError> {
    // The last one is kept. There is more than one name because a file cannot replace a folder.
    let mut outcome = Ok(());
    for ending in ["corrupt", "corrupt-2", "corrupt-3", "corrupt-4"] {
        let aside = with_ending(path, ending);
        outcome = fs::rename(path, &aside);
        if outcome.is_ok() {
            hide(&aside);
            break;
        }
    }
    outcome.map_err(|error| failed(path, error))
}

/// There may be a good code in it.
fn hide(path: &Path) {
    let Ok(file) = open(path, OFlags::RDONLY | WARY, Mode::empty()) else { return };
    let file = File::from(file);
    if let Ok(metadata) = file.metadata() {
        if metadata.is_file() {
            // As with the name, what cannot be done is no reason to go without a code.
            let _ = close_to_others(path, &file, &metadata);
        }
    }
}

/// Whether this is the file of that name.
pub(super) fn is_at(path: &Path, file: &File) -> io::Result<bool> {
    let open = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut longer = path.as_os_str().to_owned();
    longer.push(".");
    longer.push(ending);
    longer.into()
}
