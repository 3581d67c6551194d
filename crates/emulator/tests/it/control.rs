//! The control API, over a raw socket.

use serde_json::{Value, json};
use yzb_emulator::{ClockMode, DEFAULT_NOW, Emulator, Quirk, Quirks, World, control, demo};

use crate::raw::{Seen, connect, exchange, post};
use crate::scene::{TICKET, TOKEN, form};

struct Control(Emulator);

impl Control {
    fn new() -> Self {
        Self(Emulator::start(World::demo()).unwrap())
    }

    /// The HTTP status and the answer.
    fn send(&self, method: &str, route: &str, body: &str) -> (u16, Value) {
        let header = control::HEADER;
        let path = format!("{}{route}", control::PREFIX);
        let head = format!("{method} {path} HTTP/1.1\nHost: 127.0.0.1:1\n{header}: 1");
        let seen = exchange(&mut connect(&self.0), &head, body.as_bytes());
        (seen.http(), seen.json())
    }

    fn get(&self, route: &str) -> Value {
        let (status, value) = self.send("GET", route, "");
        assert_eq!(status, 200, "{route}: {value}");
        value
    }

    fn put(&self, route: &str, value: &Value) -> Value {
        let (status, value) = self.send("PUT", route, &value.to_string());
        assert_eq!(status, 200, "{route}: {value}");
        value
    }

    fn post(&self, route: &str, value: &Value) -> Value {
        let (status, value) = self.send("POST", route, &value.to_string());
        assert_eq!(status, 200, "{route}: {value}");
        value
    }

    fn token(&self) -> Seen {
        let grant = ("grant_type", "client_credential");
        let fields = [("app_id", demo::APP_ID), ("secret", demo::APP_SECRET), grant];
        post(&self.0, TOKEN, &form(&fields))
    }

