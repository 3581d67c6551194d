//! Going for a secret that stands elsewhere.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::super::aside::aside;
use super::super::problem::{Place, Problem};
use super::{LONGEST, Secret, Source, command};
use crate::environment::Environment;

/// Where secrets are looked for.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) environment: &'a Environment,
    /// What relative paths are relative to: the configuration's folder.
    pub(crate) folder: &'a Path,
    /// How long a command may take.
    pub(crate) command_limit: Duration,
}

/// How far secrets are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Follow {
    /// Nothing is looked at but the configuration file.
    None,
    /// Environment variables and files are read.
    Read,
    /// And commands are run.
    Run,
}

/// A secret could not be had, or is not one.
#[derive(Debug)]
pub(crate) struct Unresolved {
    what: String,
    remedy: String,
}

impl Secret {
    /// Gets the secret, and checks that it can be one.
    ///
    /// # Errors
    ///
    /// It is not there, cannot be read, or cannot be such a secret. The error has no word of it.
    pub(crate) async fn resolve(&self, sources: &Sources<'_>) -> Result<SecretString, Unresolved> {
        let secret = match &self.source {
            Source::Value(value) => return Ok(value.clone()),
            Source::Environment(name) => {
                let value = sources.environment.text(name).ok_or_else(|| Unresolved {
                    what: "names an environment variable that is not set, or not to UTF-8".into(),
                    remedy: "set it for this program".into(),
                })?;
                SecretString::from(value)
            }
            Source::File(path) => {
                let path = sources.folder.join(path);
                aside(move || read(&path)).await.map_err(|error| unreadable(&error))?
            }
            Source::Command(words) => {
                command::run(words, sources.folder, sources.command_limit).await?
            }
        };
        match self.kind.check(secret.expose_secret()) {
            Ok(()) => Ok(secret),
            Err(what) => {
                Err(Unresolved { what: format!("what stands there {what}"), remedy: self.remedy() })
            }
        }
    }

    /// Whether it is followed as far as this.
    pub(crate) fn is_within(&self, follow: Follow) -> bool {
        match self.source {
            Source::Value(_) => true,
            Source::Environment(_) | Source::File(_) => follow >= Follow::Read,
            Source::Command(_) => follow >= Follow::Run,
        }
    }

    /// The file it is in, if it has one of its own.
    pub(crate) fn file(&self, sources: &Sources<'_>) -> Option<PathBuf> {
        match &self.source {
            Source::File(path) => Some(sources.folder.join(path)),
            _ => None,
        }
    }

    fn remedy(&self) -> String {
        self.kind.remedy().to_owned()
    }
}

impl Unresolved {
    pub(super) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }

    /// As a problem of the file.
    pub(crate) fn problem(self, place: Place, path: &str) -> Problem {
        Problem::error(place, path, self.what, self.remedy)
    }
}

fn read(path: &Path) -> std::io::Result<SecretString> {
    let mut bytes = Vec::with_capacity(1024);
    File::open(path)?.take(LONGEST as u64 + 2).read_to_end(&mut bytes)?;
    let bytes = without_line_end(&bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| std::io::ErrorKind::InvalidData)?;
    Ok(SecretString::from(text))
}

/// Editors and `echo` put one line end behind a secret, which is no part of it.
pub(super) fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

fn unreadable(error: &std::io::Error) -> Unresolved {
    let (why, remedy) = match error.kind() {
        std::io::ErrorKind::NotFound => {
            ("is not there", "check the path, which is relative to the configuration's folder")
        }
        std::io::ErrorKind::PermissionDenied => {
            ("may not be read", "let the user of this program read it")
        }
        std::io::ErrorKind::InvalidData => ("is not UTF-8", "write the secret's text into it"),
        _ => ("cannot be read", "check that it is a file, on a disk that works"),
    };
    Unresolved::new(format!("names a file that {why}"), remedy)
}
