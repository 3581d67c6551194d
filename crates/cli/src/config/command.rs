//! `yzb config …`

use std::io::Write;
use std::process::ExitCode;

use super::{check, example};
use crate::environment::Environment;

/// The configuration: check one, or print one to begin with.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Check(check::Arguments),
    Example(example::Arguments),
}

/// Runs one of them.
pub(crate) fn run(
    command: &Command,
    environment: &Environment,
    output: impl Write,
) -> anyhow::Result<ExitCode> {
    match command {
        Command::Check(arguments) => check::run(arguments, environment, output),
        Command::Example(arguments) => example::run(arguments, output).map(|()| ExitCode::SUCCESS),
    }
}
