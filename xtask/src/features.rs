//! The feature combinations that matter, each checked alone.
//!
//! By clippy, which is `cargo check` and more: its `-D warnings` reaches our own crates only,
//! whereas `RUSTFLAGS` would compile every dependency again. No tests are compiled, because a
//! dev-dependency may switch on the very feature whose absence is to be checked.

use anyhow::{Context as _, Result, bail};

use crate::host::{Host, Outcome, run};
use crate::workspace::{Package, Workspace};

/// A package and the sets of features it is checked with. Default features are always off, so
/// the empty set is the smallest build; the full set is clippy's business in `cargo xtask clippy`
/// as far as the whole workspace goes, and ours where a crate is used without the others.
const TABLE: &[(&str, &[&[&str]])] = &[
    ("yzb-proto", &[&[], &["url"]]),
    (
        "yzb-transport",
        &[
            &[],
            &["tokio"],
            &["hyper"],
            &["hyper", "ring"],
            &["hyper", "aws-lc-rs"],
            &["hyper", "ring", "webpki-roots"],
            &["reqwest", "ring"],
            &["tower"],
            &["ureq"],
            &["ureq", "ring"],
            &["hyper", "reqwest", "tower", "ureq", "ring", "aws-lc-rs", "webpki-roots"],
        ],
    ),
    (
        "yzb-cache",
        &[&[], &["tokio"], &["file"], &["conformance"], &["conformance", "file", "tokio"]],
    ),
    (
        "yzb",
        &[
            &[],
            &["tokio"],
            &["hyper", "ring"],
            &["hyper", "aws-lc-rs", "webpki-roots"],
            &["reqwest", "ring"],
            &["tower"],
            &["file", "conformance"],
            &["url"],
        ],
    ),
    (
        "yzb-store-redis",
        &[
            &[],
            &["cluster"],
            &["tls"],
            &["ring"],
            &["aws-lc-rs"],
            &["cluster", "ring", "aws-lc-rs"],
        ],
    ),
    ("yzb-axum", &[&[], &["serve"]]),
    ("yzb-emulator", &[&[], &["fixtures"]]),
    ("types_only", &[&[], &["emulator"]]),
];

pub(crate) fn check(host: &Host) -> Result<Outcome> {
    let workspace = Workspace::read(host)?;
    let complaints = unmentioned(&workspace.members, TABLE);
    for complaint in &complaints {
        eprintln!("features: {complaint}");
    }
    if !complaints.is_empty() {
        bail!("not every feature is in a combination (complaints: {})", complaints.len());
    }
    for (name, combinations) in TABLE {
        let package =
            workspace.member(name).with_context(|| format!("there is no package {name}"))?;
        for features in possible(package, combinations) {
            run(&mut host.cargo(arguments(name, features)))?;
        }
    }
    Ok(Outcome::Passed)
}

/// Whoever adds a feature decides with what it is checked.
fn unmentioned(members: &[Package], table: &[(&str, &[&[&str]])]) -> Vec<String> {
    let mentioned = |package: &Package, feature: &str| {
        let mut rows = table.iter().filter(|(name, _)| *name == package.name);
        rows.any(|(_, combinations)| combinations.iter().any(|set| set.contains(&feature)))
    };
    let mut complaints = Vec::new();
    for package in members {
        for feature in package.features.iter().filter(|feature| !mentioned(package, feature)) {
            complaints.push(format!(
                "{} has the feature `{feature}` that no combination in xtask/src/features.rs \
                 mentions; add the combinations that matter",
                package.name
            ));
        }
    }
    complaints
}

/// The combinations of which the package has all features. One that it lacks is left out aloud.
fn possible<'a>(package: &Package, combinations: &[&'a [&'a str]]) -> Vec<&'a [&'a str]> {
    let has_all = |set: &[&str]| set.iter().all(|feature| package.features.contains(*feature));
    let (possible, missing): (Vec<_>, Vec<_>) =
        combinations.iter().copied().partition(|set| has_all(set));
    for set in missing {
        println!("features: {} has no [{}] yet", package.name, set.join(", "));
    }
    possible
}

fn arguments(package: &str, features: &[&str]) -> Vec<String> {
    let mut args: Vec<String> =
        ["clippy", "--quiet", "--locked", "--no-default-features"].map(str::to_owned).into();
    args.extend(["--package".to_owned(), package.to_owned()]);
    if !features.is_empty() {
        args.extend(["--features".to_owned(), features.join(",")]);
    }
    args.extend(["--", "-Dwarnings"].map(str::to_owned));
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(features: &[&str]) -> Package {
        Package {
            name: "yzb-x".to_owned(),
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
            ..Package::default()
        }
    }

    #[test]
    fn a_new_feature_must_be_thought_of() {
        let table: &[(&str, &[&[&str]])] = &[("yzb-x", &[&[], &["a"]])];
        assert_eq!(unmentioned(&[package(&["a"])], table), [""; 0]);
        let complaints = unmentioned(&[package(&["a", "b"])], table);
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains("yzb-x") && complaints[0].contains("`b`"));
    }

    #[test]
    fn a_package_the_table_lacks_may_have_no_features() {
        assert_eq!(unmentioned(&[package(&[])], &[]), [""; 0]);
        assert_eq!(unmentioned(&[package(&["a"])], &[]).len(), 1);
    }

    #[test]
    fn a_combination_is_checked_once_the_package_has_all_of_it() {
        let table: &[&[&str]] = &[&[], &["a"], &["a", "b"]];
        assert_eq!(possible(&package(&["a"]), table), [&[][..], &["a"]]);
        assert_eq!(possible(&package(&["a", "b"]), table).len(), 3);
    }

    #[test]
    fn default_features_are_off_and_warnings_are_errors() {
        let args = arguments("yzb-x", &["a", "b"]).join(" ");
        assert!(args.contains("--no-default-features --package yzb-x --features a,b"), "{args}");
        assert!(args.ends_with("-- -Dwarnings"), "{args}");
        assert!(!arguments("yzb-x", &[]).join(" ").contains("--features"));
    }
}
