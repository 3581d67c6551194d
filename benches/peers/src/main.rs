//! What a fresh token costs in `yzb-cache` and in the caches of its peers, on one thread and on two.
//!
//! Every cache is fed once by something local that answers at once, with a token that lives an hour.
#![expect(clippy::print_stderr, reason = "a benchmark is there to be read")]

mod azure;
mod google;
mod loopback;
mod moka;
mod ours;
mod row;
mod smithy;
mod tame;
mod versions;
mod yup;

use std::process::ExitCode;

use tokio::runtime::{Builder, Runtime};
use yzb_bench::{Bench, Threads};

use crate::row::{Failure, Issues, Row};

fn main() -> ExitCode {
    // Its one worker serves the loopback and renews; what is measured runs on threads of the harness.
    match Builder::new_multi_thread().worker_threads(1).enable_all().build() {
        Ok(runtime) => measure(&runtime),
        Err(failure) => {
            eprintln!("no runtime: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn measure(runtime: &Runtime) -> ExitCode {
    let mut bench = Bench::from_args("A fresh token, beside the caches of others");
    let mut table = bench.threads("one slot, a token that lives an hour, the clock included");
    let mut caches = Vec::new();

    let floor = ours::floor();
    table.floor(floor.name, floor.make).allocates(0);
    match ours::rows(runtime) {
        Ok(rows) => {
            for row in rows {
                caches.push((row.name.clone(), row.issues));
                table.row(row.name, row.make).allocates(0);
            }
        }
        Err(failure) => table.note("yzb-cache", failure.to_string()),
    }
    add(&mut table, &mut caches, "tame-oauth", tame::row().map(|row| [row]));
    add(&mut table, &mut caches, "google-cloud-auth", google::rows(runtime));
    add(&mut table, &mut caches, "yup-oauth2", yup::row(runtime).map(|row| [row]));
    add(&mut table, &mut caches, "azure_identity", azure::row(runtime).map(|row| [row]));
    add(&mut table, &mut caches, "aws-smithy-runtime", smithy::row(runtime).map(|row| [row]));
    add(&mut table, &mut caches, "moka", moka::rows(runtime));
    table.run();

    let mut honest = true;
    for (name, issues) in &caches {
        if issues.so_far() != 1 {
            eprintln!("{name} asked {} times: this was no cached token", issues.so_far());
            honest = false;
        }
    }
    if honest { bench.finish() } else { ExitCode::FAILURE }
}

/// Adds the rows of a peer, or the line that says why it has none.
fn add<const N: usize>(
    table: &mut Threads<'_, 'static>,
    caches: &mut Vec<(String, Issues)>,
    peer: &str,
    rows: Result<[Row; N], Failure>,
) {
    match rows {
        Ok(rows) => {
            for row in rows {
                caches.push((row.name.clone(), row.issues));
                table.row(row.name, row.make);
            }
        }
        Err(failure) => table.note(versions::named(peer), failure.to_string()),
    }
}
