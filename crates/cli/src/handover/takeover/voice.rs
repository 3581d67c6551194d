//! Telling what is found and done: to people at once, to programs in one piece.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::doctor::finding::{Finding, Verdict};
use crate::exit::Exit;
use crate::output::while_read;

/// Whom it is told to.
pub(super) struct Voice<W> {
    output: W,
    is_json: bool,
    findings: Vec<Value>,
    worst: Option<Exit>,
}

impl<W: Write> Voice<W> {
    pub(super) const fn new(output: W, is_json: bool) -> Self {
        Self { output, is_json, findings: Vec::new(), worst: None }
    }

    pub(super) fn say(&mut self, finding: &Finding) -> io::Result<()> {
        if finding.verdict == Verdict::Bad {
            self.fails(Exit::No);
        }
        if self.is_json {
            self.findings.push(finding.json());
            return Ok(());
        }
        while_read(writeln!(self.output, "{finding}").and_then(|()| self.output.flush()))
    }

    /// Something was not done, with the exit code that goes with that: the gravest is kept.
    pub(super) fn fails(&mut self, exit: Exit) {
        let rank = |exit: Option<Exit>| match exit {
            None => 0,
            Some(Exit::No) => 1,
            Some(Exit::Later) => 2,
            Some(Exit::Refused | Exit::Configuration | Exit::Arguments) => 3,
        };
        if rank(Some(exit)) > rank(self.worst) {
            self.worst = Some(exit);
        }
    }

    /// What is to be done next, and the exit code.
    pub(super) fn end(mut self, next: &[String]) -> io::Result<Option<Exit>> {
        let written = if self.is_json {
            let done = self.worst.is_none();
            let whole = json!({ "done": done, "findings": self.findings, "next": next });
            writeln!(self.output, "{whole}")
        } else {
            let lines = next.iter().enumerate();
            let lines = lines.map(|(number, line)| format!("\n{:>4}. {line}", number + 1));
            let lines = lines.collect::<String>();
            if lines.is_empty() { Ok(()) } else { writeln!(self.output, "\nnext{lines}") }
        };
        while_read(written)?;
        Ok(self.worst)
    }
}
