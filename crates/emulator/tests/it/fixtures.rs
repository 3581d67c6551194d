//! Worlds and fault plans from files, and what is said about wrong ones.

use yzb_emulator::{Call, DEFAULT_NOW, FaultPlan, Platform, Rule, World, demo};

use crate::scene::{INFO, Scene};

const YAML: &str = r#"# The shape the documentation shows.
apps:
  - { app_id: "990001", secret: peer-secret-0001 }
users:
  - open_id: T3BlbklkLUFsaWNlL2E9PQ
    nick: 天使😀
    avatar: https://upload.example.invalid/a/b.jpeg
    sex: "1"
    apps:                      # apps this user has added, with the scopes granted to each
      "990001": [user/get_user_base_info]
codes:
  - { code: authcode-1, app_id: "990001", open_id: T3BlbklkLUFsaWNlL2E9PQ }
"#;

const JSON: &str = r#"{
  "apps": [{ "app_id": "990001", "secret": "peer-secret-0001" }],
  "users": [{
    "open_id": "T3BlbklkLUFsaWNlL2E9PQ", "nick": "\u5929使😀",
    "avatar": "https:\/\/upload.example.invalid/a/b.jpeg", "sex": "1",
    "apps": { "990001": ["user/get_user_base_info"] }
  }],
  "codes": [{ "code": "authcode-1", "app_id": "990001", "open_id": "T3BlbklkLUFsaWNlL2E9PQ" }]
}"#;

#[test]
fn yaml_and_json_of_one_shape_are_one_world() {
    for text in [YAML, JSON] {
        let mut scene = Scene::of(World::read(text).unwrap());
        assert_eq!(scene.login(demo::AUTH_CODE).text("/data/open_id"), demo::ANGEL);
        let token = scene.server_token();
        let info = scene.about_user(INFO, &token, demo::ANGEL);
        assert_eq!(info.text("/data/nick"), "天使😀");
        assert_eq!(info.text("/data/avatar"), "https://upload.example.invalid/a/b.jpeg");
    }
}

#[test]
fn a_hundred_thousand_users_are_read_and_deep_nesting_is_called_so() {
    let mut text = "apps: [{ app_id: 1, secret: x }]\nusers:\n".to_owned();
    for n in 0..100_000 {
        text += &format!(
            "  - {{ open_id: u{n}, nick: n, apps: {{ 1: [user/get_user_base_info] }} }}\n"
        );
    }
    let mut scene = Scene::of(World::read(&text).unwrap());
    let grant = ("grant_type", "client_credential");
    let token = scene.ask("/OAuth2/token", &[("app_id", "1"), ("secret", "x"), grant]);
    let token = token.text("/data/access_token");
    let counted = scene.ask(crate::scene::COUNT, &[("app_id", "1"), ("access_token", &token)]);
    assert_eq!(counted.number("/data/user_count"), 100_000);

    for start in ["", "users: ", "apps: [{ app_id: "] {
        let error = World::read(&format!("{start}{}", "[".repeat(3000))).unwrap_err();
        let expected = "values stand in each other deeper than 64";
        assert!(error.to_string().ends_with(expected), "{error}");
    }
}

#[test]
fn a_moment_is_told_from_a_span() {
    let read = |moment: u64| {
        World::read(&format!(
            "apps: [{{ app_id: 1, secret: x }}]\nusers: [{{ open_id: a }}]\n\
             codes: [{{ code: c, app_id: 1, open_id: a, expires_at: {moment} }}]\n"
        ))
    };
    assert!(read(999_999_999).unwrap_err().to_string().contains("not a span"));
    assert!(read(1_000_000_000).is_ok());
}

#[test]
fn the_other_keys_are_read_too() {
    let text = "code_life: 10\nseed: 7\nallow: [203.0.113.7]\ndials: { page_limit: 3 }\n\
                apps: [{ app_id: 990001, secret: peer-secret-0001 }]\nusers: [{ open_id: a }]\n\
                codes: [{ code: c, app_id: 990001, open_id: a, expires_at: 1654569706 }]\n";
    let mut scene = Scene::of(World::read(text).unwrap());
    assert_eq!(scene.platform.dials().page_limit, 3);
    assert_eq!(scene.platform.allow_list(), ["203.0.113.7".parse::<std::net::IpAddr>().unwrap()]);
    scene.now = DEFAULT_NOW;
    assert!(matches!(scene.login("c").rule, Rule::Invalid(..)), "it ends at this moment");
    scene.now -= 1;
    assert_eq!(scene.login("c").rule, Rule::UserLoggedIn);
    let issued = scene.platform.issue_code(scene.now, "990001", "a");
    scene.wait(10);
    assert!(matches!(scene.login(&issued).rule, Rule::Invalid(..)));
    let seeded = |text| Scene::of(World::read(text).unwrap());
    let plain = text.replace("seed: 7", "seed: 8");
    assert_ne!(seeded(text).server_token(), seeded(&plain).server_token());
}

#[test]
fn an_empty_world_may_be_written() {
    assert!(World::read("{}").is_ok());
    assert!(World::read("apps: []\n").is_ok());
}

/// The text with one line replaced, and the error.
fn error(line: &str, by: &str) -> String {
    assert!(YAML.contains(line), "{line}");
    let text = YAML.replace(line, by);
    World::read(&text).expect_err(by).to_string()
}

