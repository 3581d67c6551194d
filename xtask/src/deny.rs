//! Licences, bans and sources of all dependencies, by cargo-deny and `deny.toml`.

use anyhow::Result;

use crate::host::{Host, Outcome, run};

/// Advisories are not asked for: they need the network and change without us changing anything,
/// so the hosted workflow checks them by an action of its own.
pub(crate) fn check(host: &Host) -> Result<Outcome> {
    if host.find("cargo-deny").is_none() {
        return Ok(Outcome::Skipped(
            "cargo-deny is not installed (`cargo install --locked cargo-deny` gets it); \
             licences, bans and sources went unchecked here"
                .to_owned(),
        ));
    }
    // cargo-deny looks at every platform's dependencies, a build fetches only this platform's.
    // Without a network this may fail while everything needed is there: cargo-deny will tell.
    if let Err(error) = run(&mut host.cargo(["fetch", "--locked", "--quiet"])) {
        eprintln!("warning: {error:#}");
    }
    // The graphs of who includes whom fill screens; `cargo tree -i` draws the one that is wanted.
    let check = ["deny", "--offline", "check", "--hide-inclusion-graph"];
    run(host.cargo(check).args(["bans", "licenses", "sources"]))?;
    Ok(Outcome::Passed)
}
