//! What a person reads.

use anstream::println;
use anstyle::{AnsiColor, Style};

const TITLE: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const RIGHT: Style = AnsiColor::Green.on_default();
const WRONG: Style = AnsiColor::Red.on_default().bold();

/// The printed story, and how many of its steps went as documented.
pub(super) struct Transcript {
    right: usize,
    wrong: usize,
}

impl Transcript {
    pub(super) const fn new() -> Self {
        Self { right: 0, wrong: 0 }
    }

    pub(super) fn title(&self, origin: &str) {
        println!("{TITLE}yzb demo{TITLE:#}: the main job, against an emulator at {origin}");
        println!("{QUIET}#1a2b3c4d is the fingerprint of a secret, never the secret.{QUIET:#}");
    }

    pub(super) fn chapter(&self, text: &str) {
        println!("\n{TITLE}{text}{TITLE:#}");
    }

    /// Something that happened without a request.
    pub(super) fn aside(&self, text: &str) {
        println!("  {QUIET}… {text}{QUIET:#}");
    }

    /// One step: what was asked, what came back, and whether that was as documented.
    pub(super) fn step(&mut self, asked: &str, came: &str, outcome: &Result<String, String>) {
        println!("  {QUIET}→ {asked}{QUIET:#}");
        println!("    ← {came}");
        match outcome {
            Ok(meaning) => {
                self.right += 1;
                println!("    {RIGHT}✓{RIGHT:#} {meaning}");
            }
            Err(surprise) => {
                self.wrong += 1;
                println!("    {WRONG}✗ {surprise}{WRONG:#}");
            }
        }
    }

    /// The last line; how many steps were right, and how many were not.
    pub(super) fn close(self) -> (usize, usize) {
        let Self { right, wrong } = self;
        match wrong {
            0 => println!("\n{RIGHT}✓{RIGHT:#} {right} steps, each as documented."),
            _ => println!("\n{WRONG}✗ {wrong} of {} steps surprised.{WRONG:#}", right + wrong),
        }
        (right, wrong)
    }
}
