//! A command that prints a secret.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use super::LONGEST;
use super::resolve::{Unresolved, without_line_end};

/// Runs the program with its arguments, in `folder`, and takes what it prints to standard output.
/// What it says elsewhere is thrown away: it may be about the secret.
///
/// # Errors
///
/// It cannot be started, fails, prints no text or too much, or takes longer than `limit`; then it is
/// ended.
pub(super) async fn run(
    words: &[String],
    folder: &Path,
    limit: Duration,
) -> Result<SecretString, Unresolved> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(Unresolved::new("names no program", "write the program, then its arguments"));
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    if !folder.as_os_str().is_empty() {
        command.current_dir(folder);
    }
    let mut child = command.kill_on_drop(true).spawn().map_err(|error| {
        let remedy = "check that the program is installed, in the PATH, and may be run";
        Unresolved::new(format!("names a command that does not start ({})", error.kind()), remedy)
    })?;
    let by_hand = "run the command by hand to see why";
    match tokio::time::timeout(limit, printed(&mut child)).await {
        Err(_) => {
            let what = format!("names a command that is not done in {} ms", limit.as_millis());
            Err(Unresolved::new(what, by_hand))
        }
        Ok(Err(error)) => Err(Unresolved::new(format!("names a command that {error}"), by_hand)),
        Ok(Ok(secret)) => Ok(secret),
    }
}

async fn printed(child: &mut Child) -> io::Result<SecretString> {
    let mut bytes = Vec::with_capacity(1024);
    if let Some(out) = &mut child.stdout {
        out.take(LONGEST as u64 + 2).read_to_end(&mut bytes).await?;
    }
    if bytes.len() > LONGEST + 1 {
        return Err(io::Error::other(format!("prints more than {LONGEST} bytes")));
    }
    let status = child.wait().await?;
    if !status.success() {
        let code = status.code().map_or("by a signal".to_owned(), |code| format!("with {code}"));
        return Err(io::Error::other(format!("ends {code}")));
    }
    match std::str::from_utf8(without_line_end(&bytes)) {
        Ok(text) => Ok(SecretString::from(text)),
        Err(_) => Err(io::Error::other("prints something other than UTF-8")),
    }
}
