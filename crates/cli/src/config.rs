//! The configuration: the published task's `config.yaml`, and our own keys beside it.
//!
//! `proxies`, `storage_redis`, `oauth_api` and `app_info` mean what they mean to the published Python
//! task, so that moving over is pointing at the same file. Every problem of a file is found in one
//! reading, and none quotes the file.

mod apps;
mod aside;
mod ca_file;
mod check;
mod command;
mod example;
mod exposed;
mod load;
mod log;
mod platform;
mod policy;
mod problem;
mod reader;
mod report;
mod secret;
mod service;
mod store;
mod yaml;

use std::path::{Path, PathBuf};
use std::time::Duration;

use yzb::cache::Policy;

use crate::environment::Environment;
use reader::{At, Reader};

use problem::{Place, Severity};
use report::report;
use secret::{Follow, Sources};

pub(crate) use apps::App;
pub(crate) use ca_file::CaFile;
pub(crate) use command::{Command, run};
pub(crate) use load::{Loaded, Origin, Unusable, lines};
pub(crate) use log::{Log, LogFormat, LogLevel};
pub(crate) use platform::{Platform, Route};
pub(crate) use problem::Problem;
pub(crate) use secret::Secret;
pub(crate) use service::{Listen, Service};
pub(crate) use store::{Login, Redis, Store, Topology};

/// Everything that a file says, with defaults for what it does not. Secrets are not looked up yet.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) platform: Platform,
    pub(crate) apps: Vec<App>,
    pub(crate) store: Store,
    pub(crate) policy: Policy,
    pub(crate) service: Service,
    pub(crate) log: Log,
}

/// What came of reading a file.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The configuration, if there is no error.
    pub(crate) config: Option<Config>,
    /// Errors and warnings in the order of the file.
    pub(crate) problems: Vec<Problem>,
}

/// The keys at the top of a file.
const KEYS: [&str; 8] =
    ["app_info", "log", "oauth_api", "policy", "proxies", "service", "storage_redis", "store"];

impl Config {
    /// Reads the bytes of a file.
    pub(crate) fn read(bytes: &[u8]) -> Reading {
        let mut tree = yaml::read(bytes);
        let mut reader = Reader::of(&mut tree);
        let config = match &tree.root {
            Some(node) => Self::from_root(&mut reader, &At { node, path: String::new() }),
            None => {
                let remedy = "`yzb config example` prints one to begin with";
                reader.missing(Place::default(), "app_info", remedy);
                None
            }
        };
        let problems = reader.finish();
        let is_good = problems.iter().all(|problem| problem.severity == Severity::Warning);
        Reading { config: config.filter(|_| is_good), problems }
    }

    /// `None` only where an error was noted.
    fn from_root(reader: &mut Reader, root: &At<'_>) -> Option<Self> {
        let fields = reader.map(root, &KEYS)?;
        // Each is read before any is given up, for the sake of its problems.
        let platform = platform::read(reader, &fields);
        let apps = apps::read(reader, &fields);
        let store = store::read(reader, &fields);
        let policy = policy::read(reader, &fields);
        let service = service::read(reader, &fields);
        let log = log::read(reader, &fields);
        Some(Self { platform, apps, store: store?, policy: policy?, service, log })
    }

    /// All secrets, in the order of the settings.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        let mut secrets: Vec<_> = self.platform.route.secret().into_iter().collect();
        secrets.extend(self.apps.iter().map(|app| &app.secret));
        secrets.extend(self.store.secrets());
        secrets.extend(self.service.bearer_tokens.iter().map(|bearer| &bearer.token));
        secrets
    }

    /// The files of authorities that are to be trusted.
    pub(crate) fn ca_files(&self) -> impl Iterator<Item = &CaFile> {
        self.platform.ca_file.iter().chain(self.store.ca_file())
    }
}

/// The file that is meant: the one that is named, else by `YZB_CONFIG`, else `config.yaml` here.
pub(crate) fn file(named: Option<&Path>, environment: &Environment) -> PathBuf {
    let named = named.map(Path::to_owned);
    let from_environment =
        || environment.find("YZB_CONFIG").filter(|name| !name.is_empty()).map(PathBuf::from);
    named.or_else(from_environment).unwrap_or_else(|| PathBuf::from("config.yaml"))
}

/// A span of time as the file has it, for arguments.
pub(crate) fn span(text: &str) -> Result<Duration, &'static str> {
    reader::parse_span(text).ok_or("write it like `500ms`, `30s`, `15m` or `2h`")
}

#[cfg(test)]
mod tests;
