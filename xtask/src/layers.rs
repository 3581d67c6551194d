//! Who may import whom, and what the types-only crate stays free of.
//!
//! Every rule is a pure function from what cargo or a file says to a list of complaints.

use anyhow::{Result, bail};

use crate::host::{Host, Outcome};
use crate::workspace::{Package, Workspace};

mod sources;
mod tree;

/// Runs all rules and prints every complaint before it fails.
pub(crate) fn check(host: &Host) -> Result<Outcome> {
    let workspace = Workspace::read(host)?;
    let mut complaints = arrows(&workspace.members);
    complaints.extend(tree::check(host)?);
    complaints.extend(sources::check(host)?);
    for complaint in &complaints {
        eprintln!("layers: {complaint}");
    }
    if !complaints.is_empty() {
        bail!("the layers do not hold, see above (complaints: {})", complaints.len());
    }
    println!("layers: {} packages, every arrow is allowed", workspace.members.len());
    Ok(Outcome::Passed)
}

/// What a package may import of ours. Third-party crates are cargo-deny's business.
enum May {
    Import(&'static [&'static str]),
    Anything,
}

/// The arrows, importer first. ARCHITECTURE.md draws them.
const ARROWS: &[(&str, May)] = &[
    ("yzb-proto", May::Import(&[])),
    ("yzb-transport", May::Import(&["yzb-proto"])),
    ("yzb-cache", May::Import(&["yzb-proto"])),
    ("yzb-store-redis", May::Import(&["yzb-cache", "yzb-proto"])),
    // Allowed, though it uses none of proto's code: two witnesses, not one echo.
    ("yzb-emulator", May::Import(&["yzb-proto"])),
    ("yzb", May::Import(&["yzb-transport", "yzb-cache", "yzb-proto"])),
    ("yzb-axum", May::Import(&["yzb"])),
    ("yzb-cli", May::Import(&["yzb", "yzb-store-redis", "yzb-emulator", "yzb-axum"])),
    ("xtask", May::Import(&[])),
];

/// Folders whose packages nobody imports, so that they may import anything.
const LEAVES: &[&str] = &["examples", "benches"];

/// Complains of each normal or build dependency between two of ours that the table does not have.
/// Tests may import anything: a dev-dependency reaches no user.
fn arrows(members: &[Package]) -> Vec<String> {
    let mut complaints = Vec::new();
    for importer in members {
        let Some(allowed) = allowed(importer) else {
            complaints.push(format!(
                "{} ({}) is not in the table of arrows; \
                 decide what it may import and add it to xtask/src/layers.rs and ARCHITECTURE.md",
                importer.name, importer.folder
            ));
            continue;
        };
        let ours = |name: &str| members.iter().any(|member| member.name == name);
        for imported in &importer.dependencies {
            if !imported.dev && ours(&imported.name) && !allowed.permits(&imported.name) {
                complaints.push(forbidden(importer, &imported.name));
            }
        }
    }
    complaints
}

fn allowed(importer: &Package) -> Option<&'static May> {
    let top = importer.folder.split('/').next().unwrap_or_default();
    if LEAVES.contains(&top) {
        return Some(&May::Anything);
    }
    ARROWS.iter().find(|(name, _)| *name == importer.name).map(|(_, may)| may)
}

impl May {
    fn permits(&self, imported: &str) -> bool {
        match self {
            Self::Import(names) => names.contains(&imported),
            Self::Anything => true,
        }
    }
}

fn forbidden(importer: &Package, imported: &str) -> String {
    let remedy = if imported == "yzb-emulator" {
        "the emulator is for tests and for the program: make it a dev-dependency"
    } else {
        "move the shared part down to a crate both may import, or make it a dev-dependency"
    };
    format!(
        "{} ({}) imports {imported}, which is no arrow: {remedy}",
        importer.name, importer.folder
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    /// A package in `folder` with `imports`; a leading `dev:` marks a dev-dependency.
    fn package(name: &str, folder: &str, imports: &[&str]) -> Package {
        let dependency = |import: &&str| match import.strip_prefix("dev:") {
            Some(name) => Dependency { name: name.to_owned(), dev: true },
            None => Dependency { name: (*import).to_owned(), dev: false },
        };
        Package {
            name: name.to_owned(),
            folder: folder.to_owned(),
            dependencies: imports.iter().map(dependency).collect(),
            ..Package::default()
        }
    }

    fn house(importer: Package) -> Vec<String> {
        let mut members = vec![importer];
        for (name, _) in ARROWS {
            if !members.iter().any(|member| member.name == *name) {
                members.push(package(name, "crates/it", &[]));
            }
        }
        arrows(&members)
    }

    #[test]
    fn the_house_as_drawn_passes() {
        assert_eq!(house(package("yzb-transport", "crates/t", &["yzb-proto", "http"])), [""; 0]);
        assert_eq!(house(package("yzb-cli", "crates/cli", &["yzb-emulator", "yzb"])), [""; 0]);
        assert_eq!(house(package("types_only", "examples/types_only", &["yzb-emulator"])), [""; 0]);
        assert_eq!(house(package("yzb-bench", "benches", &["yzb-transport"])), [""; 0]);
    }

    #[test]
    fn an_arrow_the_table_lacks_names_both_ends_and_the_remedy() {
        let complaints = house(package("yzb-proto", "crates/proto", &["yzb-transport"]));
        assert_eq!(complaints.len(), 1);
        for part in ["yzb-proto", "yzb-transport", "dev-dependency"] {
            assert!(complaints[0].contains(part), "{part} in {complaints:?}");
        }
    }

    #[test]
    fn cache_and_transport_do_not_know_each_other() {
        assert_eq!(house(package("yzb-cache", "crates/cache", &["yzb-transport"])).len(), 1);
        assert_eq!(house(package("yzb-transport", "crates/t", &["yzb-cache"])).len(), 1);
    }

    #[test]
    fn a_library_has_the_emulator_for_its_tests_only() {
        assert_eq!(house(package("yzb-cache", "crates/cache", &["dev:yzb-emulator"])), [""; 0]);
        let complaints = house(package("yzb-cache", "crates/cache", &["yzb-emulator"]));
        assert!(complaints[0].contains("make it a dev-dependency"), "{complaints:?}");
    }

    #[test]
    fn a_package_nobody_decided_about_is_refused() {
        let complaints = house(package("yzb-new", "crates/new", &[]));
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains("yzb-new") && complaints[0].contains("layers.rs"));
    }
}
