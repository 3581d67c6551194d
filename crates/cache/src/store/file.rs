//! Codes in files, shared by the processes of one machine.

mod directory;
mod entry;
mod locks;
mod name;
mod problem;
mod temporary;
mod text;

use core::cmp::Ordering;
use core::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use yzb_proto::Lifetime;

use super::pause::once_more;
use super::{Store, StoreError, StoreErrorKind, Stored, Turn};
use crate::{Clock, SlotKey, SystemClock};
use entry::Entry;
use locks::Lock;
use problem::{failed, refused};
use temporary::Temporary;

/// Keeps each code in a file of a directory of its own, by which the processes of one machine share
/// them. Cloning shares it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use yzb_cache::{FileStore, Kind, SlotKey, Store};
/// # use yzb_proto::{AppId, AppSecret, Origin};
/// # let state = std::env::temp_dir().join(format!("yzb-doc-{}", std::process::id()));
/// let store = FileStore::open(&state)?;
/// # let (app_id, secret) = (AppId::new("100027")?, AppSecret::new("from-the-console")?);
/// # let key = SlotKey::new(Origin::production(), app_id, secret.fingerprint(), Kind::ServerToken);
/// assert!(store.load(&key).await?.is_none());
/// # std::fs::remove_dir_all(state)?;
/// # Ok(())
/// # }
/// ```
///
/// # Files
///
/// A record is named after the kind, the app, the fingerprint of the app's secret and the platform
/// (shortened, with a hash, where that would be too long for a file's name), and holds its key, which
/// is compared when it is read. It is written beside its place, brought to the disk and renamed, so
/// that whoever reads, at any time and after a crash at any point, gets the old or the new one. What
/// a killed writer left is removed by the next `open`.
///
/// # Who issues
///
/// The turn is an advisory lock (`flock`) on a file beside the record. The system takes it from a
/// process that dies. From one that merely stands still (stopped, or hung) others take it after
/// having watched it for 60 s; a policy's [`send_within`](crate::PolicyBuilder::send_within) must be
/// well below that (it is 20 s by default). What such a holder then writes is refused ([`StoreErrorKind::Conflict`]):
/// a record that has not expired is replaced neither by one of an earlier generation, nor by one of
/// the same generation that was issued no later, unless that has the same code. One that was issued
/// in the future, by a clock that was wrong, keeps nothing out.
///
/// # Trust
///
/// Everything is of mode 0600, in a directory that is made with 0700. What is found is judged so:
///
/// | found | done |
/// |---|---|
/// | a directory that belongs to another user, or that others may write into | refused by `open`; others reading its list of names is accepted, for no name is a secret |
/// | a record or lock of another user | refused; neither read nor replaced |
/// | a record that others may read | closed to them, and used |
/// | a record that others may write | closed to them, and set aside |
/// | a part of a record, one of another key, one that is far too long, a link, a pipe, a folder | set aside |
///
/// Set aside means renamed, with `.corrupt` behind the name, and reported once as
/// [`StoreErrorKind::Corrupt`]. Each error names the file and the remedy.
///
/// # Limits
///
/// - The directory's path may lead through symbolic links, and whoever may rename its parents may
///   replace it: they are trusted.
/// - Nobody else may remove files while the directory is in use, but for those set aside: who removes
///   a lock that is held lets another have it too.
/// - `open` reads the directory's list of names once.
/// - Use a local disk. On one that is shared between machines the locks may not hold, and the turn's
///   bound supposes that one clock runs for all.
/// - A process that is stopped just in the few system calls of a change holds up the changes of
///   others, whatever the app, until it goes on or dies.
/// - While the disk is full, processes cannot pass codes on, and each issues its own.
/// - **Calls block.** Each operation is some system calls on small files, made where the future is
///   polled: a load reads one file; a save also waits twice for the disk. Nothing waits for a lock or
///   a pipe. A thread pool would cost more than reading does, and would tie the crate to a runtime. A
///   time-out cannot cut a call short, so a disk that hangs holds up the thread that polls: on such a
///   one, wrap this in a [`Store`] that moves the calls to threads of your own.
#[derive(Clone)]
pub struct FileStore {
    shared: Arc<Shared>,
}

struct Shared {
    directory: PathBuf,
    clock: Arc<dyn Clock>,
    watches: locks::Watches,
}

/// How often a change of the directory is tried while others make theirs, which take some system
/// calls each. Only of a disk that is slow, or of a process that was stopped in the middle of those,
/// this becomes too many.
const TRIES: usize = 10_000;
/// How much later than now a record may have been issued.
const SLACK: Lifetime = Lifetime::from_secs(60);
/// Whoever wants a turn asks again anyway.
const TRIES_FOR_A_TURN: usize = 500;

