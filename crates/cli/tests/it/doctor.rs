//! `yzb doctor`: each thing that is wrong is named, with its remedy.

use serde_json::Value;
use yzb_emulator::{ClockMode, Emulator, World, demo};

use crate::redis::server::{PASSWORD, Server};
use crate::scratch::Folder;
use crate::yzb;

struct Scene {
    platform: Emulator,
    redis: Server,
    folder: Folder,
}

/// A finding: what was looked at, and how it was judged.
type Found = (String, String, String);

impl Scene {
    fn new(name: &str) -> Self {
        let platform = Emulator::builder(World::demo()).clock(ClockMode::Real).start().unwrap();
        let redis = Server::with(&format!("requirepass {PASSWORD}"));
        Self { platform, redis, folder: Folder::new(name) }
    }

    fn config(&self) -> String {
        format!(
            "storage_redis: {{ host: 127.0.0.1, port: {}, auth: {PASSWORD} }}
oauth_api: {{ get_js_ticket_url: '{}/OAuth2/ticket' }}
app_info: [{{ app_id: '{}', app_secret: {} }}]
service: {{ listen: ['127.0.0.1:0'] }}
",
            self.redis.port,
            self.platform.origin(),
            demo::APP_ID,
            demo::APP_SECRET
        )
    }

    /// All findings, and the exit code.
    fn examine(&self, config: &str) -> (Vec<Found>, i32) {
        let file = self.folder.write("config.yaml", config);
        let mut shown = String::new();
        for more in [&[][..], &["--json"]] {
            let mut command = yzb(&["doctor", "--config", &file]);
            for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
                command.env_remove(name);
            }
            let output = command.args(more).output().unwrap();
            shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            for secret in [PASSWORD, demo::APP_SECRET] {
                assert!(!shown.contains(secret), "{shown}");
            }
            if more.is_empty() {
                continue;
            }
            let report: Value = serde_json::from_str(&shown).unwrap();
            let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
            let findings = report["findings"].as_array().unwrap().iter();
            let findings = findings.map(|finding| {
                (text(finding, "check"), text(finding, "verdict"), text(finding, "found"))
            });
            let code = output.status.code().unwrap();
            assert_eq!(report["good"], code == 0);
            return (findings.collect(), code);
        }
        panic!("{shown}");
    }

    /// Complains unless there is such a finding.
    fn finds(&self, config: &str, check: &str, verdict: &str, words: &str) -> i32 {
        let (findings, code) = self.examine(config);
        let there = findings
            .iter()
            .any(|found| found.0 == check && found.1 == verdict && found.2.contains(words));
        assert!(there, "{check} {verdict} {words}: {findings:#?}");
        code
    }
}

#[test]
fn where_all_is_well_nothing_is_bad() {
    let scene = Scene::new("doctor-well");
    let file = scene.folder.write("config.yaml", &scene.config());
    for command in ["token", "ticket"] {
        yzb(&[command, "--config", &file]).assert().success();
    }
    let (findings, code) = scene.examine(&scene.config());
    assert_eq!(code, 0, "{findings:#?}");
    for check in
        ["configuration", "dns", "tcp", "platform", "clock", "store", "redis clock", "record"]
    {
        let good = findings.iter().any(|found| found.0 == check && found.1 == "good");
        assert!(good, "{check}: {findings:#?}");
    }
}

#[test]
fn what_is_wrong_with_redis_is_named() {
    let scene = Scene::new("doctor-redis");
    let good = scene.config();
    let wrong = good.replace(PASSWORD, "some-other-password");
    assert_eq!(scene.finds(&wrong, "store", "bad", "password"), 1);
    let nobody = good.replace(&scene.redis.port.to_string(), "1");
    assert_eq!(scene.finds(&nobody, "store", "bad", "cannot be reached"), 1);
    // A user who has the rights of a published reader only.
    let reader = good.replace(
        &format!(
            "storage_redis: {{ host: 127.0.0.1, port: {}, auth: {PASSWORD} }}",
            scene.redis.port
        ),
        &format!(
            "store: {{ redis: {{ url: 'redis://reader:{PASSWORD}@127.0.0.1:{}' }} }}",
            scene.redis.port
        ),
    );
    assert_eq!(scene.finds(&reader, "store", "bad", "permission"), 1);
}

#[test]
fn what_others_write_is_named() {
    let scene = Scene::new("doctor-records");
    let url = format!("redis://:{PASSWORD}@127.0.0.1:{}", scene.redis.port);
    let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
    let mut set = |key: String, value: String| {
        redis::cmd("SET").arg(key).arg(value).query::<()>(&mut connection).unwrap();
    };
    set(format!("ttype/js_ticket_info/app_id/{}", demo::APP_ID), "{}".to_owned());
    let later = scene.platform.now() + 5000;
    // As the published task writes it, and as nobody issued it.
    set(
        format!("type/js_ticket_info/app_id/{}", demo::APP_ID),
        format!("{{\"js_ticket\": \"0123456789abcdef\", \"expires_in\": {later}}}"),
    );
    set(format!("type/server_access_token_info/app_id/{}", demo::APP_ID), "null".to_owned());
    let config = scene.config();
    assert_eq!(scene.finds(&config, "redis", "warning", "stray key ttype/js_ticket_info"), 1);
    assert_eq!(
        scene.finds(&config, "record", "bad", "written by another issuer, and the platform"),
        1
    );
    assert_eq!(
        scene.finds(&config, "record", "warning", "server-token of 990001 cannot be read"),
        1
    );
}

#[test]
fn what_is_wrong_on_the_way_to_the_platform_is_named() {
    let scene = Scene::new("doctor-way");
    let good = scene.config();
    let away = good.replace(scene.platform.origin(), "http://127.0.0.1:1");
    assert_eq!(scene.finds(&away, "tcp", "bad", "cannot be reached"), 1);
    let proxy = crate::proxy::Proxy::start("Basic bm9ib2R5OmV2ZXI=");
    let refused = format!("{good}proxies: {{ http: 'http://a:b@{}' }}\n", proxy.address);
    assert_eq!(scene.finds(&refused, "platform", "bad", "proxy-auth"), 1);
    let (_, code) = scene.examine("app_info: []\n");
    assert_eq!(code, 3);
}
