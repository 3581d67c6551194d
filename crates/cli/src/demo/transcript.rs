//! What a person reads.

use std::fmt::Arguments;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use yzb::proto::UnixSeconds;

const TITLE: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const RIGHT: Style = AnsiColor::Green.on_default();
const WRONG: Style = AnsiColor::Red.on_default().bold();

/// The printed story, and how many of its steps went as documented.
pub(super) struct Transcript {
    right: usize,
    wrong: usize,
    /// Why the reader did not get all of it.
    unwritten: Option<io::Error>,
}

impl Transcript {
    pub(super) const fn new() -> Self {
        Self { right: 0, wrong: 0, unwritten: None }
    }

    pub(super) fn title(&mut self, origin: &str, now: UnixSeconds) {
        self.line(format_args!(
            "{TITLE}yzb demo{TITLE:#}: the main job, against an emulator at {origin}"
        ));
        self.line(format_args!(
            "{QUIET}#1a2b3c4d is the fingerprint of a secret, never the secret.{QUIET:#}"
        ));
        self.line(format_args!(
            "{QUIET}The emulator's clock begins at {now} (unix seconds).{QUIET:#}"
        ));
    }

    pub(super) fn chapter(&mut self, text: &str) {
        self.line(format_args!("\n{TITLE}{text}{TITLE:#}"));
    }

    /// Something that happened without a request.
    pub(super) fn aside(&mut self, text: &str) {
        self.line(format_args!("  {QUIET}… {text}{QUIET:#}"));
    }

    /// One step: what was asked, what came back, and whether that was as documented.
    pub(super) fn step(&mut self, asked: &str, came: &str, outcome: &Result<String, String>) {
        self.line(format_args!("  {QUIET}→ {asked}{QUIET:#}"));
        self.line(format_args!("    ← {came}"));
        match outcome {
            Ok(meaning) => {
                self.right += 1;
                self.line(format_args!("    {RIGHT}✓{RIGHT:#} {meaning}"));
            }
            Err(surprise) => {
                self.wrong += 1;
                self.line(format_args!("    {WRONG}✗ {surprise}{WRONG:#}"));
            }
        }
    }

    /// The last line; how many steps were right, and how many were not.
    ///
    /// # Errors
    ///
    /// Not all of the story could be written.
    pub(super) fn close(mut self) -> io::Result<(usize, usize)> {
        let Self { right, wrong, .. } = self;
        match wrong {
            0 => self.line(format_args!("\n{RIGHT}✓{RIGHT:#} {right} steps, each as documented.")),
            _ => self.line(format_args!(
                "\n{WRONG}✗ {wrong} of {} steps surprised.{WRONG:#}",
                right + wrong
            )),
        }
        self.unwritten.map_or(Ok((right, wrong)), Err)
    }

    /// Writes a line. The story goes on where it cannot be written, for the sake of its end.
    fn line(&mut self, text: Arguments<'_>) {
        match writeln!(anstream::stdout(), "{text}") {
            // Whoever read this has seen enough.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.unwritten.get_or_insert(error);
            }
            _ => {}
        }
    }
}
