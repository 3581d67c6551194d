//! Files as people write them, right and wrong.

mod hostile;

use super::*;

/// As the published task has it: no `db`, a quoted port, an empty password.
const PUBLISHED: &str = "\
proxies: #代理配置
  http: 'http://proxy_user:planted-1@proxy.example:3128'
  https: 'http://proxy_user:planted-1@proxy.example:3128'
storage_redis:
  host: redis.example
  port: '6379'
  auth: ''
oauth_api: #无需更改该内容
  get_server_access_token_url: 'https://oauth.yuanzhibang.com/OAuth2/token'
  get_user_access_token_url: 'https://oauth.yuanzhibang.com/OAuth2/token'
  get_js_ticket_url: 'https://oauth.yuanzhibang.com/OAuth2/ticket'
  refresh_user_token_url: 'https://oauth.yuanzhibang.com/OAuth2/refreshtoken'
app_info:
  - app_id: '100027'
    app_secret: 'planted-2'
    app_name: '个人应用'
  - app_id: 100028
    app_secret: planted-3
    app_name: other
";

fn problems(text: &str) -> Vec<String> {
    let problems = Config::read(text.as_bytes()).problems;
    let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert!(!shown.concat().contains("planted"), "{shown:#?}");
    assert!(!format!("{problems:?}").contains("planted"));
    shown
}

fn good(text: &str) -> Config {
    let reading = Config::read(text.as_bytes());
    assert_eq!(reading.problems, [], "{text}");
    reading.config.unwrap()
}

/// The least that a file has.
fn with(more: &str) -> String {
    let least = "app_info: [{ app_id: '1', app_secret: planted }]\n";
    let store = if more.contains("store") { "" } else { "store: { directory: /var/lib/yzb }\n" };
    format!("{least}{store}{more}")
}

#[test]
fn the_published_file_works_unchanged() {
    let config = good(PUBLISHED);
    assert_eq!(config.platform.origin.to_string(), "https://oauth.yuanzhibang.com");
    let ids: Vec<_> = config.apps.iter().map(|app| app.id.as_str()).collect();
    assert_eq!(ids, ["100027", "100028"]);
    assert_eq!(config.apps[0].name.as_deref(), Some("个人应用"));
    let report = report(&config, &report::Found::default());
    let redis = &report["store"]["redis"];
    assert_eq!(redis["servers"], serde_json::json!(["redis.example:6379"]));
    assert_eq!(redis["database"], 0);
    assert!(redis["login"]["password_from"].is_null());
    assert!(matches!(config.platform.route, Route::Proxy(_)));
    assert!(!format!("{config:?}{report}").contains("planted"));
}

#[test]
fn an_editor_of_windows_changes_nothing() {
    let text = format!("\u{feff}{}", PUBLISHED.replace('\n', "\r\n"));
    let config = good(&text);
    assert_eq!(config.apps[1].name.as_deref(), Some("other"));
}

#[test]
fn without_proxies_the_environments_is_taken_as_the_published_task_does_or_none() {
    let config = good(&with(
        "proxies:\noauth_api: { get_js_ticket_url: 'http://127.0.0.1:8080/OAuth2/ticket' }\n",
    ));
    assert_eq!(config.platform.origin.to_string(), "http://127.0.0.1:8080");
    assert!(matches!(config.platform.route, Route::Environment));
    let config = good(&with("proxies: { from_environment: false }\n"));
    assert!(matches!(config.platform.route, Route::Direct));
    let both = "proxies: { https: 'http://u:planted@h:1', from_environment: true }\n";
    assert!(problems(&with(both))[0].contains("stands beside a proxy that is named"));
}

#[test]
fn a_proxy_may_lack_its_scheme_as_in_older_files_and_one_of_the_other_scheme_is_remarked() {
    let old = PUBLISHED.replace("'http://proxy_user", "'proxy_user");
    assert!(matches!(good(&old).platform.route, Route::Proxy(_)));
    let other = problems(&with("proxies: { http: 'http://u:planted@h:1' }\n"));
    assert!(other[0].contains("warning: proxies.http: is for the other scheme"), "{other:?}");
}

