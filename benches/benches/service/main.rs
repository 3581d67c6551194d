//! What `yzb serve` costs, as a process: beside a plain loop that does the same, and at rest.
//!
//! ```text
//! cargo build --release -p yzb-cli && cargo bench -p yzb-bench --bench service
//! ```
//!
//! That takes some four minutes; `-- cold`, `-- idle`, `-- many`, `-- pages` or `-- start` is a part of it.
//! It wants Linux and a `redis-server` on the PATH. The program is built apart, as it is shipped: beside the
//! tests of others its libraries would have other features. The platform is the emulator, in this process.
//! What is compared takes turns, so that whatever slows the machine slows both.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program that measures: it prints, reads clocks, and stops where it cannot go on"
)]

mod bare;
mod cold;
mod floor;
mod idle;
mod many;
mod median;
mod pages;
mod process;
mod scene;
mod start;

use std::path::PathBuf;
use std::process::ExitCode;

/// A part of the measurements, by its name.
type Part = (&'static str, fn());

const PARTS: &[Part] = &[
    ("start", start::measure),
    ("cold", cold::measure),
    ("pages", pages::measure),
    ("many", many::measure),
    ("idle", idle::measure),
];

/// The program as it is shipped, which lies two folders above this one.
fn program() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    here.ancestors().nth(2).unwrap().join(format!("yzb{}", std::env::consts::EXE_SUFFIX))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        Some((floor::NAME, rest)) => {
            floor::run(rest);
            return ExitCode::SUCCESS;
        }
        Some((bare::NAME, [address])) => {
            bare::run(address);
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("nothing is measured without --bench, which `cargo bench` passes");
        return ExitCode::SUCCESS;
    }
    let named: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|it| !it.starts_with("-")).collect();
    if let Some(unknown) = named.iter().find(|it| PARTS.iter().all(|(name, _)| name != *it)) {
        println!("there is no part {unknown}");
        return ExitCode::FAILURE;
    }
    if !program().is_file() {
        println!("nothing is measured without yzb: cargo build --release -p yzb-cli");
        return ExitCode::SUCCESS;
    }
    for (name, measure) in PARTS {
        if named.is_empty() || named.contains(name) {
            measure();
        }
    }
    ExitCode::SUCCESS
}
