//! Codes in files, shared by the processes of one machine.

mod name;
mod text;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{FlockOperation, flock};

use super::{Store, StoreError, StoreErrorKind, Stored, Turn};
use crate::SlotKey;

/// Keeps each code in a file of a directory of its own, by which the processes of one machine share
/// them. Cloning shares it.
///
/// Files are replaced as a whole, readable by their owner only, and named after the platform, the
/// app, the kind and the fingerprint of the app's secret. What cannot be read is set aside under the
/// same name with `.corrupt` behind it, and reported. The turn to issue is an advisory lock on a
/// file beside it, which the system releases when its process dies.
///
/// Its operations are a few system calls on small files, made in place: use a local disk. A directory
/// that is shared between machines is not one.
#[derive(Clone, Debug)]
pub struct FileStore {
    directory: Arc<Path>,
}

/// Far more than a record has.
const LONGEST: u64 = 16 * 1024;

/// Tells the temporary files of one process apart.
static WRITES: AtomicU64 = AtomicU64::new(0);

impl FileStore {
    /// Keeps codes in this directory, which is made if it is missing, for its owner only.
    ///
    /// # Errors
    ///
    /// The directory cannot be made, or it is not one, or nothing can be written there.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let directory = directory.into();
        DirBuilder::new().recursive(true).mode(0o700).create(&directory).map_err(failed)?;
        let store = Self { directory: Arc::from(directory) };
        let probe = store.temporary("probe");
        create(&probe).map_err(failed)?;
        fs::remove_file(&probe).map_err(failed)?;
        Ok(store)
    }

    fn path(&self, key: &SlotKey, ending: &str) -> PathBuf {
        self.directory.join(format!("{}{ending}", name::of(key)))
    }

    fn temporary(&self, name: &str) -> PathBuf {
        let number = WRITES.fetch_add(1, Ordering::Relaxed);
        self.directory.join(format!(".{name}.{}.{number}.tmp", std::process::id()))
    }

    fn read(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        let path = self.path(key, "");
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mut bytes = Vec::new();
        file.take(LONGEST).read_to_end(&mut bytes).map_err(failed)?;
        if let Some(stored) = text::read(key, &bytes) {
            return Ok(Some(stored));
        }
        // Kept for whoever looks into it; if even that fails, the next write replaces it.
        let _ = fs::rename(&path, self.path(key, ".corrupt"));
        Err(StoreErrorKind::Corrupt.into())
    }

    /// Whoever reads meanwhile, and whoever reads after this process was killed at any point of it,
    /// gets the old or the new record.
    fn replace(&self, key: &SlotKey, record: &Stored) -> io::Result<()> {
        let temporary = self.temporary(key.kind().name());
        let written = create(&temporary).and_then(|mut file| {
            file.write_all(text::write(key, record).as_bytes())?;
            file.sync_all()?;
            fs::rename(&temporary, self.path(key, ""))
        });
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }
}

impl Store for FileStore {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        self.read(key)
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        self.replace(key, record).map_err(failed)
    }

    async fn turn(&self, key: &SlotKey) -> Result<Turn, StoreError> {
        let mut options = OpenOptions::new();
        let path = self.path(key, ".lock");
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            // Closing the file hands the turn back. The file stays: whoever removed it would let
            // two hold locks on two files of one name.
            Ok(()) => Ok(Turn::held(file)),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(Turn::taken()),
            Err(error) => Err(failed(error.into())),
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn failed(error: io::Error) -> StoreError {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StoreErrorKind::Denied
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreErrorKind::Full,
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => StoreErrorKind::Unavailable,
        _ => StoreErrorKind::Other,
    };
    StoreError::new(kind).with_source(error)
}
