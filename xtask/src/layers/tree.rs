//! The crates under `yzb-proto`: few, and none that does IO.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::host::{self, Host};

/// What a types-only crate has no business with: async, TLS, sockets, clients, randomness.
/// A trailing `*` stands for any ending.
const BANNED: &[&str] = &[
    "async-*",
    "aws-lc*",
    "curl*",
    "fastrand",
    "futures*",
    "getrandom",
    "hyper*",
    "mio",
    "native-tls",
    "openssl*",
    "rand",
    "rand_core",
    "redis",
    "reqwest",
    "ring",
    "rustls*",
    "socket2",
    "tokio*",
    "ureq",
];

/// Crates in a types-only build without features, `yzb-proto` among them.
const MOST: usize = 25;

/// Reads the two trees and complains of what they hold. Prints the count, for the record.
pub(super) fn check(host: &Host) -> Result<Vec<String>> {
    // Every platform and every feature: nobody may be surprised.
    let widest = tree(host, &["--all-features", "--target", "all"])?;
    // What a newcomer's first build compiles.
    let smallest = tree(host, &["--no-default-features"])?;
    println!("layers: yzb-proto without features is {} crates, at most {MOST}", smallest.len());
    let mut complaints = banned(&widest);
    complaints.extend(too_many(&smallest));
    Ok(complaints)
}

/// `cargo tree`, and not `cargo metadata`: the latter gives a dependency the features that all
/// members together ask for, which is not what a user of proto alone builds.
fn tree(host: &Host, scope: &[&str]) -> Result<BTreeSet<String>> {
    let args = ["tree", "--package", "yzb-proto", "--edges", "normal,build", "--prefix", "none"];
    let text = host::read(host.cargo(args).args(["--format", "{p}"]).args(scope))?;
    Ok(parse(&text))
}

/// One `name version` per crate, however often the tree shows it.
fn parse(text: &str) -> BTreeSet<String> {
    let name_and_version = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    text.lines().filter(|line| !line.is_empty()).map(name_and_version).collect()
}

fn banned(crates: &BTreeSet<String>) -> Vec<String> {
    let is_banned = |name: &str| {
        BANNED.iter().any(|ban| match ban.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == *ban,
        })
    };
    let complaint = |found: &String| {
        let name = found.split(' ').next().unwrap_or_default();
        is_banned(name).then(|| {
            format!(
                "yzb-proto pulls in {found}: it is types and bytes only; \
                 `cargo tree -p yzb-proto --all-features --target all -i {name}` says by whom"
            )
        })
    };
    crates.iter().filter_map(complaint).collect()
}

fn too_many(crates: &BTreeSet<String>) -> Option<String> {
    (crates.len() > MOST).then(|| {
        let names: Vec<_> = crates.iter().map(String::as_str).collect();
        format!(
            "yzb-proto without features is {} crates, more than {MOST}: {}",
            crates.len(),
            names.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_once_per_crate() {
        let crates = parse("yzb-proto v0.1.0 (/w)\nhttp v1.5.0\n\nhttp v1.5.0 (*)\nhttp v0.2.0\n");
        let crates: Vec<_> = crates.iter().map(String::as_str).collect();
        assert_eq!(crates, ["http v0.2.0", "http v1.5.0", "yzb-proto v0.1.0"]);
    }

    #[test]
    fn every_ban_bites() {
        for ban in BANNED {
            let name = ban.replace('*', "x");
            let complaints = banned(&parse(&format!("http v1.5.0\n{name} v1.0.0")));
            assert_eq!(complaints.len(), 1, "{ban}");
            assert!(complaints[0].contains(&name), "{complaints:?}");
        }
    }

    #[test]
    fn names_that_only_look_alike_pass() {
        let fine = parse("ringbuf v1.0.0\nrandom v1.0.0\nhttp v1.0.0\nidna v1.0.0\nmionic v1.0.0");
        assert_eq!(banned(&fine), [""; 0]);
    }

    #[test]
    fn one_crate_too_many_is_refused_with_the_list() {
        let lines = |n: usize| (0..n).map(|i| format!("c{i} v1.0.0\n")).collect::<String>();
        assert_eq!(too_many(&parse(&lines(MOST))), None);
        let complaint = too_many(&parse(&lines(MOST + 1))).unwrap();
        assert!(complaint.contains("c7 v1.0.0"), "{complaint}");
    }
}
