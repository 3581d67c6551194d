//! The program `yzb`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to people")]

mod completions;
mod config;
mod demo;
mod emulate;
mod environment;
mod explain;
mod man;
mod output;
mod sign;

use std::io;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use environment::Environment;

/// The Yuanzhibang open platform, from the command line.
#[derive(Debug, Parser)]
#[command(name = "yzb", version, arg_required_else_help = true)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Completions(completions::Arguments),
    #[command(subcommand)]
    Config(config::Command),
    Demo(demo::Arguments),
    Emulate(emulate::Arguments),
    Explain(explain::Arguments),
    Man(man::Arguments),
    Sign(sign::Arguments),
}

fn main() -> ExitCode {
    let environment = Environment::of_this_process();
    run(Program::parse().command, &environment).unwrap_or_else(|error| {
        eprintln!("yzb: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: Command, environment: &Environment) -> anyhow::Result<ExitCode> {
    let output = io::stdout().lock();
    match command {
        Command::Config(command) => return config::run(&command, environment, output),
        Command::Explain(arguments) => {
            return explain::run(&arguments, environment, io::stdin().lock(), output);
        }
        Command::Completions(arguments) => {
            completions::run(&arguments, &mut Program::command(), output)?;
        }
        Command::Man(arguments) => man::run(&arguments, Program::command(), output)?,
        Command::Sign(arguments) => sign::run(&arguments, io::stdin().lock(), output)?,
        // These two print from other threads as well.
        Command::Demo(arguments) => {
            drop(output);
            demo::run(&arguments)?;
        }
        Command::Emulate(arguments) => {
            drop(output);
            emulate::run(&arguments)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
