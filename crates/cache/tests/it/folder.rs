//! A directory of records.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use yzb_cache::FileStore;

/// A directory that is removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("yzb-cache-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    pub(crate) fn store(&self) -> FileStore {
        FileStore::open(&self.0).unwrap()
    }

    pub(crate) fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// The names of what is there, but for locks.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |file: PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
        let mut names: Vec<_> = self.files().into_iter().map(name).collect();
        names.retain(|name| !name.ends_with(".lock"));
        names.sort();
        names
    }

    /// The only record there is.
    pub(crate) fn record(&self) -> PathBuf {
        let names = self.names();
        let is_record = |name: &&String| !name.contains(".corrupt") && !name.starts_with('.');
        self.0.join(names.iter().find(is_record).unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
