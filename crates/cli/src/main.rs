//! The program `yzb`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to people")]

mod demo;
mod emulate;
mod sign;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The Yuanzhibang open platform, from the command line.
#[derive(Debug, Parser)]
#[command(name = "yzb", version, arg_required_else_help = true)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Emulate(emulate::Arguments),
    Sign(sign::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Program::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Emulate(arguments) => emulate::run(&arguments),
        Command::Sign(arguments) => {
            sign::run(&arguments, std::io::stdin().lock(), std::io::stdout().lock())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("yzb: {error:#}");
            ExitCode::FAILURE
        }
    }
}
