//! The oldest Rust that each member promises.
//!
//! Not a part of `ci`: it wants toolchains that few people have. The declarations are compared
//! in any case, which finds the usual mistake without compiling anything. With `--install`, the
//! toolchains that are missing are installed first.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::host::{self, Host, Outcome, run};
use crate::workspace::{Package, Workspace};

pub(crate) fn task(host: &Host, args: &[String]) -> Result<Outcome> {
    let install = match args {
        [] => false,
        [flag] if flag == "--install" => true,
        _ => bail!("`msrv` takes `--install` or nothing"),
    };
    let workspace = Workspace::read(host)?;
    let wanted = declared(&host::read(&mut host.cargo(["metadata", "--format-version", "1"]))?)?;
    let mut complaints = Vec::new();
    for package in &workspace.members {
        complaints.extend(too_new(package, &tree(host, &package.name)?, &wanted)?);
    }
    for complaint in &complaints {
        eprintln!("msrv: {complaint}");
    }
    if !complaints.is_empty() {
        bail!("a promise does not hold (complaints: {})", complaints.len());
    }
    println!("msrv: no dependency declares a newer Rust than the member that uses it");
    compile(host, &workspace, install)
}

/// Compiles the members of each promise with the toolchain of that promise, where it is there.
fn compile(host: &Host, workspace: &Workspace, install: bool) -> Result<Outcome> {
    let mut missing = Vec::new();
    for (version, names) in promises(&workspace.members) {
        let there = has_toolchain(host, version);
        if !there && !install {
            missing.push(version);
            continue;
        }
        if !there {
            let args = ["toolchain", "install", "--profile", "minimal", version];
            run(&mut host.command("rustup", args))?;
        }
        let mut args = vec!["run", version, "cargo", "check", "--locked", "--all-features"];
        for name in names {
            args.extend(["--package", name]);
        }
        // Set by the toolchain that runs us, it would reach through to the one that we ask for.
        run(host.command("rustup", args).env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN"))?;
    }
    if missing.is_empty() {
        return Ok(Outcome::Passed);
    }
    Ok(Outcome::Skipped(format!(
        "compiling with Rust {}: not installed (`cargo xtask msrv --install` does)",
        missing.join(" and ")
    )))
}

fn has_toolchain(host: &Host, version: &str) -> bool {
    let list = host
        .find("rustup")
        .and_then(|rustup| host::read(&mut host.command(rustup, ["toolchain", "list"])).ok());
    list.is_some_and(|list| list.lines().any(|line| line.starts_with(&format!("{version}-"))))
}

/// Members by the Rust they promise.
fn promises(members: &[Package]) -> BTreeMap<&str, Vec<&str>> {
    let mut promises: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in members {
        if let Some(version) = &package.rust_version {
            promises.entry(version).or_default().push(&package.name);
        }
    }
    promises
}

/// The Rust that each `name vX.Y.Z` in the lock file declares.
fn declared(metadata: &str) -> Result<BTreeMap<String, String>> {
    let metadata: Value = serde_json::from_str(metadata).context("cargo metadata: not JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata: no packages")?;
    let entry = |package: &Value| {
        let (name, version) = (package["name"].as_str()?, package["version"].as_str()?);
        Some((format!("{name} v{version}"), package["rust_version"].as_str()?.to_owned()))
    };
    Ok(packages.iter().filter_map(entry).collect())
}

/// What a user of this package compiles, as `name vX.Y.Z`.
fn tree(host: &Host, package: &str) -> Result<BTreeSet<String>> {
    let args = ["tree", "--all-features", "--edges", "normal,build", "--prefix", "none"];
    let text = host::read(host.cargo(args).args(["--format", "{p}", "--package", package]))?;
    let name_and_version = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(text.lines().map(name_and_version).collect())
}

fn too_new(
    package: &Package,
    tree: &BTreeSet<String>,
    wanted: &BTreeMap<String, String>,
) -> Result<Vec<String>> {
    let Some(promise) = &package.rust_version else {
        return Ok(vec![format!("{} promises no Rust version", package.name)]);
    };
    let mut complaints = Vec::new();
    for dependency in tree {
        let Some(wants) = wanted.get(dependency) else { continue };
        if numbers(wants)? > numbers(promise)? {
            complaints.push(format!(
                "{} promises Rust {promise}, and {dependency} wants {wants}",
                package.name
            ));
        }
    }
    Ok(complaints)
}

/// `1.85` is `1.85.0`.
fn numbers(version: &str) -> Result<[u64; 3]> {
    let mut numbers = [0; 3];
    for (number, text) in numbers.iter_mut().zip(version.split('.')) {
        *number = text.parse().with_context(|| format!("`{version}` is no Rust version"))?;
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(promise: Option<&str>, wants: &str) -> Vec<String> {
        let package = Package {
            name: "yzb-x".to_owned(),
            rust_version: promise.map(str::to_owned),
            ..Package::default()
        };
        let tree = BTreeSet::from(["dep v1.0.0".to_owned(), "quiet v1.0.0".to_owned()]);
        let metadata = format!(
            r#"{{"packages": [{{"name": "dep", "version": "1.0.0", "rust_version": "{wants}"}},
                {{"name": "quiet", "version": "1.0.0", "rust_version": null}}]}}"#
        );
        too_new(&package, &tree, &declared(&metadata).unwrap()).unwrap()
    }

    #[test]
    fn a_dependency_may_want_what_is_promised_and_no_more() {
        assert_eq!(complaints(Some("1.85"), "1.85.0"), [""; 0]);
        assert_eq!(complaints(Some("1.85"), "1.9"), [""; 0]);
        let complaints = complaints(Some("1.85"), "1.86");
        assert_eq!(complaints, ["yzb-x promises Rust 1.85, and dep v1.0.0 wants 1.86"]);
    }

    #[test]
    fn a_member_without_a_promise_is_named() {
        assert_eq!(complaints(None, "1.0"), ["yzb-x promises no Rust version"]);
    }
}