impl FileStore {
    /// Keeps codes in this directory, which is made if it is missing, for its owner only.
    ///
    /// # Errors
    ///
    /// The directory cannot be made, or it is not one, or nothing can be written there, or it belongs
    /// to another user, or others may write into it. The error's source says so, with the remedy.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let directory = directory.into();
        // Wherever the program moves to later.
        let directory =
            std::path::absolute(&directory).map_err(|error| failed(&directory, error))?;
        directory::open(&directory)?;
        let clock = Arc::new(SystemClock::new());
        Ok(Self {
            shared: Arc::new(Shared { directory, clock, watches: locks::Watches::default() }),
        })
    }

    /// With this time: it says whether a record has expired, and how long somebody has had the turn.
    /// By default the machine's.
    #[must_use]
    pub fn with_clock(self, clock: impl Clock + 'static) -> Self {
        let directory = self.shared.directory.clone();
        let watches = locks::Watches::default();
        Self { shared: Arc::new(Shared { directory, clock: Arc::new(clock), watches }) }
    }

    fn directory(&self) -> &Path {
        &self.shared.directory
    }

    /// Locked for the moment of a change.
    fn lock(&self) -> PathBuf {
        self.directory().join(".lock")
    }

    fn path(&self, key: &SlotKey, ending: &str) -> PathBuf {
        self.directory().join(format!("{}{ending}", name::of(key)))
    }

    /// Nobody else changes the directory while what this gives is kept; none if somebody does.
    async fn try_changing(&self, tries: usize) -> Result<Option<Lock>, StoreError> {
        for _ in 0..tries {
            if let Some(lock) = locks::try_lock(&self.lock())? {
                return Ok(Some(lock));
            }
            std::thread::yield_now();
            once_more().await;
        }
        Ok(None)
    }

    async fn changing(&self) -> Result<Lock, StoreError> {
        let what = "somebody has held it for too long: find out which process stands still";
        let changing = self.try_changing(TRIES).await?;
        changing.ok_or_else(|| refused(StoreErrorKind::Timeout, &self.lock(), what))
    }

    /// What is broken is moved out of the way; or else, what somebody has put there meanwhile.
    async fn set_aside(&self, path: &Path, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        let changing = self.changing().await?;
        match entry::read(path, key)? {
            Entry::Absent => Ok(None),
            Entry::Record(stored) => Ok(Some(stored)),
            Entry::Broken => {
                let aside = entry::set_aside(path);
                drop(changing);
                let what = match aside {
                    Ok(()) => "it was no record of this app, and was set aside as `.corrupt`",
                    Err(_) => "it is no record of this app, and cannot be set aside: remove it",
                };
                Err(refused(StoreErrorKind::Corrupt, path, what))
            }
        }
    }

    /// Whether what is kept must not make way for this record.
    fn outranks(&self, kept: &Stored, record: &Stored) -> bool {
        let now = self.shared.clock.now().wall;
        // One of a clock that was wrong for a while would keep its rank for as long.
        let from_the_future = kept.issued_at.is_some_and(|issued_at| issued_at > now + SLACK);
        if kept.expires_at <= now || from_the_future {
            return false;
        }
        match kept.generation.cmp(&record.generation) {
            Ordering::Greater => true,
            Ordering::Less => false,
            // Two were issued at once. The platform goes by the later one; a zero counts nothing.
            Ordering::Equal => kept.generation > 0 && is_rival(kept, record),
        }
    }
}

/// Whether this is another code, and issued no earlier.
fn is_rival(kept: &Stored, record: &Stored) -> bool {
    let is_no_earlier = match (kept.issued_at, record.issued_at) {
        (Some(kept), Some(record)) => kept >= record,
        _ => kept.expires_at >= record.expires_at,
    };
    is_no_earlier && kept.code.fingerprint() != record.code.fingerprint()
}

impl Store for FileStore {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        let path = self.path(key, "");
        match entry::read(&path, key)? {
            Entry::Absent => Ok(None),
            Entry::Record(stored) => Ok(Some(stored)),
            Entry::Broken => self.set_aside(&path, key).await,
        }
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        let path = self.path(key, "");
        let text = text::write(key, record);
        if text::read(key, text.as_bytes()).is_none() {
            let what = "this is no record for it: of another kind, or with an absurd moment";
            return Err(refused(StoreErrorKind::Other, &path, what));
        }
        let mut temporary = Temporary::new(self.directory(), key.kind().name())
            .map_err(|error| failed(self.directory(), error))?;
        temporary.write(text.as_bytes()).map_err(|error| failed(&path, error))?;
        let changing = self.changing().await?;
        match entry::read(&path, key)? {
            Entry::Record(kept) if self.outranks(&kept, record) => {
                return Err(StoreErrorKind::Conflict.into());
            }
            Entry::Broken => entry::set_aside(&path)?,
            _ => {}
        }
        temporary.become_file(&path).map_err(|error| failed(&path, error))?;
        drop(changing);
        directory::sync(self.directory())
    }

    async fn turn(&self, key: &SlotKey) -> Result<Turn, StoreError> {
        let Some(changing) = self.try_changing(TRIES_FOR_A_TURN).await? else {
            return Ok(Turn::taken());
        };
        let now = self.shared.clock.now().monotonic;
        let turn = self.shared.watches.turn(&self.path(key, ".lock"), now)?;
        drop(changing);
        Ok(turn.map_or_else(Turn::taken, Turn::held))
    }

    /// A full disk is no reason for a machine to go without codes.
    fn is_optional(&self) -> bool {
        true
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").field("directory", &self.directory()).finish_non_exhaustive()
    }
}
