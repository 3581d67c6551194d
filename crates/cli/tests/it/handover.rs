//! `yzb shadow` and `yzb takeover` as an operator runs them: who asks what of Redis and of the platform,
//! and a service that is there or not. What happens over hours is told in `src/handover/tests`.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use serde_json::Value;
use yzb_emulator::{Call, ClockMode, Emulator, World, demo};

use crate::redis::server::{PASSWORD, Server, text};
use crate::scratch::Folder;
use crate::service::Service;
use crate::yzb;

pub(crate) struct Scene {
    pub(crate) platform: Emulator,
    pub(crate) redis: Server,
    folder: Folder,
}

const TOKEN: &str = "type/server_access_token_info/app_id/990001";
const TICKET: &str = "type/js_ticket_info/app_id/990001";

impl Scene {
    pub(crate) fn new(name: &str) -> Self {
        let platform = Emulator::builder(World::demo()).clock(ClockMode::Real).start().unwrap();
        Self { platform, redis: Server::start(), folder: Folder::new(name) }
    }

    /// A configuration by which this user logs in at Redis, and the service listens there.
    fn config(&self, user: &str, listen: &str) -> String {
        let text = format!(
            "store: {{ redis: {{ url: 'redis://{user}:{PASSWORD}@127.0.0.1:{}' }} }}
oauth_api: {{ get_js_ticket_url: '{}/OAuth2/ticket' }}
app_info: [{{ app_id: '{}', app_secret: {} }}]
service: {{ listen: ['{listen}'] }}
policy: {{ store_timeout: 10s }}
log: {{ format: json }}
",
            self.redis.port,
            self.platform.origin(),
            demo::APP_ID,
            demo::APP_SECRET
        );
        self.folder.write(&format!("{user}-{}.yaml", listen.len()), &text)
    }

    /// What it printed, and its exit code. No secret is in it.
    fn run(&self, command: &str, config: &str, more: &[&str]) -> (String, i32) {
        let mut command = yzb(&[command, "--config", config]);
        for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(name);
        }
        let output = command.args(more).output().unwrap();
        let shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        for secret in [PASSWORD, demo::APP_SECRET] {
            assert!(!shown.contains(secret), "{shown}");
        }
        for key in [TOKEN, TICKET] {
            let record = self.redis.get(key).and_then(|it| serde_json::from_str::<Value>(&it).ok());
            let code = record.as_ref().and_then(|it| {
                let fields = ["server_access_token", "js_ticket"];
                fields.iter().find_map(|field| it[field].as_str().map(str::to_owned))
            });
            assert!(code.is_none_or(|code| !shown.contains(&code)), "{shown}");
        }
        (shown, output.status.code().unwrap())
    }

    /// Both codes, issued and written as the published task does it.
    pub(crate) fn task_round(&self) {
        let ask = |path: &str, form: String| {
            let url = format!("https://oauth.yuanzhibang.com/OAuth2/{path}");
            let answer = self.platform.call(&http::Request::post(url).body(form).unwrap());
            serde_json::from_slice::<Value>(answer.body()).unwrap()["data"].clone()
        };
        let (id, secret) = (demo::APP_ID, demo::APP_SECRET);
        let token =
            ask("token", format!("app_id={id}&secret={secret}&grant_type=client_credential"));
        let token = token["access_token"].as_str().unwrap();
        let ticket = ask("ticket", format!("app_id={id}&access_token={token}&type=js_ticket"));
        let until = self.platform.now() + 7200;
        for (key, field, code) in [
            (TOKEN, "server_access_token", token),
            (TICKET, "js_ticket", ticket["ticket"].as_str().unwrap()),
        ] {
            let value = format!("{{\"{field}\": \"{code}\", \"expires_in\": {until}}}");
            self.redis.command(&["SET", key, &value, "EX", "7200"]);
        }
    }

    /// Which commands Redis was sent since it was last asked.
    fn commands(&self) -> BTreeSet<String> {
        let stats = text(&self.redis.command(&["INFO", "commandstats"]));
        self.redis.command(&["CONFIG", "RESETSTAT"]);
        let names =
            stats.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split(':').next());
        let ours = ["info", "config|resetstat", "acl|log"];
        names.filter(|name| !ours.contains(name)).map(str::to_owned).collect()
    }

    fn values(&self) -> [Option<String>; 2] {
        [self.redis.get(TOKEN), self.redis.get(TICKET)]
    }
}

