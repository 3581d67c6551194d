//! The commands that ask, beyond what `docs/ask.md` shows.

use serde_json::Value;
use yzb_emulator::{Call, ClockMode, Emulator, World, demo};

use crate::scratch::Folder;
use crate::yzb;

/// A platform, and the folder in which codes are kept.
struct Scene {
    platform: Emulator,
    folder: Folder,
}

impl Scene {
    fn new(name: &str) -> Self {
        let platform = Emulator::builder(World::demo()).clock(ClockMode::Real).start().unwrap();
        Self { platform, folder: Folder::new(name) }
    }

    fn command(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = yzb(arguments);
        command
            .current_dir(self.folder.path())
            .env_remove("YZB_CONFIG")
            .env("YZB_APP_ID", demo::APP_ID)
            .env("YZB_APP_SECRET", demo::APP_SECRET)
            .env("YZB_ORIGIN", self.platform.origin())
            .env("YZB_STATE_DIRECTORY", self.folder.path().join("state"));
        command
    }

    /// Standard output, standard error and exit code.
    fn run(&self, arguments: &[&str]) -> (String, String, i32) {
        ended(self.command(arguments))
    }
}

fn ended(mut command: assert_cmd::Command) -> (String, String, i32) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

#[test]
fn a_code_is_shown_only_to_who_asks_for_it() {
    let scene = Scene::new("reveal");
    let (revealed, _, _) = scene.run(&["token", "--reveal", "--json"]);
    let revealed: Value = serde_json::from_str(&revealed).unwrap();
    let code = revealed["code"].as_str().unwrap();
    for arguments in [&["token"][..], &["token", "--json"], &["check"], &["check", "--json"]] {
        let (shown, errors, _) = scene.run(arguments);
        assert!(!shown.contains(code) && !errors.contains(code), "{arguments:?}: {shown}{errors}");
    }
    let (shown, _, _) = scene.run(&["token", "--reveal"]);
    assert!(shown.contains(code), "{shown}");
}

#[test]
fn no_command_ends_the_code_that_another_program_uses() {
    let scene = Scene::new("shared");
    let (first, _, _) = scene.run(&["token", "--json"]);
    scene.run(&["ticket"]);
    for arguments in [
        &["ticket"][..],
        &["check"],
        &["login", demo::AUTH_CODE],
        &["user", demo::ANGEL],
        &["users"],
        &["sign", "https://example.com/"],
        &["token"],
    ] {
        let (_, errors, code) = scene.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {errors}");
    }
    assert_eq!(scene.platform.calls(Call::ServerToken, None), 1);
    assert_eq!(scene.platform.calls(Call::JsTicket, None), 1);
    let (last, _, _) = scene.run(&["token", "--json"]);
    assert!(last.contains(first.split("\"fingerprint\"").nth(1).unwrap().get(..11).unwrap()));
}

#[test]
fn all_users_are_listed_over_all_pages() {
    let scene = Scene::new("users");
    let (list, _, code) = scene.run(&["users", "--json"]);
    assert_eq!(code, 0);
    let users: Vec<Value> = list.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(users.len(), 252);
    assert!(scene.platform.calls(Call::UserList, None) >= 3);
}

#[test]
fn the_exit_code_says_whether_to_try_again() {
    let scene = Scene::new("codes");
    let mut away = scene.command(&["login", "any-code"]);
    away.env("YZB_ORIGIN", "http://127.0.0.1:1");
    let (_, errors, code) = ended(away);
    assert_eq!(code, 5, "{errors}");
    let (_, errors, code) = scene.run(&["login", "no-such-code"]);
    assert_eq!(code, 4, "{errors}");
    let mut input = scene.command(&["login", "-"]);
    input.write_stdin(format!("{}\n", demo::AUTH_CODE));
    let (shown, errors, code) = ended(input);
    assert_eq!(code, 0, "{errors}");
    assert!(shown.contains(demo::ANGEL), "{shown}");
    let mut nobody = scene.command(&["token"]);
    nobody.env_remove("YZB_APP_ID");
    let (_, errors, code) = ended(nobody);
    assert_eq!(code, 3);
    assert!(errors.contains("there is no such file"), "{errors}");
}

#[test]
fn what_cannot_be_an_argument_is_no_answer() {
    let scene = Scene::new("arguments");
    for arguments in [&["user", "a\nb"][..], &["user", ""], &["users", "--after", "1\n2"]] {
        let (shown, errors, code) = scene.run(arguments);
        assert_eq!(code, 2, "{arguments:?}: {shown}{errors}");
    }
    assert_eq!(scene.platform.calls(Call::ServerToken, None), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn where_nobody_can_be_told_what_is_wrong_the_exit_code_says_it() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_yzb"));
    command.args(["token", "--config", "no-such-file.yaml"]);
    command.stderr(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    assert_eq!(command.status().unwrap().code(), Some(3));
}

#[cfg(unix)]
#[test]
fn a_redis_that_refuses_the_password_will_refuse_it_again() {
    let redis = crate::redis::server::Server::with("requirepass another");
    let scene = Scene::new("denied");
    for arguments in [&["token"][..], &["ticket"], &["check"], &["sign", "https://example.com/"]] {
        let mut command = scene.command(arguments);
        command.env("YZB_REDIS_URL", format!("redis://:planted@127.0.0.1:{}/0", redis.port));
        let (_, errors, code) = ended(command);
        assert_eq!(code, 4, "{arguments:?}: {errors}");
        assert!(errors.contains("Redis refused the user or the password"), "{errors}");
        assert!(!errors.contains("planted"), "{errors}");
    }
}
