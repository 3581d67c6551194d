//! A command-line program whose runs share one server token through a directory: whichever run finds
//! it due renews it, one at a time, and the others use what it left.
//!
//! `cargo run -p cli_shared_file_store` starts the embedded emulator and runs itself four times,
//! twice two at once. `cargo run -p cli_shared_file_store -- ORIGIN DIRECTORY` is one such run.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::path::Path;
use std::process::{Child, Command};

use yzb::{App, FileStore};
use yzb_emulator::{Call, Emulator, World, demo};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [origin, directory] => count_users(origin, Path::new(directory)),
        [] => show(),
        _ => Err("pass an origin and a directory, or nothing".into()),
    }
}

/// What the program is for. Its runs are short, and a token lives for two hours.
#[tokio::main(flavor = "current_thread")]
async fn count_users(origin: &str, directory: &Path) -> Result<(), Box<dyn Error>> {
    let app = App::builder(demo::APP_ID, demo::APP_SECRET)
        .origin(origin.parse()?)
        .store(FileStore::open(directory)?)
        .build()?;
    let users = app.user_count().await?;
    let token = app.server_token().await?;
    println!("{users} users, token {} ({:?})", token.fingerprint(), token.source());
    Ok(())
}

fn show() -> Result<(), Box<dyn Error>> {
    let platform = Emulator::builder(World::demo()).real_clock().start()?;
    // A program has a directory of its own, such as one below $XDG_STATE_HOME.
    let directory = std::env::temp_dir().join(format!("yzb-example-{}", std::process::id()));
    for _ in 0..2 {
        let runs = [run(platform.origin(), &directory)?, run(platform.origin(), &directory)?];
        for mut run in runs {
            if !run.wait()?.success() {
                return Err("a run failed".into());
            }
        }
    }
    let asked = platform.calls(Call::ServerToken, Some(demo::APP_ID));
    println!("four runs asked for a server token {asked} time(s)");
    std::fs::remove_dir_all(directory)?;
    Ok(())
}

fn run(origin: &str, directory: &Path) -> Result<Child, Box<dyn Error>> {
    Ok(Command::new(std::env::current_exe()?).arg(origin).arg(directory).spawn()?)
}
