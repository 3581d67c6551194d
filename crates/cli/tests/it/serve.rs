//! `yzb serve` as an operator runs it: against a platform, a Redis and a proxy that are real.

use serde_json::Value;
use yzb_emulator::{Call, ClockMode, Emulator, Fault, FaultKind, World};

use crate::proxy::Proxy;
use crate::redis::server::{PASSWORD, Server};
use crate::scratch::Folder;
use crate::service::Service;

const SECRETS: [&str; 2] = ["planted-secret-one", "planted-secret-two"];
/// `proxy-user:planted-proxy-password`
const AUTHORIZATION: &str = "Basic cHJveHktdXNlcjpwbGFudGVkLXByb3h5LXBhc3N3b3Jk";

fn platform() -> Emulator {
    let world = World::new().app("100027", SECRETS[0]).app("100028", SECRETS[1]);
    Emulator::builder(world).clock(ClockMode::Real).start().unwrap()
}

/// The file of the published task, without `db`, and what a test needs of ours.
fn published(platform: &Emulator, redis: &Server, proxies: &str) -> String {
    let (origin, port) = (platform.origin(), redis.port);
    format!(
        "{proxies}
storage_redis:
  host: 127.0.0.1
  port: '{port}'
  auth: '{PASSWORD}'
oauth_api:
  get_server_access_token_url: \"{origin}/OAuth2/token\"
  get_user_access_token_url: \"{origin}/OAuth2/token\"
  get_js_ticket_url: \"{origin}/OAuth2/ticket\"
  refresh_user_token_url: \"{origin}/OAuth2/refreshtoken\"
app_info:
  - app_id: '100027'
    app_secret: {}
    app_name: one
  - app_id: '100028'
    app_secret: {}
    app_name: two
service: {{ listen: ['127.0.0.1:0'] }}
log: {{ format: json, level: trace }}
",
        SECRETS[0], SECRETS[1]
    )
}

/// As the published task has it: one password for everybody.
fn redis() -> Server {
    Server::with(&format!("requirepass {PASSWORD}"))
}

fn record(redis: &Server, kind: &str, app_id: &str) -> Option<Value> {
    let text = redis.get(&format!("type/{kind}_info/app_id/{app_id}"))?;
    Some(serde_json::from_str(&text).unwrap())
}

fn time_to_live(redis: &Server, key: &str) -> i64 {
    let url = format!("redis://:{PASSWORD}@127.0.0.1:{}", redis.port);
    let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
    redis::cmd("TTL").arg(key).query(&mut connection).unwrap()
}

#[test]
fn the_published_file_serves_two_apps_into_redis_through_a_proxy_with_a_password() {
    let (platform, redis, folder) = (platform(), redis(), Folder::new("published"));
    let proxy = Proxy::start(AUTHORIZATION);
    let url = format!("http://proxy-user:planted-proxy-password@{}", proxy.address);
    let proxies = format!("proxies:\n  http: '{url}'\n  https: '{url}'");
    let config = folder.write("config.yaml", &published(&platform, &redis, &proxies));
    let mut service = Service::start(&config);
    service.until_ready();

    assert!(proxy.tunnels() > 0, "nothing went past the proxy");
    let mut secrets = vec![PASSWORD.to_owned(), "planted".to_owned()];
    for app_id in ["100027", "100028"] {
        for (kind, field) in
            [("server_access_token", "server_access_token"), ("js_ticket", "js_ticket")]
        {
            let text = redis.get(&format!("type/{kind}_info/app_id/{app_id}")).unwrap();
            // The two fields of the published readers first, spelled as the published writer does.
            let record: Value = serde_json::from_str(&text).unwrap();
            let code = record[field].as_str().unwrap();
            let expires_in = record["expires_in"].as_u64().unwrap();
            let published = format!("{{\"{field}\": \"{code}\", \"expires_in\": {expires_in}");
            assert!(text.starts_with(&published), "{text}");
            assert!(expires_in.abs_diff(platform.now() + 7200) < 60, "{text}");
            let key = format!("type/{kind}_info/app_id/{app_id}");
            let left = time_to_live(&redis, &key);
            assert!((7100..=7200).contains(&left), "{left}");
            secrets.push(code.to_owned());
        }
        // What the service hands out is what is in Redis.
        let token = service.field(&format!("/v1/apps/{app_id}/server-token"), "access_token");
        assert_eq!(
            record(&redis, "server_access_token", app_id).unwrap()["server_access_token"],
            token
        );
    }
    let (_, metrics) = service.get("/metrics");
    assert!(metrics.contains("yzb_apps 2"), "{metrics}");
    assert!(metrics.contains("event=\"issued\"} 1"), "{metrics}");
    let (_, page) = service.get("/");
    let (_, status) = service.get("/v1/status");
    assert_eq!(service.stop(), Some(0), "{}", service.log);
    // At the most talkative level there is.
    assert!(service.log.contains("\"level\":\"DEBUG\""), "{}", service.log);
    for secret in &secrets {
        for (shown, what) in
            [(&service.log, "log"), (&metrics, "metrics"), (&page, "page"), (&status, "status")]
        {
            assert!(!shown.contains(secret.as_str()), "{secret} in the {what}: {shown}");
        }
    }
    assert_eq!(platform.calls(Call::JsTicket, None), 2);
}

