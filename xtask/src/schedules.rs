//! The cache's driver under a scheduler that chooses who runs next.

use std::path::Path;

use anyhow::{Result, bail};

use crate::host::{Host, Outcome, run};

/// A workspace of its own: it compiles the cache's sources with other primitives.
const MANIFEST: &str = "crates/cache/schedules/Cargo.toml";

/// What the issue of the million calls enough.
const MANY: &str = "50000";

/// `--many` runs 50,000 schedules of each kind for each scenario, `--replay FILE TEST` one again.
pub(crate) fn task(host: &Host, args: &[String]) -> Result<Outcome> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut command = host.cargo([
        "test",
        "--locked",
        "--manifest-path",
        MANIFEST,
        "--target-dir",
        "target/schedules",
        "--test",
        "schedules",
        "--",
        "--nocapture",
    ]);
    // Planted bugs panic, and nobody wants to read where.
    command.env("RUST_BACKTRACE", "0");
    match args.as_slice() {
        [] => {}
        ["--many"] => {
            command.env("SCHEDULES", MANY);
        }
        ["--replay", file, test] => {
            if !host.root.join(file).is_file() {
                bail!("there is no file {file}: name the one that the failure wrote");
            }
            command.env("REPLAY", Path::new(&host.root).join(file)).arg(test);
        }
        _ => bail!("`schedules` takes nothing, `--many`, or `--replay FILE TEST`"),
    }
    run(&mut command)?;
    Ok(Outcome::Passed)
}
