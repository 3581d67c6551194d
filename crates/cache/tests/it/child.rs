//! Processes of their own: this program again, started by a test, doing what it is told.
//!
//! Neither side sleeps: each waits for the other's line.

mod platform;
mod script;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

pub(crate) use platform::Platform;
pub(crate) use script::Step;

/// What tells a child's own lines from the test harness's.
const MARK: &str = "child says: ";

/// A process that asks for a code; killed when dropped.
pub(crate) struct Child {
    process: std::process::Child,
    input: ChildStdin,
    lines: BufReader<ChildStdout>,
}

impl Child {
    /// One that stops at this step, of this name at the platform.
    pub(crate) fn start(folder: &Path, platform: &Platform, name: &str, step: Step) -> Self {
        Self::begin(Command::new(std::env::current_exe().unwrap()), folder, platform, name, step)
    }

    /// One to which a file that grows too long is an error, as on a full disk, and no end.
    pub(crate) fn on_a_full_disk(folder: &Path, platform: &Platform) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
        shell.arg(std::env::current_exe().unwrap());
        Self::begin(shell, folder, platform, "full", Step::LongestFile(0))
    }

    fn begin(
        mut command: Command,
        folder: &Path,
        platform: &Platform,
        name: &str,
        step: Step,
    ) -> Self {
        let mut process = command
            .args(["child::child", "--exact", "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        writeln!(input, "{}", folder.display()).unwrap();
        writeln!(input, "{} {name} {step}", platform.port()).unwrap();
        let mut child = Self { process, input, lines };
        child.until("ready");
        child
    }

    /// Lets it ask.
    pub(crate) fn go(&mut self) {
        writeln!(self.input, "go").unwrap();
    }

    /// Waits until it says something that begins so; the rest of that line.
    pub(crate) fn until(&mut self, start: &str) -> String {
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).unwrap() == 0 {
                panic!("it ended without saying {start:?}:\n{seen}");
            }
            if let Some((_, said)) = line.trim_end().split_once(MARK) {
                if let Some(rest) = said.strip_prefix(start) {
                    return rest.trim_start().to_owned();
                }
            }
            seen += &line;
        }
    }

    /// `kill -9`, and until nothing is left of it.
    pub(crate) fn kill(mut self) -> ExitStatus {
        self.process.kill().unwrap();
        self.process.wait().unwrap()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Started with nothing to read, as by somebody who runs all ignored tests, it does nothing.
#[test]
#[ignore = "a process that other tests start"]
fn child() {
    let mut input = std::io::stdin().lines().map_while(Result::ok);
    let (Some(folder), Some(orders)) = (input.next(), input.next()) else { return };
    script::run(Path::new(&folder), &orders, || drop(input.next()));
}