#[test]
fn a_shadow_sends_redis_nothing_that_writes_and_the_platform_nothing_at_all() {
    let scene = Scene::new("shadow-reads");
    scene.task_round();
    let config = scene.config("shadow", "127.0.0.1:0");
    let (values, asked) = (scene.values(), scene.platform.journal(0).len());
    scene.commands();
    let (shown, code) = scene.run("shadow", &config, &["--once"]);
    assert_eq!(code, 0, "{shown}");
    let allowed = ["auth", "getrange", "pttl", "exists", "get", "hello", "select"];
    let sent = scene.commands();
    assert!(sent.contains("getrange") && sent.contains("pttl"), "{sent:?}");
    assert!(sent.iter().all(|command| allowed.contains(&command.as_str())), "{sent:?}");
    assert_eq!(scene.platform.journal(0).len(), asked, "{shown}");
    // Nothing that this user may not do was tried.
    assert_eq!(scene.redis.command(&["ACL", "LOG"]), ::redis::Value::Array(Vec::new()));

    let (shown, code) = scene.run("shadow", &config, &["--once", "--ask", "--json"]);
    assert_eq!(code, 0, "{shown}");
    assert_eq!(scene.platform.calls(Call::CheckCode, None), 2);
    assert_eq!(scene.platform.journal(0).len(), asked + 2);
    assert_eq!(scene.values(), values);
    // Somebody issued by hand.
    scene.platform.revoke_server_token(demo::APP_ID);
    let (shown, code) = scene.run("shadow", &config, &["--once", "--ask"]);
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("the platform refuses the code"), "{shown}");
}

#[test]
fn a_shadow_with_the_rights_of_a_service_looks_on_too_and_says_what_it_may_not_see() {
    let scene = Scene::new("shadow-rights");
    scene.task_round();
    let config = scene.config("yzb", "127.0.0.1:0");
    let (shown, code) = scene.run("shadow", &config, &["--once"]);
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("may not ask for expiries"), "{shown}");
    scene.redis.command(&["ACL", "SETUSER", "yzb", "-pttl"]);
    let (shown, code) = scene.run("shadow", &config, &["--once"]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("may not ask for expiries"), "{shown}");
    let away = scene.config("nobody", "127.0.0.1:0");
    let (shown, code) = scene.run("shadow", &away, &["--once"]);
    assert_eq!(code, 4, "{shown}");
}

