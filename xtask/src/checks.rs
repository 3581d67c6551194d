//! The checks that are one cargo command each.

use anyhow::{Context as _, Result};

use crate::host::{Host, Outcome, run};
use crate::tools;
use crate::workspace::Workspace;

/// The code is formatted.
pub(crate) fn fmt(host: &Host) -> Result<Outcome> {
    run(&mut host.cargo(["fmt", "--all", "--check"]))
        .context("the code is not formatted; `cargo fmt --all` mends it")?;
    Ok(Outcome::Passed)
}

/// No warning anywhere.
pub(crate) fn clippy(host: &Host) -> Result<Outcome> {
    run(&mut host.cargo([
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-Dwarnings",
    ]))?;
    Ok(Outcome::Passed)
}

/// The documentation builds, and all its links lead somewhere.
pub(crate) fn docs(host: &Host) -> Result<Outcome> {
    run(host
        .cargo(["doc", "--locked", "--workspace", "--no-deps", "--all-features"])
        .env("RUSTDOCFLAGS", "-Dwarnings"))?;
    Ok(Outcome::Passed)
}

/// The README's first command, to the letter.
pub(crate) fn demo(host: &Host) -> Result<Outcome> {
    run(&mut host.cargo(["run", "--quiet", "--", "demo"]))?;
    Ok(Outcome::Passed)
}

/// Each example runs to its end without arguments.
pub(crate) fn examples(host: &Host) -> Result<Outcome> {
    let workspace = Workspace::read(host)?;
    // Some start what the tests start, too.
    tools::set_up(host, &workspace)?;
    // Together and as the tests are built: `cargo run` for each would build the crates below anew.
    run(&mut host.cargo(["build", "--locked", "--workspace", "--all-features", "--bins"]))?;
    let is_example = |folder: &str| folder.starts_with("examples/");
    for package in workspace.members.iter().filter(|package| is_example(&package.folder)) {
        let file = format!("{}{}", package.name, std::env::consts::EXE_SUFFIX);
        run(&mut host.command(workspace.target.join("debug").join(file), &[] as &[&str]))
            .with_context(|| format!("the example {} does not run to its end", package.name))?;
    }
    Ok(Outcome::Passed)
}
