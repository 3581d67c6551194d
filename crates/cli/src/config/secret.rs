//! A secret setting: the value itself, or where it is.
//!
//! ```yaml
//! app_secret: the value itself
//! app_secret: { env: NAME_OF_A_VARIABLE }
//! app_secret: { file: secrets/app }           # relative to the configuration's folder
//! app_secret: { command: [pass, show, app] }  # what it prints; not run by a shell
//! ```

mod command;
mod kind;
mod resolve;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::problem::Place;
use super::reader::{At, Reader};

pub(crate) use kind::SecretKind;
pub(crate) use resolve::{Follow, Sources};

/// A secret, where it comes from and what it must look like.
#[derive(Clone, Debug)]
pub(crate) struct Secret {
    pub(crate) kind: SecretKind,
    pub(crate) place: Place,
    /// The setting's name, such as `app_info[0].app_secret`.
    pub(crate) path: String,
    source: Source,
}

#[derive(Clone)]
enum Source {
    Value(SecretString),
    Environment(String),
    File(PathBuf),
    Command(Vec<String>),
}

/// The most bytes that a secret may have, whatever its kind.
const LONGEST: usize = 64 * 1024;

impl Secret {
    /// How long a command may take.
    pub(crate) const COMMAND_LIMIT: Duration = Duration::from_secs(10);

    /// Reads the setting. A value that stands in the file is checked at once.
    pub(super) fn read(reader: &mut Reader, at: &At<'_>, kind: SecretKind) -> Option<Self> {
        let source = if at.is_map() { elsewhere(reader, at)? } else { value(reader, at, kind)? };
        Some(Self { kind, place: at.place(), path: at.path.clone(), source })
    }

    /// Whether the secret stands in the configuration file.
    pub(crate) const fn is_in_file(&self) -> bool {
        matches!(self.source, Source::Value(_))
    }

    /// Where it comes from, in words that tell nothing of it.
    pub(crate) const fn origin(&self) -> &'static str {
        match self.source {
            Source::Value(_) => "this file",
            Source::Environment(_) => "an environment variable",
            Source::File(_) => "a file of its own",
            Source::Command(_) => "a command",
        }
    }
}

/// Not even the name of a variable, a file or a command: whoever mistakes one for the other writes
/// the secret there.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value(_) => "Value(…)",
            Self::Environment(_) => "Environment(…)",
            Self::File(_) => "File(…)",
            Self::Command(_) => "Command(…)",
        })
    }
}

fn value(reader: &mut Reader, at: &At<'_>, kind: SecretKind) -> Option<Source> {
    let text = reader.text(at)?;
    if let Err(what) = kind.check(text) {
        reader.wrong(at, what, kind.remedy());
        return None;
    }
    if kind.is_placeholder(text) {
        let what = "is still the placeholder of the published template";
        reader.warn(at, what, "replace it by your own");
    }
    Some(Source::Value(SecretString::from(text)))
}

fn elsewhere(reader: &mut Reader, at: &At<'_>) -> Option<Source> {
    let fields = reader.map(at, &["env", "file", "command"])?;
    let found = [fields.find("env"), fields.find("file"), fields.find("command")];
    match found {
        [Some(env), None, None] => environment(reader, &env),
        [None, Some(file), None] => {
            let path = reader.text(&file)?;
            if path.is_empty() || path.contains('\0') {
                reader.wrong(&file, "is not the name of a file", "write the file's path");
                return None;
            }
            Some(Source::File(PathBuf::from(path)))
        }
        [None, None, Some(command)] => program(reader, &command),
        _ => {
            let what = "does not say in one way where the secret is";
            reader.lacking(at, what, "write one of `env`, `file` and `command` below it");
            None
        }
    }
}

fn environment(reader: &mut Reader, at: &At<'_>) -> Option<Source> {
    let name = reader.text(at)?;
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if !first || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        let remedy = "write its name, of letters, digits and `_`; not its value";
        reader.wrong(at, "is not the name of an environment variable", remedy);
        return None;
    }
    Some(Source::Environment(name.to_owned()))
}

fn program(reader: &mut Reader, at: &At<'_>) -> Option<Source> {
    let mut words = Vec::new();
    for item in reader.list(at) {
        let word = reader.text(&item)?;
        if word.contains('\0') {
            reader.wrong(&item, "has a NUL in it", "write the argument as it would be typed");
            return None;
        }
        words.push(word.to_owned());
    }
    if words.first().is_none_or(String::is_empty) {
        let remedy = "write a list: the program, then its arguments; no shell is between";
        reader.lacking(at, "names no program", remedy);
        return None;
    }
    Some(Source::Command(words))
}

#[cfg(test)]
mod tests;
