//! What a configuration sets up: the way to the platform, and where the codes are kept.

mod store;
mod transport;

use std::path::Path;

use anyhow::Context as _;

pub(crate) use store::{TURNS, open as open_store, open_redis};
pub(crate) use transport::{http, proxy_host};

use crate::config::CaFile;

/// The authorities of a file, as PEM.
fn authorities(file: &CaFile, folder: &Path) -> anyhow::Result<Vec<u8>> {
    let path = folder.join(&file.file);
    std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}
