//! `storage_redis` and `store`: where the codes are kept.

mod redis;
mod url;

use std::path::PathBuf;

use super::ca_file::{CaFile, file_name};
use super::reader::{At, Fields, Reader};
use super::secret::{Secret, SecretKind};

pub(crate) use redis::{Login, Redis, Topology};
pub(crate) use url::RedisUrl;

/// Where the codes are kept.
#[derive(Debug)]
pub(crate) enum Store {
    /// In Redis, in the records that the published clients read.
    Redis(Box<Redis>),
    /// In files of this folder, for the processes of one machine.
    Directory(PathBuf),
}

/// `None` only where an error was noted.
pub(super) fn read(reader: &mut Reader, root: &Fields<'_>) -> Option<Store> {
    match (root.find("storage_redis"), root.find("store")) {
        (Some(published), None) => published_redis(reader, &published),
        (None, Some(ours)) => our_store(reader, &ours),
        (Some(published), Some(ours)) => {
            let what = "there are two stores, and which one is meant is not known";
            reader.wrong(&ours, what, "keep one of `storage_redis` and `store`");
            published_redis(reader, &published);
            our_store(reader, &ours);
            None
        }
        (None, None) => {
            let remedy = "write `storage_redis` as the published task has it, or \
                          `store: { directory: /var/lib/yzb }` on a single machine";
            reader.missing(root.place(), "store", remedy);
            None
        }
    }
}

impl Store {
    /// The file of authorities that it names.
    pub(super) fn ca_file(&self) -> Option<&CaFile> {
        match self {
            Self::Redis(redis) => redis.tls.as_ref()?.ca_file.as_ref(),
            Self::Directory(_) => None,
        }
    }

    /// The secrets that it needs.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        match self {
            Self::Redis(redis) => redis.secrets(),
            Self::Directory(_) => Vec::new(),
        }
    }
}

/// The published task's keys: `db` may be missing, a port be quoted, `auth` be empty.
fn published_redis(reader: &mut Reader, at: &At<'_>) -> Option<Store> {
    let fields = reader.map(at, &["host", "port", "auth", "db"])?;
    let host = reader.required(&fields, "host", "write the server's name or address");
    let host = host.and_then(|at| host_name(reader, &at));
    let port = match fields.find("port") {
        Some(at) => reader.number(&at, 1..=65535).and_then(|port| u16::try_from(port).ok()),
        None => Some(6379),
    };
    let database = redis::database(reader, &fields, "db");
    let password = redis::password(reader, &fields, "auth");
    let topology = Topology::Single { host: host?, port: port? };
    let login = Login { username: None, password };
    let key_prefix = String::new();
    let redis = Redis { topology, login, database, key_prefix, tls: None };
    Some(Store::Redis(Box::new(redis)))
}

fn our_store(reader: &mut Reader, at: &At<'_>) -> Option<Store> {
    let fields = reader.map(at, &["redis", "directory"])?;
    match (fields.find("redis"), fields.find("directory")) {
        (Some(redis), None) => redis::read(reader, &redis).map(Box::new).map(Store::Redis),
        (None, Some(directory)) => file_name(reader, &directory).map(Store::Directory),
        _ => {
            let what = "does not say in one way where the codes are kept";
            reader.lacking(at, what, "write one of `redis` and `directory` below it");
            None
        }
    }
}

/// A host's name or address, without a port.
fn host_name(reader: &mut Reader, at: &At<'_>) -> Option<String> {
    let text = reader.text(at)?;
    if !url::is_host(text) {
        let remedy = "write a name or an address alone, without scheme, port and password";
        reader.wrong(at, "is no host", remedy);
        return None;
    }
    Some(text.to_owned())
}
