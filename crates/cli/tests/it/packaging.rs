//! What `packaging/` promises: its files can be read, its configurations used, and what one file says
//! of another is so.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::scratch::Folder;
use crate::{run, yzb};

/// A file of the folder.
fn file(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging");
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Each document of a file of YAML.
fn documents(text: &str) -> Vec<Value> {
    let read = |part: &str| serde_saphyr::from_str(part).unwrap_or_else(|error| panic!("{error}"));
    text.split("\n---\n").map(read).collect()
}

/// The document of this kind.
fn of_kind<'a>(documents: &'a [Value], kind: &str) -> &'a Value {
    documents.iter().find(|it| it["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

/// Checks a configuration whose secrets are in this folder on the machine that it is for; which
/// secrets it names.
fn check(name: &str, config: &str, secrets: &str) -> Vec<String> {
    let folder = Folder::new(name);
    let named: Vec<String> = config
        .split("file: ")
        .skip(1)
        .map(|rest| rest.split(" }").next().unwrap().to_owned())
        .collect();
    for secret in &named {
        let local = secret.strip_prefix(secrets).unwrap_or(secret);
        fs::create_dir_all(folder.path().join(local).parent().unwrap()).unwrap();
        folder.write(local, "a-secret-of-more-than-twenty-characters\n");
    }
    let path = folder.write("config.yaml", &config.replace(secrets, ""));
    let (out, err, ok) = run(yzb(&["config", "check", "--config", &path]));
    assert!(ok && !out.contains("warning"), "{name}: {out}{err}");
    named
}

#[test]
fn the_unit_hands_over_every_credential_that_its_configuration_names() {
    let unit = file("systemd/yzb.service");
    let credentials = "/run/credentials/yzb.service/";
    let named = check("unit", &file("systemd/config.yaml"), credentials);
    let wanted: Vec<_> = named.iter().filter_map(|it| it.strip_prefix(credentials)).collect();
    assert_eq!(wanted.len(), 2, "{named:?}");
    for name in wanted {
        assert!(unit.contains(&format!("\nLoadCredential={name}:/etc/yzb/")), "{name}");
    }
    // The app's own secret is not one of them: a reload must see it.
    assert!(named.contains(&"apps/100027".to_owned()), "{named:?}");
}

#[test]
fn the_commands_of_the_unit_are_commands() {
    let unit = file("systemd/yzb.service");
    let commands: Vec<_> =
        unit.lines().filter_map(|line| line.split_once("=/usr/bin/yzb ")).collect();
    assert_eq!(commands.len(), 2, "{commands:?}");
    for (_, arguments) in commands {
        let (command, file) = arguments.split_once(" --config ").unwrap();
        assert_eq!(file, "/etc/yzb/config.yaml");
        let words: Vec<_> = command.split(' ').chain(["--help"]).collect();
        let (out, err, ok) = run(yzb(&words));
        assert!(ok && out.contains("--config <FILE>"), "{command}: {err}");
    }
}

#[test]
fn compose_hands_over_every_secret_that_its_configuration_names() {
    let documents = documents(&file("compose/compose.yaml"));
    let named = check("compose", &file("compose/config.yaml"), "/run/secrets/");
    let service = &documents[0]["services"]["yzb"];
    for path in &named {
        let name = path.strip_prefix("/run/secrets/").unwrap();
        let is_there = |list: &Value| list.as_array().unwrap().iter().any(|it| it == name);
        assert!(is_there(&service["secrets"]), "{name}");
        assert!(documents[0]["secrets"].get(name).is_some(), "{name}");
    }
    assert_eq!(named.len(), 3, "{named:?}");
    assert!(documents[0]["services"].get("redis").is_some());
}

#[test]
fn the_pods_are_probed_by_a_path_that_is_open_and_run_as_the_image_does() {
    let documents = documents(&file("kubernetes/yzb.yaml"));
    let config = of_kind(&documents, "ConfigMap")["data"]["config.yaml"].as_str().unwrap();
    assert_eq!(check("pods", config, "/run/secrets/yzb/").len(), 3);
    let pod = &of_kind(&documents, "Deployment")["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let openapi: Value = serde_json::from_str(yzb_axum::Service::openapi()).unwrap();
    for probe in ["livenessProbe", "readinessProbe"] {
        let path = container[probe]["httpGet"]["path"].as_str().unwrap();
        let operation = &openapi["paths"][path]["get"];
        assert_eq!(operation["security"], serde_json::json!([]), "{probe}: {path} wants a token");
    }
    let port = &container["ports"][0]["containerPort"];
    assert!(config.contains(&format!("listen: [0.0.0.0:{port}]")), "{config}");
    let user = pod["securityContext"]["runAsUser"].to_string();
    let image = file("Dockerfile");
    assert!(image.contains(&format!("USER {user}:{user}")), "{user}");
    assert!(image.contains(&format!("EXPOSE {port}")), "{port}");
    assert!(pod["terminationGracePeriodSeconds"].as_u64() > Some(30));
}