#[test]
fn every_problem_is_told_at_once_with_its_place_and_remedy() {
    let text = "\
app_info:
  - app_id: '1'
    app_scret: planted
  - app_id: '1'
    app_secret: 'planted secret'
    page_origins: [www.example.com]
storage_redis: { host: 'planted/', port: planted, db: -1 }
oauth_api:
  get_js_ticket_url: http://planted.example/OAuth2/ticket
  get_server_access_token_url: https://other.example/oauth/token
policy: { refresh_ahead: soon, serve_doubtful: maybe }
service: { listen: [0.0.0.0:80, planted] }
log: { format: xml, level: info, level: debug }
planted: 1
";
    let wanted = [
        "3:5: error: app_info[0]: unknown key; did you mean `app_secret`?",
        "4:13: error: app_info[1].app_id: is the id of the app in line 2 already; keep one",
        "5:17: error: app_info[1].app_secret: is no app secret: has a forbidden character at byte 7",
        "6:20: error: app_info[1].page_origins[0]: is no origin",
        "7:24: error: storage_redis.host: is no host",
        "7:42: error: storage_redis.port: is not a whole number from 1 to 65535",
        "7:55: error: storage_redis.db: is not a whole number from 0 to 65535",
        "9:22: error: oauth_api.get_js_ticket_url: is at no origin that can be called",
        "10:32: error: oauth_api.get_server_access_token_url: does not end in `/OAuth2/token`",
        "11:26: error: policy.refresh_ahead: is not a span of time; write it like",
        "11:48: error: policy.serve_doubtful: is none of the words that there are; there are: `true`",
        "12:21: error: service.listen[0]: is reached by other machines, and no bearer token",
        "12:33: error: service.listen[1]: is no address to listen on; write it like",
        "13:16: error: log.format: is none of the words that there are; there are: `text`, `json`",
        "13:34: error: the same key stands in line 13 already; keep one",
        "14:1: error: unknown key; there are: `app_info`",
    ];
    let found = problems(text);
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert!(found.starts_with(wanted), "{found}\n{wanted}");
    }
}

