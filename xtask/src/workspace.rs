//! What `cargo metadata` says about the workspace, as far as the tasks ask.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::host::{self, Host};

/// The members of this workspace.
pub(crate) struct Workspace {
    pub(crate) members: Vec<Package>,
    /// Where cargo puts what it builds.
    pub(crate) target: PathBuf,
}

/// One member.
#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Its folder, relative to the root, with forward slashes.
    pub(crate) folder: String,
    /// The name under which others import it, if it has a library.
    pub(crate) library: Option<String>,
    /// Its features, without `default`.
    pub(crate) features: BTreeSet<String>,
    pub(crate) dependencies: Vec<Dependency>,
    /// The oldest Rust it promises to work with.
    pub(crate) rust_version: Option<String>,
}

/// One line of a manifest's dependency tables.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Only the package's own tests see it.
    pub(crate) dev: bool,
}

impl Workspace {
    pub(crate) fn read(host: &Host) -> Result<Self> {
        let json = host::read(&mut host.cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
        Self::parse(&json)
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Package> {
        self.members.iter().find(|package| package.name == name)
    }

    fn parse(json: &str) -> Result<Self> {
        let json: Value = serde_json::from_str(json).context("cargo metadata: not JSON")?;
        let root = text(&json, "workspace_root")?;
        let packages = json["packages"].as_array().context("cargo metadata: no packages")?;
        let mut members =
            packages.iter().map(|json| package(json, &root)).collect::<Result<Vec<_>>>()?;
        members.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { members, target: text(&json, "target_directory")?.into() })
    }
}

fn package(json: &Value, root: &str) -> Result<Package> {
    let manifest = text(json, "manifest_path")?.replace('\\', "/");
    let folder = manifest.trim_end_matches("/Cargo.toml");
    let folder = folder.strip_prefix(&root.replace('\\', "/")).unwrap_or(folder);
    let features = json["features"].as_object().context("cargo metadata: no features")?;
    Ok(Package {
        id: text(json, "id")?,
        name: text(json, "name")?,
        folder: folder.trim_start_matches('/').to_owned(),
        library: library(json),
        features: features.keys().filter(|name| *name != "default").cloned().collect(),
        dependencies: dependencies(json)?,
        rust_version: json["rust_version"].as_str().map(ToOwned::to_owned),
    })
}

fn library(json: &Value) -> Option<String> {
    let is_library = |target: &&Value| {
        let kinds = target["kind"].as_array().map_or(&[][..], Vec::as_slice);
        kinds.iter().any(|kind| matches!(kind.as_str(), Some("lib" | "proc-macro" | "rlib")))
    };
    let target = json["targets"].as_array()?.iter().find(is_library)?;
    Some(target["name"].as_str()?.replace('-', "_"))
}

fn dependencies(json: &Value) -> Result<Vec<Dependency>> {
    let list = json["dependencies"].as_array().context("cargo metadata: no dependencies")?;
    let dependency = |json| {
        Ok(Dependency { name: text(json, "name")?, dev: json["kind"].as_str() == Some("dev") })
    };
    list.iter().map(dependency).collect()
}

fn text(json: &Value, key: &str) -> Result<String> {
    let text = json[key].as_str().with_context(|| format!("cargo metadata: no {key}"))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_read_with_its_folder_features_and_dependencies() {
        let workspace = Workspace::parse(
            r#"{"workspace_root": "/w", "target_directory": "/w/target", "packages": [{
                "id": "path+file:///w/crates/proto#yzb-proto@0.1.0", "name": "yzb-proto",
                "manifest_path": "/w/crates/proto/Cargo.toml", "rust_version": "1.85",
                "features": {"default": [], "url": ["dep:url"]},
                "targets": [{"kind": ["test"], "name": "it"}, {"kind": ["lib"], "name": "yzb-proto"}],
                "dependencies": [{"name": "http", "kind": null}, {"name": "proptest", "kind": "dev"}]
            }]}"#,
        )
        .unwrap();
        let proto = workspace.member("yzb-proto").unwrap();
        assert_eq!(proto.folder, "crates/proto");
        assert_eq!(proto.library.as_deref(), Some("yzb_proto"));
        assert_eq!(proto.features, BTreeSet::from(["url".to_owned()]));
        let dev: Vec<_> = proto.dependencies.iter().map(|d| (d.name.as_str(), d.dev)).collect();
        assert_eq!(dev, [("http", false), ("proptest", true)]);
        assert!(workspace.member("yzb").is_none());
    }

    #[test]
    fn a_surprising_answer_is_an_error_and_not_an_empty_workspace() {
        assert!(Workspace::parse("{}").is_err());
        assert!(Workspace::parse("").is_err());
    }
}
