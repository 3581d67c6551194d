//! The program `yzb`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to people")]

mod ask;
mod completions;
mod config;
mod demo;
mod doctor;
mod emulate;
mod environment;
mod exit;
mod explain;
mod handover;
mod man;
mod output;
mod serve;
mod setup;
mod sign;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use environment::Environment;
use yzb::Kind;

/// The Yuanzhibang open platform, from the command line.
#[derive(Debug, Parser)]
#[command(name = "yzb", version, arg_required_else_help = true)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(ask::Check),
    Completions(completions::Arguments),
    #[command(subcommand)]
    Config(config::Command),
    Demo(demo::Arguments),
    Doctor(doctor::Arguments),
    Emulate(emulate::Arguments),
    Explain(explain::Arguments),
    Login(ask::Login),
    Man(man::Arguments),
    Serve(serve::Arguments),
    Shadow(handover::Shadow),
    Sign(sign::Arguments),
    Takeover(handover::Takeover),
    /// Shows the ticket with which pages are signed: when it expires, and where it comes from
    ///
    /// It comes from the store, and is issued only if there is none or it is due: a service that
    /// uses it goes on.
    ///
    /// Exit codes: 0 there is one; 2 wrong arguments; 3 the configuration cannot be used; 4 it is
    /// refused, and somebody must do something; 5 try again later.
    Ticket(ask::Codes),
    /// Shows the server's token: when it expires, and where it comes from
    ///
    /// It comes from the store, and is issued only if there is none or it is due: a service that
    /// uses it goes on.
    ///
    /// Exit codes: 0 there is one; 2 wrong arguments; 3 the configuration cannot be used; 4 it is
    /// refused, and somebody must do something; 5 try again later.
    Token(ask::Codes),
    User(ask::User),
    Users(ask::Users),
}

fn main() -> ExitCode {
    let environment = Environment::of_this_process();
    run(Program::parse().command, &environment).unwrap_or_else(|error| {
        // The code says it too, where nobody can be told.
        let _ = writeln!(io::stderr(), "yzb: {error:#}");
        exit::code(&error)
    })
}

fn run(command: Command, environment: &Environment) -> anyhow::Result<ExitCode> {
    let output = io::stdout().lock();
    match command {
        Command::Config(command) => return config::run(&command, environment, output),
        Command::Doctor(arguments) => {
            return doctor::run(&arguments, environment, anstream::AutoStream::auto(output));
        }
        Command::Explain(arguments) => {
            return explain::run(&arguments, environment, io::stdin().lock(), output);
        }
        Command::Completions(arguments) => {
            completions::run(&arguments, &mut Program::command(), output)?;
        }
        Command::Man(arguments) => man::run(&arguments, Program::command(), output)?,
        Command::Sign(arguments) => {
            return sign::run(&arguments, environment, io::stdin().lock(), output);
        }
        Command::Check(arguments) => return ask::run(arguments.run(environment, output)),
        Command::Login(arguments) => {
            return ask::run(arguments.run(environment, io::stdin().lock(), output));
        }
        Command::Ticket(arguments) => {
            return ask::run(arguments.run(Kind::JsTicket, environment, output));
        }
        Command::Token(arguments) => {
            return ask::run(arguments.run(Kind::ServerToken, environment, output));
        }
        Command::Shadow(arguments) => return arguments.run(environment, output),
        Command::Takeover(arguments) => {
            return arguments.run(environment, anstream::AutoStream::auto(output));
        }
        Command::User(arguments) => return ask::run(arguments.run(environment, output)),
        Command::Users(arguments) => return ask::run(arguments.run(environment, output)),
        // These print from other threads as well.
        Command::Serve(arguments) => {
            drop(output);
            return serve::run(&arguments, environment);
        }
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