#[test]
fn a_file_with_broken_syntax_tells_what_stands_above_it_and_calls_nothing_missing() {
    let found = problems("log: { format: xml }\napp_info: [{ app_id: planted\n");
    assert!(found[0].starts_with("1:16: error: log.format"), "{found:?}");
    assert!(found[1].contains("a bracket or brace is missing"), "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn an_empty_file_says_what_belongs_into_it() {
    for text in ["", "# nothing\n", "---\n", "~"] {
        let found = problems(text);
        assert!(
            found[0].contains("yzb config example") || found[0].contains("app_info"),
            "{found:?}"
        );
    }
    assert!(problems("planted")[0].contains("write below it: `app_info`"));
    assert!(problems(&with("").replace("[{", "{").replace("}]", "}"))[0].contains("is not a list"));
    assert!(problems("app_info: []\nstore: { directory: /x }")[0].contains("has no app in it"));
}

#[test]
fn of_more_problems_than_anybody_reads_the_number_is_told() {
    let found =
        problems(&with(&(0..1500).map(|at| format!("planted{at}: 1\n")).collect::<String>()));
    assert_eq!(found.len(), 1001);
    assert!(found[0].contains("there are 500 problems more than are told here"), "{}", found[0]);
}

#[test]
fn of_stores_there_is_one() {
    let both = problems(&format!("{PUBLISHED}store: {{ directory: /var/lib/yzb }}\n"));
    assert!(both[0].contains("store: there are two stores"), "{both:?}");
    let none = problems("app_info: [{ app_id: '1', app_secret: s }]\n");
    assert!(none[0].contains("error: store: is missing"), "{none:?}");
    for (store, why) in [
        ("{}", "does not say in one way where the codes are kept"),
        ("{ redis: {} }", "does not say in one way which servers there are"),
        ("{ redis: { url: 'redis://h', cluster: ['h:1'] } }", "in one way which servers"),
        ("{ redis: { url: 'redis://h', database: 1 } }", "stands beside a URL"),
        ("{ redis: { url: 'http://planted' } }", "does not begin with redis://"),
        ("{ redis: { sentinels: ['h:1'] } }", "master: is missing"),
        ("{ redis: { sentinels: [h], master: m } }", "sentinels[0]: is not `host:port`"),
        ("{ redis: { url: 'redis://h', master: m } }", "is for Sentinels"),
        ("{ redis: { url: 'redis://h', key_prefix: \"a b\" } }", "64 visible ASCII"),
        ("{ redis: { url: 'redis://h', key_prefix: 'a:' } }", "warning: store.redis.key_prefix"),
        ("{ redis: { cluster: [] } }", "has no address in it"),
        ("{ redis: { cluster: ['h:1'], database: 1 } }", "a cluster has no other database"),
        ("{ directory: '' }", "is not the name of a file or folder"),
        ("{ directory: \"a\\e[2J\" }", "is not the name of a file or folder"),
    ] {
        let found = problems(&with(&format!("store: {store}\n")));
        assert!(found[0].contains(why), "{store}: {found:?}");
    }
}

#[test]
fn a_secret_stands_in_one_place() {
    for (secret, why) in [
        ("{}", "does not say in one way where the secret is"),
        ("{ env: A, file: b }", "in one way where the secret is"),
        ("{ env: 'planted secret' }", "is not the name of an environment variable"),
        ("{ file: '' }", "is not the name of a file"),
        ("{ command: planted }", "is not a list"),
        ("{ command: [] }", "names no program"),
        ("{ enviroment: planted }", "unknown key; did you mean `env`?"),
        ("[planted]", "is not a text"),
        ("''", "is no app secret: is empty"),
        ("", "is missing"),
    ] {
        let text = with("").replace("app_secret: planted", &format!("app_secret: {secret}"));
        let found = problems(&text);
        assert!(found.iter().any(|line| line.contains(why)), "{secret}: {found:?}");
    }
}

#[test]
fn a_policy_that_cannot_work_is_refused_with_the_reason() {
    let found = problems(&with("policy: { refresh_ahead: 5s }\n"));
    assert!(found[0].contains("policy: cannot work: refresh_ahead must be longer"), "{found:?}");
    let found = problems(&with("policy: { retry_pauses: 1s, refresh_spread: 60% }\n"));
    assert!(found[0].contains("retry_pauses: is not a list"), "{found:?}");
    assert!(found.iter().any(|line| line.contains("a percentage from 0 to 50")), "{found:?}");
    let config = good(&with("policy: { refresh_ahead: 30m, refresh_spread: 20% }\n"));
    assert_eq!(config.policy.refresh_ahead().as_secs(), 1800);
    assert!((config.policy.refresh_spread() - 0.2).abs() < f64::EPSILON);
}

#[test]
fn an_address_that_others_reach_wants_a_token() {
    let token = "{ name: web, token: planted-planted-planted }";
    let open = with(&format!("service: {{ listen: ['[::]:80'], bearer_tokens: [{token}] }}\n"));
    assert_eq!(good(&open).service.bearer_tokens[0].name, "web");
    for (service, why) in [
        ("listen: ['[::]:80']", "no bearer token guards it"),
        ("listen: ['[::]:80'], bearer_tokens: []", "no bearer token guards it"),
        ("bearer_tokens: [{ name: web, token: planted }]", "so that it can be guessed"),
        ("bearer_tokens: [{ name: 'a b', token: { env: A } }]", "is not 1 to 64 letters"),
        ("bearer_tokens: [{ token: { env: A } }]", "name: is missing"),
        ("listen: [127.0.0.1:1, 127.0.0.1:1]", "is listed already"),
        ("listen: ['unix:yzb.sock']", "is no address to listen on"),
        ("hosts: ['https://planted']", "is no host"),
    ] {
        let found = problems(&with(&format!("service: {{ {service} }}\n")));
        assert!(found[0].contains(why), "{service}: {found:?}");
    }
}

#[test]
fn the_file_is_the_named_one_or_the_environments_or_the_one_here() {
    let environment = Environment::from([("YZB_CONFIG", "/etc/yzb.yaml")]);
    assert_eq!(file(Some(Path::new("a.yaml")), &environment), Path::new("a.yaml"));
    assert_eq!(file(None, &environment), Path::new("/etc/yzb.yaml"));
    assert_eq!(file(None, &Environment::from([("YZB_CONFIG", "")])), Path::new("config.yaml"));
    assert_eq!(file(None, &Environment::default()), Path::new("config.yaml"));
}

/// The documentation of every key, from which the keys are asked back by a wrong one at each place.
#[test]
fn every_key_is_in_the_documentation_and_no_other() {
    const SETTINGS: &str = include_str!("../../SETTINGS.md");
    let wrong = "zzzzzzzz: 1";
    let mut known = std::collections::BTreeSet::new();
    for text in [
        wrong.to_owned(),
        format!("app_info: [{{ {wrong} }}]"),
        format!("app_info: [{{ app_secret: {{ {wrong} }} }}]"),
        format!("storage_redis: {{ {wrong} }}"),
        format!("store: {{ {wrong} }}"),
        format!("store: {{ redis: {{ {wrong} }} }}"),
        format!("oauth_api: {{ {wrong} }}"),
        format!("proxies: {{ {wrong} }}"),
        format!("policy: {{ {wrong} }}"),
        format!("service: {{ {wrong} }}"),
        format!("service: {{ bearer_tokens: [{{ {wrong} }}] }}"),
        format!("log: {{ {wrong} }}"),
    ] {
        let problems = Config::read(text.as_bytes()).problems;
        let unknown = problems.iter().find(|problem| problem.what == "unknown key").unwrap();
        let keys = unknown.remedy.strip_prefix("there are: ").unwrap();
        known.extend(keys.split(", ").map(|key| key.trim_matches('`').to_owned()));
    }
    let rows = SETTINGS.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let told: std::collections::BTreeSet<_> = rows.map(str::to_owned).collect();
    assert_eq!(known, told);
}