#[test]
fn ctrl_c_ends_a_shadow_with_its_summary() {
    let scene = Scene::new("shadow-ends");
    scene.task_round();
    let config = scene.config("shadow", "127.0.0.1:0");
    let mut command = Command::new(env!("CARGO_BIN_EXE_yzb"));
    command.args(["shadow", "--config", &config, "--json", "--every", "1h"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    assert!(first.contains("server-token"), "{first}");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert!(rest.lines().last().unwrap().contains("\"summary\""), "{rest}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_takeover_is_kept_by_the_service_that_is_started_then() {
    let scene = Scene::new("takeover-kept");
    scene.task_round();
    let codes = scene.values().map(|value| value.unwrap()[..80].to_owned());
    let config = scene.config("yzb", "127.0.0.1:0");
    let (shown, code) = scene.run("takeover", &config, &["--json"]);
    assert_eq!(code, 0, "{shown}");
    let report: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(report["done"], true);
    assert!(report["next"][0].as_str().unwrap().contains("start `yzb serve"), "{shown}");
    // Nobody keeps it yet.
    let (shown, code) = scene.run("takeover", &config, &["--wait", "0s"]);
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("no service here holds them"), "{shown}");

    let mut service = Service::start(&config);
    service.until_ready();
    let beside = scene.config("yzb", &service.address.clone());
    let (shown, code) = scene.run("takeover", &beside, &["--wait", "30s"]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("keeps what is there"), "{shown}");
    assert_eq!(service.stop(), Some(0));
    // It kept them, and does so no more.
    let (shown, code) = scene.run("takeover", &beside, &["--wait", "0s"]);
    assert_eq!(code, 1, "{shown}");
    // From the first round of the task on, the same codes, and the published fields byte for byte.
    let after = scene.values().map(Option::unwrap);
    for (before, after) in codes.iter().zip(after) {
        assert!(after.starts_with(before), "{after}");
        assert!(after.contains("\"issuer\": \"yzb-takeover\""), "{after}");
    }
    assert_eq!(scene.platform.calls(Call::ServerToken, None), 1);
    assert!(!service.log.contains("foreign"), "{}", service.log);
    assert!(scene.redis.command(&["KEYS", "yzb/turn/*"]) == ::redis::Value::Array(Vec::new()));
}

#[test]
fn a_service_that_is_ready_with_other_codes_is_not_taken_for_the_one_that_keeps_these() {
    let (other, scene) = (Scene::new("takeover-other"), Scene::new("takeover-mine"));
    // Another code than the first, which both platforms would give.
    other.task_round();
    other.task_round();
    let mut service = Service::start(&other.config("yzb", "127.0.0.1:0"));
    service.until_ready();
    scene.task_round();
    let config = scene.config("yzb", &service.address.clone());
    let (shown, code) = scene.run("takeover", &config, &["--wait", "0s"]);
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("no service here holds them"), "{shown}");
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_service_that_renewed_the_codes_and_is_gone_keeps_them_no_more() {
    let scene = Scene::new("takeover-gone");
    let config = scene.config("yzb", "127.0.0.1:0");
    let mut service = Service::start(&config);
    service.until_ready();
    assert_eq!(service.stop(), Some(0));
    let (shown, code) = scene.run("takeover", &config, &["--wait", "0s"]);
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("0 of 2 codes were renewed"), "{shown}");
}

#[test]
fn what_cannot_be_handed_over_says_why_and_changes_nothing() {
    let scene = Scene::new("takeover-cannot");
    scene.task_round();
    let values = scene.values();
    // Redis lets this user read only.
    let reader = scene.config("shadow", "127.0.0.1:0");
    let (shown, code) = scene.run("takeover", &reader, &[]);
    assert_eq!(code, 4, "{shown}");
    assert!(shown.contains("permission") && shown.contains("nothing was changed"), "{shown}");

    let good = std::fs::read_to_string(scene.config("yzb", "127.0.0.1:0")).unwrap();
    let away = good.replace(scene.platform.origin(), "http://127.0.0.1:1");
    let away = scene.folder.write("away.yaml", &away);
    let (shown, code) = scene.run("takeover", &away, &[]);
    assert_eq!(code, 5, "{shown}");
    assert!(shown.contains("nothing was changed"), "{shown}");
    let nobody = good.replace(&scene.redis.port.to_string(), "1");
    let nobody = scene.folder.write("nobody.yaml", &nobody);
    for command in ["takeover", "shadow"] {
        let (shown, code) = scene.run(command, &nobody, &[]);
        assert_eq!(code, 5, "{shown}");
    }
    assert_eq!(scene.values(), values);

    let folder = "app_info: [{ app_id: '1', app_secret: s }]\nstore: { directory: state }\n";
    let folder = scene.folder.write("folder.yaml", folder);
    for command in ["takeover", "shadow"] {
        let (shown, code) = scene.run(command, &folder, &[]);
        assert_eq!(code, 3, "{shown}");
        assert!(shown.contains("write the task's `storage_redis` in place of `store`"), "{shown}");
    }
}

#[test]
fn where_ours_would_renew_later_than_the_task_one_is_stopped_before_the_other_starts() {
    let scene = Scene::new("takeover-late");
    scene.task_round();
    let good = std::fs::read_to_string(scene.config("yzb", "127.0.0.1:0")).unwrap();
    let late = good.replace("store_timeout: 10s", "refresh_ahead: 5m");
    let late = scene.folder.write("late.yaml", &late);
    let (shown, code) = scene.run("takeover", &late, &["--json"]);
    assert_eq!(code, 0, "{shown}");
    let report: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(report["next"][0], "stop the task");
    assert!(shown.contains("raise `refresh_ahead`"), "{shown}");
}
