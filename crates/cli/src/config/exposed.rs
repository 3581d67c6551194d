//! Files with secrets in them that everybody on the machine may read.

use std::path::Path;

use super::{Config, Follow, Place, Problem, Sources};

/// A warning for each such file: the configuration itself if it has secrets in it, and those that it
/// names, as far as they are followed.
pub(super) fn exposed(
    config: &Config,
    file: &Path,
    sources: &Sources<'_>,
    follow: Follow,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(mode) = open_to_all(file)
        && config.secrets().iter().any(|secret| secret.is_in_file())
    {
        problems.push(readable(Place::default(), "", "this file has secrets in it and", mode));
    }
    for secret in config.secrets().into_iter().filter(|secret| secret.is_within(follow)) {
        if let Some(mode) = secret.file(sources).as_deref().and_then(open_to_all) {
            problems.push(readable(secret.place, &secret.path, "the file of the secret", mode));
        }
    }
    problems
}

/// The file's mode, if others than its owner and group may read it.
#[cfg(unix)]
fn open_to_all(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o7777;
    (mode & 0o004 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_all(_: &Path) -> Option<u32> {
    None
}

fn readable(place: Place, setting: &str, what: &str, mode: u32) -> Problem {
    let what = format!("{what} may be read by everybody on this machine (mode {mode:04o})");
    Problem::error(place, setting, what, "take that right away: chmod o-r").warning()
}