    fn login(&self, code: &str) -> Seen {
        let grant = ("grant_type", "authorization_code");
        let app = [("app_id", demo::APP_ID), ("secret", demo::APP_SECRET)];
        post(&self.0, TOKEN, &form(&[&app[..], &[grant, ("code", code)]].concat()))
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn a_code_is_issued_and_good_for_a_login() {
    let control = Control::new();
    let user = json!({ "app_id": demo::APP_ID, "open_id": demo::RESERVED });
    let code = control.post("code", &user)["code"].clone();
    let login = control.login(text(&code));
    assert_eq!(login.json()["data"]["open_id"], demo::RESERVED);
}

#[test]
fn the_clock_is_stepped_set_scaled_and_frozen() {
    let control = Control::new();
    let turn = |value| control.post("clock", &value);
    assert_eq!(turn(json!({"step": 7200})), json!({"now": DEFAULT_NOW + 7200, "clock": "frozen"}));
    assert_eq!(turn(json!({"step": -7201}))["now"], DEFAULT_NOW - 1);
    assert_eq!(turn(json!({"now": 5, "step": 1}))["now"], 6);
    assert_eq!(turn(json!({"mode": "x60"}))["clock"], "x60");
    assert_eq!(control.0.clock(), ClockMode::Scaled(60));
    assert!(control.0.now() >= 6);
    let stands = turn(json!({"mode": "frozen"}))["now"].as_u64().unwrap();
    assert_eq!(control.0.now(), stands);
    let (status, error) = control.send("POST", "clock", r#"{"mode": "fast"}"#);
    assert_eq!(status, 400);
    assert!(text(&error["error"]).contains("`x60`"), "{error}");
}

#[test]
fn quirks_faults_dials_and_the_allow_list_are_put_and_read_back() {
    let control = Control::new();
    let quirks = json!({"quirks": ["status-number", "bom"], "seed": null});
    assert_eq!(control.put("quirks", &quirks), quirks);
    assert!(control.token().body.starts_with("\u{feff}{\"status\":2000".as_bytes()));
    assert_eq!(control.put("quirks", &json!({})), json!({"quirks": [], "seed": null}));

    let plan =
        json!({"seed": 0, "faults": [{"fault": "server-error", "http_status": 503, "nth": 1}]});
    assert_eq!(control.put("faults", &plan), plan);
    assert_eq!([control.token().http(), control.token().http()], [503, 200]);
    assert_eq!(control.get("faults"), plan);
    assert_eq!(control.get("state")["fault_strikes"], json!([1]));

    let dials = json!({"previous_server_token": "lives_to_its_end"});
    assert_eq!(control.put("dials", &dials)["page_limit"], 100);
    assert_eq!(control.get("dials")["previous_server_token"], "lives_to_its_end");

    assert_eq!(control.put("allow-list", &json!(["203.0.113.7"])), json!(["203.0.113.7"]));
    assert_eq!(control.token().json()["message"], "ip is not allowed");
    control.put("allow-list", &json!([]));
    assert_eq!(control.token().status(), "2000");
}

#[test]
fn the_state_tells_what_is_held_and_no_secret() {
    let control = Control::new();
    let token = control.token().json()["data"]["access_token"].clone();
    control.login("made up");
    let state = control.get("state");
    let held = &state["apps"][demo::APP_ID];
    assert_eq!(held["server_token"]["until"], DEFAULT_NOW + 7200);
    assert_eq!((&held["ticket"], &held["users"]), (&Value::Null, &json!(252)));
    assert_eq!(state["requests"]["server-token"], 1);
    assert_eq!(state["statuses"], json!({"2000": 1, "4102": 1}));
    assert_eq!((&state["now"], &state["clock"]), (&json!(DEFAULT_NOW), &json!("frozen")));
    let shown = state.to_string() + &control.get("journal").to_string();
    assert!(!shown.contains(text(&token)) && !shown.contains(demo::APP_SECRET));

    let app = json!({ "app_id": demo::APP_ID });
    assert_eq!(control.post("revoke", &app), json!({"revoked": true}));
    assert_eq!(control.post("revoke", &app), json!({"revoked": false}));
    assert_eq!(control.get("state")["apps"][demo::APP_ID]["server_token"], Value::Null);
}

#[test]
fn the_journal_has_requests_as_received_from_where_one_stopped() {
    let control = Control::new();
    control.token();
    control.login("made up");
    let entries = control.get("journal?after=1")["entries"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 1, "control requests are not in it");
    assert_eq!(entries[0]["call"], "user-login");
    assert_eq!(entries[0]["source"], "127.0.0.1");
    assert_eq!(entries[0]["rule"], "4102 authorization_code is invalid (Unknown)");
    assert_eq!(control.send("GET", "journal?since=1", "").0, 400);
    assert_eq!(control.send("DELETE", "journal", "").0, 200);
    assert_eq!(control.get("journal"), json!({"entries": []}));
    assert_eq!(control.get("state")["requests"]["user-login"], 0);
}

#[test]
fn assertions_hold_or_say_what_does_not() {
    let control = Control::new();
    control.token();
    control.token();
    let claims = |claims: Value| {
        control.send("POST", "assert", &json!({ "assertions": claims }).to_string())
    };
    let (status, answer) = claims(json!([
        {"in_flight": "server-token", "app_id": demo::APP_ID, "at_most": 1},
        {"in_flight": "js-ticket", "at_most": 0},
        {"requests": "server-token", "at_least": 2, "at_most": 2},
        {"requests": "server-token", "app_id": demo::EMPTY_APP_ID, "at_most": 0},
        {"status": 4102, "at_most": 0},
    ]));
    assert_eq!((status, answer), (200, json!({"holds": true, "failures": []})));

    let (status, answer) = claims(json!([
        {"requests": "server-token", "at_most": 1},
        {"status": 4102, "at_least": 1},
        {"in_flight": "server-token", "at_least": 2},
    ]));
    let failures = json!([
        "server-token requests: 2, asserted at most 1",
        "answers with 4102: 0, asserted at least 1",
        "server-token in flight at once: 1, asserted at least 2",
    ]);
    assert_eq!((status, answer), (409, json!({"holds": false, "failures": failures})));

    for wrong in [
        json!([]),
        json!([{"status": 4102}]),
        json!([{"at_most": 1}]),
        json!([{"x": 1}]),
        json!([{"status": 412, "at_most": 0}]),
        json!([{"status": 1999, "at_most": 0}]),
        json!([{"status": 5000, "at_most": 0}]),
        json!([{"status": 4102, "app_id": demo::APP_ID, "at_most": 0}]),
        json!([{"requests": "server-token", "app_id": "99001", "at_most": 0}]),
        json!([{"in_flight": "server-token", "app_id": "99001", "at_most": 1}]),
    ] {
        assert_eq!(claims(wrong).0, 400);
    }
}

#[test]
fn signatures_are_verified() {
    let control = Control::new();
    let token = control.token().json()["data"]["access_token"].clone();
    let app = ("app_id", demo::APP_ID);
    post(&control.0, TICKET, &form(&[app, ("access_token", text(&token)), ("type", "js_ticket")]));
    let signed = json!({
        "app_id": demo::APP_ID, "nonce_str": "1234", "timestamp": 1_654_850_924,
        "url": "https://yuanzhibang.com/a/b", "signature": "0000",
    });
    let verdict = control.post("verify", &signed);
    assert_eq!(verdict["accepted"], false);
    assert_eq!(verdict["verdict"], "refused: no working ticket gives this signature");
    let mut as_text = signed.clone();
    as_text["timestamp"] = json!("1654850924");
    assert_eq!(control.post("verify", &as_text), verdict);
    for wrong in [json!("1654850924 "), json!("-1"), json!(""), json!(1.5), json!(null)] {
        as_text["timestamp"] = wrong;
        assert_eq!(control.send("POST", "verify", &as_text.to_string()).0, 400);
    }
}

#[test]
fn it_is_closed_to_browsers() {
    let control = Control::new();
    let ask = |head: &str| {
        let seen = exchange(&mut connect(&control.0), head, b"");
        let allowed = seen.head.to_ascii_lowercase().contains("access-control-allow");
        assert!(!allowed, "nothing is allowed to other origins: {seen:?}");
        seen.http()
    };
    let get = |rest: &str| ask(&format!("GET /__control/state HTTP/1.1\n{rest}"));
    assert_eq!(get("Host: 127.0.0.1\nX-Yzb-Control: 1"), 200);
    assert_eq!(get("Host: localhost:80\nX-Yzb-Control: 1"), 200);
    assert_eq!(get("Host: 127.0.0.1"), 403, "without the header");
    assert_eq!(get("Host: 127.0.0.1\nX-Yzb-Control: 1\nOrigin: http://127.0.0.1"), 403);
    assert_eq!(get("Host: 127.0.0.1\nX-Yzb-Control: 1\nSec-Fetch-Site: same-origin"), 403);
    assert_eq!(get("Host: evil.example\nX-Yzb-Control: 1"), 403, "a name made to point here");
    assert_eq!(get("Host: evil.ex\u{e4}mple\nX-Yzb-Control: 1"), 403, "nor one that is no ASCII");
    let preflight = "OPTIONS /__control/code HTTP/1.1\nHost: 127.0.0.1\nOrigin: http://evil.example\n\
                     Access-Control-Request-Method: POST\n\
                     Access-Control-Request-Headers: x-yzb-control";
    assert_eq!(ask(preflight), 403);
}

#[test]
fn what_is_wrong_is_told_without_quoting() {
    let control = Control::new();
    let error = |method, route, body| {
        let (status, answer) = control.send(method, route, body);
        (status, text(&answer["error"]).to_owned())
    };
    assert_eq!(error("GET", "nothing", ""), (404, "no such control".to_owned()));
    assert_eq!(error("GET", "code", "").0, 405);
    assert_eq!(error("POST", "state", "").0, 405);
    let (status, message) = error("POST", "revoke", r#"{"app_id": ["planted-secret"]}"#);
    assert_eq!(status, 400);
    assert!(message.starts_with("wrong kind of value"), "{message}");
    let (_, message) = error("POST", "clock", r#"{"now": "planted-secret"}"#);
    assert_eq!(message, "wrong kind of value, expected u64 at line 1 column 24");
    let planted = [
        ("code", r#"{"planted": 1}"#, "unknown key, expected `app_id` or `open_id`"),
        ("code", r#"{"planted, expected": 1}"#, "unknown key, expected `app_id` or `open_id`"),
        ("dials", r#"{"previous_server_token": "planted"}"#, "unknown value, expected one of"),
    ];
    for (route, body, expected) in planted {
        let method = if route == "dials" { "PUT" } else { "POST" };
        let (status, message) = error(method, route, body);
        assert!(status == 400 && message.starts_with(expected), "{message}");
        assert!(!message.contains("planted"), "{message}");
    }
    let long = " ".repeat(65_537);
    let (status, message) = error("PUT", "faults", &long);
    assert_eq!((status, &*message), (413, "the body is longer than 65536 bytes"));
    let (_, message) = error("PUT", "quirks", r#"{"quirks": ["status-null", "status-float"]}"#);
    assert!(message.starts_with("status-float and status-null exclude each other"), "{message}");
    let (status, message) =
        error("PUT", "faults", r#"{"faults": [{"fault": "delay", "app_id": "1"}]}"#);
    assert_eq!(
        (status, &*message),
        (400, "fault delay: `app_id` is of no app in this world: it never strikes")
    );
    let (_, message) = error("PUT", "faults", r#"{"faults": [{"fault": "planted-secret"}]}"#);
    assert!(message.starts_with("no fault has this name; there are: delay"), "{message}");
}

#[test]
fn quirks_and_faults_do_not_touch_it() {
    let control = Control::new();
    control.0.set_quirks(Quirks::all());
    control.0.set_faults(yzb_emulator::Fault::new(yzb_emulator::FaultKind::Outage));
    assert_eq!(control.get("state")["clock"], "frozen");
    control.0.set_quirks(Quirk::Bom);
    assert_eq!(control.get("quirks")["quirks"], json!(["bom"]));
}
