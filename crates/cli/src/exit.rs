//! Exit codes: what shells, service managers and CI systems are told.

use std::fmt;
use std::process::ExitCode;

/// How a command ended that did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The answer is no, or something failed that has no code of its own.
    No = 1,
    /// An argument cannot be what it is meant for.
    Arguments = 2,
    /// The configuration cannot be used.
    Configuration = 3,
    /// It is refused, and will be again: somebody must do something.
    Refused = 4,
    /// A passing fault: try again later.
    Later = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that has an exit code.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) exit: Exit,
    text: String,
}

impl Ended {
    pub(crate) fn new(exit: Exit, text: impl fmt::Display) -> Self {
        Self { exit, text: text.to_string() }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Ended {}

/// The code of an error: its own, if it has one.
pub(crate) fn code(error: &anyhow::Error) -> ExitCode {
    error.downcast_ref::<Ended>().map_or(ExitCode::FAILURE, |ended| ended.exit.into())
}
