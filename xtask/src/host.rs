//! The machine a task runs on: where the workspace is, which programs there are, how to run one.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How a task ended, other than by an error that still has to be printed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// Nothing was checked, and why.
    Skipped(String),
    /// It failed and has already said so.
    Failed,
}

/// What is read from the environment, once.
pub(crate) struct Host {
    /// The folder with the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    cargo: OsString,
    path: OsString,
    /// The variables that cargo set for this program and that no child may see.
    ours: Vec<OsString>,
}

impl Host {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where xtask reads its environment"
    )]
    pub(crate) fn from_env() -> Result<Self> {
        let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
            .context("CARGO_MANIFEST_DIR is not set: run this as `cargo xtask`")?;
        let root = Path::new(&manifest_dir).parent().context("xtask lies in the workspace")?;
        Ok(Self {
            root: root.to_owned(),
            cargo: std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            path: std::env::var_os("PATH").unwrap_or_default(),
            ours: std::env::vars_os().map(|(name, _)| name).filter(|name| is_ours(name)).collect(),
        })
    }

    /// Where `program` lies on the PATH.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
        std::env::split_paths(&self.path).map(|dir| dir.join(&file)).find(|file| file.is_file())
    }

    /// `cargo` with these arguments.
    pub(crate) fn cargo<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        self.command(&self.cargo, args)
    }

    /// Any program, in the workspace's root, without standard input.
    pub(crate) fn command<S: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        args: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.root).stdin(Stdio::null());
        for name in &self.ours {
            command.env_remove(name);
        }
        command
    }

    /// The text of a file of this workspace.
    pub(crate) fn read(&self, file: impl AsRef<Path>) -> Result<String> {
        let file = file.as_ref();
        std::fs::read_to_string(self.root.join(file))
            .with_context(|| format!("{} cannot be read", file.display()))
    }

    /// The files right in `folder` whose names end in `suffix`, sorted, relative to the root.
    pub(crate) fn list(&self, folder: impl AsRef<Path>, suffix: &str) -> Result<Vec<PathBuf>> {
        let folder = folder.as_ref();
        let mut files = Vec::new();
        let entries = std::fs::read_dir(self.root.join(folder))
            .with_context(|| format!("{} cannot be listed", folder.display()))?;
        for entry in entries {
            let name = entry?.file_name();
            if name.to_string_lossy().ends_with(suffix) {
                files.push(folder.join(name));
            }
        }
        files.sort();
        Ok(files)
    }
}

/// Shows the command, runs it with its output passed through, and fails if it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", show(command));
    let status = command.status().with_context(|| format!("`{}` did not start", show(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", show(command));
    }
    Ok(())
}

/// Runs the command quietly and returns what it printed.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("`{}` did not start", show(command)))?;
    if !output.status.success() {
        bail!("`{}` ended with {}", show(command), output.status);
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` printed something other than UTF-8", show(command)))
}

/// The command as one would type it.
pub(crate) fn show(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or(command.get_program());
    let mut text = program.to_string_lossy().into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}

/// Runs `work` and says how long it took.
#[expect(clippy::disallowed_methods, reason = "how long a step took; nothing is decided by it")]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

/// Whether cargo set this variable for us. Build scripts that watch such a variable (ring's does)
/// would otherwise be run again whenever `cargo test` and `cargo xtask test` take turns.
fn is_ours(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_MANIFEST_")
        || matches!(&*name, "CARGO_BIN_NAME" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cargo_set_for_us_is_kept_from_children() {
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH"] {
            assert!(is_ours(OsStr::new(name)), "{name}");
        }
        for name in ["CARGO_TARGET_DIR", "CARGO_HOME", "CARGO", "PATH", "RUSTFLAGS"] {
            assert!(!is_ours(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn a_command_is_shown_as_typed() {
        let mut command = Command::new("/somewhere/bin/cargo");
        command.args(["fmt", "--check"]);
        assert_eq!(show(&command), "cargo fmt --check");
    }

    #[test]
    fn a_program_is_found_on_the_path_or_not_at_all() {
        let host = Host::from_env().unwrap();
        assert!(host.find("cargo").is_some());
        assert_eq!(host.find("no-such-program-anywhere"), None);
    }
}
