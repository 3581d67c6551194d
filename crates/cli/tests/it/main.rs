//! The program as a person runs it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod config;
mod demo;
mod documented;
mod emulate;
mod explain;
mod help;
mod scratch;
mod shell;
mod sign;

fn yzb(arguments: &[&str]) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::cargo_bin("yzb").unwrap();
    command.args(arguments);
    command
}

/// What a run printed: standard output, standard error, and whether it succeeded.
fn run(mut command: assert_cmd::Command) -> (String, String, bool) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.success())
}