#[test]
fn what_is_wrong_is_told_with_line_and_column() {
    let app = r#"  - { app_id: "990001", secret: peer-secret-0001 }"#;
    let code = r#"  - { code: authcode-1, app_id: "990001", open_id: T3BlbklkLUFsaWNlL2E9PQ }"#;
    let nick = "    nick: 天使😀";
    let twice = format!("{app}\n{app}");
    let codes = format!("{code}\n{code}");
    let mut wrong = Vec::new();
    for (line, by, expected) in [
        (app, "  - { app_id: \"990001\" }", "line 3, column 7: `secret` is missing"),
        (
            app,
            "  - { app_id: \"1\", secret: a, sceret: b }",
            "line 3, column 31: unknown key; there are: app_id, secret",
        ),
        (app, &twice, "line 4, column 15: this app id is there already, in line 3"),
        (app, "  - { app_id: [1], secret: a }", "line 3, column 15: expected "),
        (app, "  - { app_id: \"\", secret: a }", "line 3, column 15: expected 1 to 512 bytes"),
        (
            app,
            "  - { app_id: \"990001\", secret: \"\" }",
            "line 3, column 33: expected 1 to 512 bytes",
        ),
        (code, &codes, "line 13, column 13: this code is there already, in line 12"),
        (
            code,
            "  - { code: a, app_id: \"1\", open_id: b }",
            "line 12, column 24: there is no such app id in this file",
        ),
        (
            code,
            "  - { code: a, app_id: \"990001\", open_id: b }",
            "line 12, column 43: there is no such open id in this file",
        ),
        (
            code,
            "  - { code: a, app_id: \"990001\", open_id: T3BlbklkLUFsaWNlL2E9PQ, expires_at: 300 }",
            "line 12, column 79: expected a moment",
        ),
        (
            "      \"990001\": [",
            "      \"990002\": [",
            "line 10, column 17: there is no such app id",
        ),
        (nick, "    nick: a\n    nick: b", "line 7, column 5: the same key twice"),
        (nick, "    nick: [a", "line 6, column 11: expected string"),
        ("codes:", "dials: { page_limit: -1 }\ncodes:", "line 11, column 22: expected "),
        ("codes:", "allow: [example.com]\ncodes:", "line 11, column 9: expected an IP address"),
        ("codes:", "kodes:", "line 11, column 1: unknown key; there are: apps, users, codes"),
    ] {
        let error = error(line, by);
        if !error.contains(expected) {
            wrong.push(format!(
                "{by}
  said: {error}
  not:  {expected}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}",
        wrong.join(
            "
"
        )
    );
}

#[test]
fn no_error_quotes_what_the_file_says() {
    let secret = "planted-secret-7";
    for text in [
        format!("apps:\n  - {{ app_id: 1, secret: [{secret}] }}\n"),
        format!("apps:\n  - {{ app_id: 1, secret: {secret}, {secret} }}\n"),
        format!("apps:\n  - {{ app_id: 1, secret: {secret}, {secret}: 1 }}\n"),
        format!(
            "apps:\n  - {{ app_id: 1, secret: {secret} }}\n  - {{ app_id: 1, secret: {secret} }}\n"
        ),
        format!("apps: {secret}\n"),
        format!("apps:\n  - {{ app_id: 1, secret: \"{secret} }}\n"),
        format!("apps:\n  - {{ app_id: 1, secret: *{secret} }}\n"),
        format!("apps:\n  - {{ app_id: 1, secret: !{secret} x, y }}\n"),
        format!("code_life: {secret}\n"),
        format!("dials: {{ previous_server_token: {secret} }}\n"),
        format!("codes:\n  - {{ code: {secret}, app_id: 1, open_id: 2 }}\n"),
        format!("{secret}\n"),
        format!("{{\"apps\": [{{\"app_id\": \"1\", \"secret\": \"{secret}\" \"x\"}}]}}"),
        format!("allow: [{secret}]"),
    ] {
        let error = World::read(&text).expect_err(&text);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("planted"), "{text}\n{shown}");
    }
    let error = FaultPlan::read(&format!("faults: [{{ fault: {secret} }}]")).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("planted"), "{error}");
}

#[test]
fn a_fault_plan_is_read_and_its_mistakes_have_a_place() {
    let plan = FaultPlan::read(
        "seed: 7\nfaults:\n  - { fault: reset-during, call: js-ticket, nth: 3 }\n  \
         - { fault: delay, milliseconds: 300, chance: 0.1 }\n",
    );
    let plan = plan.unwrap();
    assert_eq!((plan.seed, plan.faults.len()), (7, 2));
    let mut platform = Platform::new(World::demo());
    platform.set_faults(0, plan.clone());
    assert_eq!(platform.faults(), &plan);
    assert_eq!(FaultPlan::read(&serde_json::to_string(&plan).unwrap()), Ok(plan));
    assert_eq!("js-ticket".parse(), Ok(Call::JsTicket));

    for (text, expected) in [
        ("faults:\n  - { fault: reset }\n", "no fault has this name; there are: delay"),
        (
            "faults:\n  - { fault: delay, call: tickets }\n",
            "no call has this name; there are: server-token",
        ),
        (
            "faults:\n  - { fault: delay, nht: 3 }\n",
            "line 2, column 21: unknown key; there are: fault, call",
        ),
        (
            "faults:\n  - { fault: delay, bytes: 3 }\n",
            "fault delay: `bytes` is of no use to this fault",
        ),
    ] {
        let error = FaultPlan::read(text).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(error.line(), 2, "{error}");
    }
}
