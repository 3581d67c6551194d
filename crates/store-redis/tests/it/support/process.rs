//! A `redis-server` of the test's own, killed at its end.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running `redis-server`.
pub(crate) struct Process(Child);

/// What a server says when it is ready.
pub(crate) const READY: &[&str] = &["Ready to accept connections"];

impl Process {
    /// Starts one by this file and waits until it says one of these; none if it ends before.
    pub(crate) fn start(configuration: &Path, more: &[&str], until: &[&str]) -> Option<Self> {
        let mut command = Command::new("redis-server");
        command.arg(configuration).args(more).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => panic!(
                "redis-server does not start ({error}); `cargo xtask test` installs it where it can"
            ),
        };
        let output = child.stdout.take().unwrap();
        let process = Self(child);
        says(output, until).then_some(process)
    }

    pub(crate) fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Sends a signal by its name: `STOP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn says(output: ChildStdout, words: &[&str]) -> bool {
    let mut lines = BufReader::new(output).lines();
    let said = lines
        .by_ref()
        .map_while(Result::ok)
        .any(|line| words.iter().any(|word| line.contains(word)));
    // Read on, so that it never waits for room in the pipe.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    said
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
