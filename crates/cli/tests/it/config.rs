//! `yzb config`, beyond what `docs/config.md` shows.

use serde_json::Value;

use crate::scratch::Folder;
use crate::{run, yzb};

/// A file with a secret in every place that takes one.
const SECRETS: &str = "\
proxies:
  http: http://user:planted-proxy@proxy.example:3128
  https: http://user:planted-proxy@proxy.example:3128
storage_redis: { host: redis.example, port: '6379', auth: planted-redis }
app_info:
  - { app_id: '100027', app_secret: planted-app, app_name: shop }
service:
  listen: ['0.0.0.0:8180']
  bearer_tokens: [{ name: web, token: planted-planted-bearer }]
";

/// What a check prints, with its exit code. No secret may be in it.
fn check(file: &str, more: &[&str]) -> (String, i32) {
    let mut command = yzb(&["config", "check", "--config", file]);
    let output = command.args(more).output().unwrap();
    let shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!shown.contains("planted"), "{shown}");
    (shown, output.status.code().unwrap())
}

#[test]
fn no_secret_of_a_good_file_is_printed() {
    let folder = Folder::new("good");
    let file = folder.write("config.yaml", SECRETS);
    for more in [&[][..], &["--json"], &["--secrets", "none"], &["--secrets", "run", "--json"]] {
        let (shown, code) = check(&file, more);
        assert_eq!(code, 0, "{shown}");
        assert!(shown.contains("100027"), "{shown}");
        assert!(shown.contains("proxy.example:3128, with a password"), "{shown}");
    }
}

/// Each line is spoilt in turn: what is said of it must not be what stands in it or beside it.
#[test]
fn no_secret_of_a_bad_file_is_printed() {
    let folder = Folder::new("bad");
    let lines: Vec<_> = SECRETS.lines().collect();
    for at in 0..lines.len() {
        let spoilt = [
            lines[at].replacen(": ", ":", 1),
            lines[at].replacen(['\'', '{', '['], "", 1),
            format!("{}: planted", lines[at]),
            lines[at].replacen("  ", "\t", 1),
            lines[at].replace("planted", "planted planted\u{1b}"),
            lines[at].replacen('_', "-planted-", 1),
        ];
        for line in spoilt.iter().filter(|line| **line != lines[at]) {
            let mut text = lines.clone();
            text[at] = line;
            let file = folder.write("config.yaml", &text.join("\n"));
            let (shown, code) = check(&file, &[]);
            assert!(code == 1 || shown.contains("can be used"), "{line}: {shown}");
            check(&file, &["--json"]);
        }
    }
}

#[test]
fn secrets_that_stand_elsewhere_are_followed_as_far_as_is_said() {
    let folder = Folder::new("elsewhere");
    folder.write("app", "planted-app\n");
    let file = folder.write(
        "config.yaml",
        "app_info:\n  - { app_id: '1', app_secret: { file: app } }\n  - { app_id: '2', app_secret: \
         { command: [cat, app] } }\n  - { app_id: '3', app_secret: { command: [cat, none] } }\n\
         store: { redis: { url: { env: YZB_TEST_REDIS_URL } } }\n",
    );
    assert_eq!(check(&file, &["--secrets", "none"]).1, 0);
    let (shown, code) = check(&file, &[]);
    assert!(code == 1 && shown.contains("store.redis.url: names an environment variable"));
    let mut command = yzb(&["config", "check", "--config", &file, "--secrets", "run"]);
    command.env("YZB_TEST_REDIS_URL", "rediss://user:planted@redis.example/3");
    let (shown, _, _) = run(command);
    assert!(shown.contains("3:33") || shown.contains("app_info[2].app_secret"), "{shown}");
    assert_eq!(shown.matches("error").count(), 1, "{shown}");

    let mut command = yzb(&["config", "check", "--config", &file]);
    command.env("YZB_TEST_REDIS_URL", "rediss://user:planted@redis.example/3");
    let (shown, _, success) = run(command);
    assert!(success && shown.contains("Redis at redis.example:6379, database 3, TLS"), "{shown}");
}

