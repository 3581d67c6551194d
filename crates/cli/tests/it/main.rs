//! The program as a person runs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod ask;
mod config;
mod demo;
#[cfg(unix)]
mod doctor;
mod documented;
mod emulate;
mod explain;
#[cfg(unix)]
mod fleet;
#[cfg(unix)]
mod handover;
mod help;
#[cfg(unix)]
mod packaging;
#[cfg(unix)]
mod proxy;
#[cfg(unix)]
mod reload;
mod scratch;
#[cfg(unix)]
mod serve;
#[cfg(unix)]
mod service;
mod shell;
#[cfg(target_os = "linux")]
mod siege;
mod sign;

/// A Redis server of the test's own, as the tests of the store start it.
#[cfg(unix)]
#[path = "../../../store-redis/tests/it/support"]
#[allow(dead_code, reason = "those tests need more of it")]
mod redis {
    pub(crate) mod cluster;
    pub(crate) mod folder;
    pub(crate) mod process;
    pub(crate) mod sentinel;
    pub(crate) mod server;
    pub(crate) mod wait;

    pub(crate) use wait::eventually;
}

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