#[test]
fn apps_come_and_go_with_a_reload_and_the_others_notice_nothing() {
    let (platform, redis, folder) = (platform(), redis(), Folder::new("reload"));
    let both = published(&platform, &redis, "");
    let (head, second) = both.split_once("  - app_id: '100028'").unwrap();
    let (_, tail) = second.split_once("app_name: two\n").unwrap();
    let one = format!("{head}{tail}");
    let config = folder.write("config.yaml", &one);
    let mut service = Service::start(&config);
    service.until_ready();
    let token = service.field("/v1/apps/100027/server-token", "access_token");
    assert_eq!(service.get("/v1/apps/100028/server-token").0, 404);

    folder.write("config.yaml", &both);
    service.signal("HUP");
    service.until("the configuration was read again");
    service.until_ready();
    assert_eq!(service.get("/v1/apps/100028/server-token").0, 200);

    folder.write("config.yaml", &one);
    service.signal("HUP");
    service.until("the configuration was read again");
    assert_eq!(service.get("/v1/apps/100028/server-token").0, 404);
    assert_eq!(service.field("/v1/apps/100027/server-token", "access_token"), token);
    assert_eq!(platform.calls(Call::JsTicket, Some("100027")), 1);
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_bad_file_leaves_everything_as_it_was_and_the_log_says_why() {
    let (platform, redis, folder) = (platform(), redis(), Folder::new("bad-reload"));
    let good = published(&platform, &redis, "");
    let config = folder.write("config.yaml", &good);
    let mut service = Service::start(&config);
    service.until_ready();
    folder.write("config.yaml", &good.replace("app_secret:", "app_secert:"));
    service.signal("HUP");
    let line = service.until_line("the refusal", |line| line["level"] == "ERROR");
    let problem = line["problem"].as_str().unwrap();
    assert!(problem.contains("config.yaml:13:5: error: app_info[0]: unknown key"), "{problem}");
    assert_eq!(service.get("/v1/ready").0, 200);
    assert!(service.get("/metrics").1.contains("yzb_reloads_total{event=\"refused\"} 1"));
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_code_that_works_outlives_its_secret() {
    let (platform, redis, folder) = (platform(), redis(), Folder::new("rotated"));
    let before = published(&platform, &redis, "");
    let config = folder.write("config.yaml", &before);
    let mut service = Service::start(&config);
    service.until_ready();
    let token = service.field("/v1/apps/100027/server-token", "access_token");
    let ticket = service.field("/v1/apps/100027/js-ticket", "js_ticket");
    // The platform does not know this one yet, so that asking by it would fail.
    folder.write("config.yaml", &before.replace(SECRETS[0], "planted-secret-three"));
    service.signal("HUP");
    let line = service.until("the configuration was read again");
    assert!(line["changes"].as_str().unwrap().contains("secrets: 1"), "{line}");
    service.until_ready();
    assert_eq!(service.field("/v1/apps/100027/server-token", "access_token"), token);
    assert_eq!(service.field("/v1/apps/100027/js-ticket", "js_ticket"), ticket);
    assert_eq!(record(&redis, "js_ticket", "100027").unwrap()["js_ticket"], ticket);
    assert_eq!(platform.calls(Call::ServerToken, Some("100027")), 1);
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn the_codes_move_with_the_service_to_another_redis() {
    let (platform, first, second) = (platform(), redis(), redis());
    let folder = Folder::new("moved");
    let config = folder.write("config.yaml", &published(&platform, &first, ""));
    let mut service = Service::start(&config);
    service.until_ready();
    folder.write("config.yaml", &published(&platform, &second, ""));
    service.signal("HUP");
    service.until("the configuration was read again");
    service.until_ready();
    let there = record(&first, "js_ticket", "100027").unwrap();
    assert_eq!(record(&second, "js_ticket", "100027").unwrap()["js_ticket"], there["js_ticket"]);
    assert_eq!(platform.calls(Call::JsTicket, None), 2);
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn an_app_that_is_refused_delays_no_other_one() {
    let (platform, redis, folder) = (platform(), redis(), Folder::new("refused"));
    let wrong = published(&platform, &redis, "").replace(SECRETS[0], "planted-wrong-secret");
    let config = folder.write("config.yaml", &wrong);
    let mut service = Service::start(&config);
    service.until_line("the ticket of the good one", |line| {
        line["message"] == "issued" && line["app_id"] == "100028" && line["kind"] == "js-ticket"
    });
    assert_eq!(service.get("/v1/apps/100028/ready").0, 200);
    assert_eq!(service.get("/v1/apps/100027/ready").0, 503);
    assert_eq!(service.get("/v1/live").0, 200);
    assert_eq!(service.stop(), Some(0));
    assert!(!service.log.contains("planted"), "{}", service.log);
}

#[test]
fn without_redis_it_starts_and_says_so_and_issues_once_redis_is_there() {
    let (platform, mut redis, folder) = (platform(), redis(), Folder::new("no-redis-waits"));
    let config = published(&platform, &redis, "") + "policy: { retry_pauses: [1s, 1s] }\n";
    let config = folder.write("config.yaml", &config);
    redis.kill();
    let mut service = Service::start(&config);
    service.until_line("that there is no Redis", |line| line["problem"] == "unreachable");
    service.until_line("that there is no code", |line| {
        line["name"] == "failed" && line["kind"] == "js-ticket"
    });
    assert_eq!(platform.calls(Call::ServerToken, None), 0, "others may need what there is");
    redis.restart();
    service.until_ready();
    assert_eq!(platform.calls(Call::JsTicket, None), 2);
    assert!(record(&redis, "js_ticket", "100027").is_some());
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_service_that_may_issue_without_redis_does_and_fills_redis_when_it_is_there() {
    let (platform, mut redis, folder) = (platform(), redis(), Folder::new("no-redis"));
    let policy = "policy: { reread_every: 1s, issue_without_store: true }\n";
    let config = published(&platform, &redis, "") + policy;
    let config = folder.write("config.yaml", &config);
    redis.kill();
    let mut service = Service::start(&config);
    service.until_ready();
    // It says so again and again.
    service.until_line("that there is no Redis", |line| line["problem"] == "unreachable");
    let ticket = service.field("/v1/apps/100027/js-ticket", "js_ticket");
    redis.restart();
    service.until("connected to Redis");
    service.until_line("the rewrite", |line| {
        line["name"] == "rewritten" && line["app_id"] == "100027" && line["kind"] == "js-ticket"
    });
    assert_eq!(record(&redis, "js_ticket", "100027").unwrap()["js_ticket"], ticket);
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn what_cannot_begin_says_why_by_its_exit_code() {
    let (platform, redis, folder) = (platform(), redis(), Folder::new("no-begin"));
    let good = published(&platform, &redis, "");
    let config = folder.write("config.yaml", &good.replace("app_id", "app_di"));
    let mut service = Service::spawn(&config);
    assert_eq!(service.ended(), Some(3));
    assert!(service.log.contains("unknown key"), "{}", service.log);

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let config = folder.write("config.yaml", &good.replace("127.0.0.1:0", &address));
    let mut service = Service::spawn(&config);
    assert_eq!(service.ended(), Some(4));
    assert!(service.log.contains(&format!("cannot serve on {address}")), "{}", service.log);
    // Whoever cannot listen has issued nothing.
    assert_eq!(platform.calls(Call::ServerToken, None), 0);
}

#[test]
fn what_is_under_way_when_it_is_told_to_stop_is_finished_and_stored() {
    let (platform, redis, folder) = (platform(), redis(), Folder::new("under-way"));
    platform.set_faults(Fault::new(FaultKind::Delay).on(Call::ServerToken).milliseconds(1500));
    let config = folder.write("config.yaml", &published(&platform, &redis, ""));
    let mut service = Service::start(&config);
    while platform.calls(Call::ServerToken, None) < 2 {
        std::thread::yield_now();
    }
    assert_eq!(service.stop(), Some(0), "{}", service.log);
    for app_id in ["100027", "100028"] {
        // The code that the platform gave is not lost, and others need not wait for the turn.
        assert!(record(&redis, "server_access_token", app_id).is_some(), "{}", service.log);
    }
    let mut next = Service::start(&config);
    next.until_ready();
    assert_eq!(platform.calls(Call::ServerToken, None), 2);
    assert_eq!(next.stop(), Some(0));
}

#[test]
fn of_two_services_on_one_redis_either_may_be_killed_and_nothing_is_issued_twice() {
    let (platform, redis, folder) = (platform(), redis(), Folder::new("two"));
    // Slow enough for both to be at it.
    platform.set_faults(Fault::new(FaultKind::Delay).milliseconds(300));
    let config = folder.write("config.yaml", &published(&platform, &redis, ""));
    let (mut one, mut other) = (Service::start(&config), Service::start(&config));
    one.until_ready();
    other.until_ready();
    let paths = ["100027", "100028"].map(|app_id| format!("/v1/apps/{app_id}/server-token"));
    let tokens = paths.each_ref().map(|path| one.field(path, "access_token"));
    assert_eq!(paths.each_ref().map(|path| other.field(path, "access_token")), tokens);
    for which in 0..4 {
        let killed = if which % 2 == 0 { &mut one } else { &mut other };
        killed.kill();
        *killed = Service::start(&config);
        killed.until_ready();
        assert_eq!(paths.each_ref().map(|path| killed.field(path, "access_token")), tokens);
    }
    for app_id in ["100027", "100028"] {
        assert_eq!(platform.calls(Call::ServerToken, Some(app_id)), 1);
        assert_eq!(platform.calls(Call::JsTicket, Some(app_id)), 1);
        assert_eq!(platform.most_in_flight(Call::JsTicket, app_id), 1);
    }
    assert_eq!((one.stop(), other.stop()), (Some(0), Some(0)));
}