#[test]
fn a_file_of_authorities_must_be_one() {
    let folder = Folder::new("authorities");
    folder.write("good.pem", "-----BEGIN CERTIFICATE-----\n");
    folder.write("bad.pem", "planted");
    let with = |ca_file: &str| {
        let text = format!("{SECRETS}oauth_api: {{ ca_file: {ca_file} }}\n");
        check(&folder.write("config.yaml", &text), &[])
    };
    assert_eq!(with("good.pem").1, 0);
    for (file, why) in [("bad.pem", "has no certificate"), ("none.pem", "entity not found")] {
        let (shown, code) = with(file);
        assert!(code == 1 && shown.contains("oauth_api.ca_file: names a file that"), "{shown}");
        assert!(shown.contains(why), "{shown}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_everybody_may_read_is_remarked_if_there_is_a_secret_in_it() {
    use crate::scratch::set_mode;

    let folder = Folder::new("mode");
    folder.write("app", "planted-app\n");
    let inside = folder.write("inside.yaml", SECRETS);
    let outside = "app_info: [{ app_id: '1', app_secret: { file: app } }]\n\
                   store: { directory: /var/lib/yzb }\n";
    let outside = folder.write("outside.yaml", outside);
    for file in [&inside, &outside] {
        set_mode(file.as_ref(), 0o644);
    }
    let (shown, code) = check(&inside, &[]);
    assert!(code == 0 && shown.contains("by everybody on this machine (mode 0644)"), "{shown}");
    assert!(!check(&outside, &[]).0.contains("(mode"));
    set_mode(&folder.path().join("app"), 0o604);
    assert!(check(&outside, &[]).0.contains("(mode 0604)"));
}

#[test]
fn the_environment_names_the_file_and_the_argument_beats_it() {
    let folder = Folder::new("named");
    let file = folder.write("good.yaml", SECRETS);
    let mut command = yzb(&["config", "check"]);
    command.env("YZB_CONFIG", &file);
    assert!(run(command).2);
    let mut command = yzb(&["config", "check", "--config", "/nowhere/config.yaml"]);
    command.env("YZB_CONFIG", &file);
    assert_eq!(command.output().unwrap().status.code(), Some(3));
}

#[test]
fn what_is_no_readable_file_has_an_exit_code_of_its_own() {
    let folder = Folder::new("folder");
    let (shown, code) = check(folder.path().to_str().unwrap(), &[]);
    assert!(code == 3 && shown.contains("the file cannot be read"), "{shown}");
    let (shown, code) = check("/nowhere/config.yaml", &["--json"]);
    let told: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((code, &told["usable"], &told["config"]), (3, &false.into(), &Value::Null));
    assert!(told["problems"][0]["remedy"].as_str().unwrap().contains("YZB_CONFIG"));
}

#[test]
fn problems_have_their_place_in_json() {
    let folder = Folder::new("json");
    let file = folder.write("config.yaml", &SECRETS.replace("'6379'", "planted"));
    let (shown, code) = check(&file, &["--json"]);
    let told: Value = serde_json::from_str(&shown).unwrap();
    let problem = &told["problems"][0];
    assert_eq!((code, &problem["line"], &problem["column"]), (1, &4.into(), &45.into()));
    assert_eq!(problem["setting"], "storage_redis.port");
    assert_eq!(problem["severity"], "error");
}

#[test]
fn the_example_passes_the_check_in_both_languages() {
    let folder = Folder::new("example");
    for language in ["en", "zh"] {
        let (example, _, success) = run(yzb(&["config", "example", "--lang", language]));
        assert!(success);
        let file = folder.write("config.yaml", &example);
        let (shown, code) = check(&file, &[]);
        assert_eq!(code, 0, "{shown}");
        assert_eq!(shown.matches("placeholder").count(), 2, "{shown}");
        assert_eq!(shown.matches("warning").count(), 2, "{shown}");
    }
}

/// As `head` does that has seen enough.
#[cfg(unix)]
#[test]
fn a_reader_that_leaves_changes_no_exit_code() {
    let folder = Folder::new("leaves");
    let good = folder.write("good.yaml", SECRETS);
    let bad = folder.write("bad.yaml", &SECRETS.replace("app_id", "planted"));
    for (arguments, wanted) in [
        (&["config", "check", "--config", &good][..], 0),
        (&["config", "check", "--config", &bad], 1),
        (&["config", "example"], 0),
        (&["explain", "https://yuanzhibang.com/a"], 0),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_yzb"));
        let output = command.args(arguments).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(wanted), "{arguments:?}");
        assert_eq!(output.stderr, b"", "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    for arguments in [&["config", "example"][..], &["man"], &["completions", "bash"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_yzb"));
        let output = command.args(arguments).stdout(full).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.starts_with("yzb: ") && !error.contains("panicked"), "{error}");
    }
}
