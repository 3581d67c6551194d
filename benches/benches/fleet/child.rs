//! A process that is this program, started again, and talked to by lines.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child as Process, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result};

/// Another process of ours. It ends when it is dropped.
pub(crate) struct Child {
    process: Process,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Child {
    pub(crate) fn start(words: &[&str]) -> Result<Self> {
        let program = std::env::current_exe()?;
        let mut command = Command::new(program);
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let to = process.stdin.take().context("no way to it")?;
        let from = BufReader::new(process.stdout.take().context("no way from it")?);
        Ok(Self { process, to, from })
    }

    pub(crate) fn say(&mut self, line: &str) -> Result<()> {
        Ok(writeln!(self.to, "{line}")?)
    }

    pub(crate) fn hear(&mut self) -> Result<String> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            anyhow::bail!("a process ended without an answer");
        }
        Ok(line.to_owned())
    }

    /// Numbers that it says.
    pub(crate) fn hear_numbers(&mut self) -> Result<Vec<f64>> {
        let line = self.hear()?;
        line.split(' ').map(|word| word.parse().with_context(|| line.clone())).collect()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// In the other process: what it is told next, if there is anything.
pub(crate) fn told() -> Result<Option<String>> {
    let mut line = String::new();
    let length = std::io::stdin().lock().read_line(&mut line)?;
    Ok((length > 0).then(|| line.trim_end().to_owned()))
}

/// In the other process: says something.
pub(crate) fn answer(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
