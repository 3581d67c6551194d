//! The journal explains, and never tells a secret.

use std::sync::mpsc;

use http::Request;
use yzb_emulator::{Call, Emulator, Entry, Fault, FaultKind, Platform, Quirk, Rule, World};

use crate::raw;
use crate::scene::{INFO, Scene, TICKET, TOKEN, form};

fn last(platform: &Platform) -> Entry {
    platform.journal(0).next_back().expect("something was asked")
}

#[test]
fn a_line_says_what_was_asked_what_was_decided_and_why() {
    let mut scene = Scene::new();
    let old = scene.server_token();
    scene.server_token();
    scene.ask_ticket(&old);
    let entry = last(&scene.platform);
    assert_eq!((entry.number, entry.call, entry.status), (3, Some(Call::JsTicket), Some(4102)));
    let line = entry.to_string();
    assert!(line.starts_with("#3 02:41:46 js-ticket app_id=990001&access_token=~"), "{line}");
    let why = "&type=js%5Fticket -> 4102 server_access_token is invalid (Replaced): \
               a newer one took its place; one issuer at a time";
    assert!(line.ends_with(why), "{line}");
    assert!(!line.contains(&old));
}

#[test]
fn a_value_has_one_fingerprint_wherever_it_is_sent_and_however_it_is_spelled() {
    let mut scene = Scene::new();
    let fingerprint = |platform: &Platform, name: &str| {
        let body = last(platform).body;
        let at = body.find(&format!("{name}=~")).unwrap() + name.len() + 1;
        body[at..at + 9].to_owned()
    };
    scene.ask_server_token();
    let escaped = fingerprint(&scene.platform, "secret");
    let plain = "app_id=990001&secret=peer-secret-0001&grant_type=client_credential";
    scene.send(&Request::post(TOKEN).body(plain).unwrap());
    assert_eq!(fingerprint(&scene.platform, "secret"), escaped);
}

#[test]
fn faults_and_quirks_are_told() {
    let mut scene = Scene::new();
    scene.platform.set_quirks(Quirk::Bom);
    scene.ask_server_token();
    let line = last(&scene.platform).to_string();
    assert!(line.ends_with(" [quirk bom]"), "{line}");
    scene.platform.set_faults(scene.now, Fault::new(FaultKind::ServerError));
    scene.ask_server_token();
    let entry = last(&scene.platform);
    assert_eq!(entry.rule, Rule::Fault(FaultKind::ServerError));
    let line = entry.to_string();
    let end = "not decided: server-error: a gateway answered in the platform's place, as planned \
               [fault server-error]";
    assert!(line.ends_with(end), "{line}");
}

#[test]
fn it_can_be_read_from_where_one_stopped_and_cleared() {
    let mut scene = Scene::new();
    for _ in 0..3 {
        scene.ask_server_token();
    }
    assert_eq!(scene.platform.journal(1).map(|entry| entry.number).collect::<Vec<_>>(), [2, 3]);
    scene.platform.clear_journal();
    assert_eq!(scene.platform.journal(0).count(), 0);
    assert_eq!(scene.platform.requests(TOKEN), 0);
    scene.ask_server_token();
    assert_eq!(last(&scene.platform).number, 4);
}

#[test]
fn over_a_socket_it_has_the_request_as_received() {
    let (tell, told) = mpsc::channel();
    let emulator = Emulator::builder(World::demo())
        .on_entry(move |entry| tell.send(entry.clone()).unwrap())
        .start()
        .unwrap();
    let head = "POST http://user:peer-secret-0001@oauth.example/OAuth2/ticket?v=1 HTTP/1.1\n\
                Host: x\nUser-Agent: curl/8\nAuthorization: Basic cGVlci1zZWNyZXQ=";
    raw::exchange(&mut raw::connect(&emulator), head, b"app_id=990001&access_token=&type=x");
    let entry = told.recv().unwrap();
    assert_eq!(emulator.journal(0), std::slice::from_ref(&entry));
    assert_eq!(entry.source, Some("127.0.0.1".parse().unwrap()));
    assert!(entry.target.starts_with("http://oauth.example/OAuth2/ticket?v=~"), "{entry:?}");
    assert!(entry.body.starts_with("app_id=990001&access_token=&type=~"), "{entry:?}");
    assert_eq!(entry.body_length, 34);
    let shown = |name: &str| entry.headers.iter().find(|(n, _)| n == name).unwrap().1.clone();
    assert_eq!(shown("user-agent"), "curl/8");
    assert!(shown("authorization").starts_with('~'));
    let json = serde_json::to_value(&entry).unwrap();
    assert_eq!(json["call"], "js-ticket");
    assert_eq!(json["rule"], "4000 access_token is required");
    assert_eq!(json["because"], "the form has no such field, or it is empty");
}

#[test]
fn nothing_issued_shows_wherever_a_client_puts_it_even_when_it_is_forgotten() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let ticket = scene.ticket(&token);
    let code = scene.platform.issue_code(scene.now, "990001", "x");
    for value in [&token, &ticket, &code] {
        scene.about_user(INFO, &token, value);
        scene.app_asks(&format!("{TOKEN}/{value}"), &[("type", value), (value, "1")]);
        scene.send(&Request::post(TOKEN).header("user-agent", value).body("").unwrap());
    }
    scene.wait(1_000_000);
    (0..3).for_each(|_| _ = scene.server_token());
    for entry in scene.platform.journal(0) {
        let shown = format!("{entry} {entry:?} {}", serde_json::to_string(&entry).unwrap());
        for value in [&token, &ticket, &code] {
            assert!(!shown.contains(&value[..33]), "{shown}");
        }
    }
}

#[test]
fn another_status_than_the_rules_is_told() {
    let mut scene = Scene::new();
    scene.platform.set_quirks(Quirk::Http500OfSuccess);
    scene.ask_server_token();
    assert!(last(&scene.platform).to_string().contains(" [http 500] [quirk "));
}

#[test]
fn no_secret_shows_wherever_a_client_puts_it() {
    const SECRET: &str = "planted-secret-7";
    let mut scene = Scene::of(World::demo().app("1", SECRET));
    let bodies = [
        form(&[("app_id", "1"), ("secret", SECRET), ("grant_type", "client_credential")]),
        format!("app_id=1&secret={SECRET}%"),
        format!("app_id=1&Secret={SECRET}&{SECRET}"),
        format!("{SECRET}={SECRET}"),
        format!(r#"{{"secret":"{SECRET}"}}"#),
        format!("app_id=1&secret[]={SECRET}\r\nx"),
        format!("app_id={SECRET}&secret=1&grant_type={SECRET}"),
        format!("app_id=1&type={SECRET}&open_id=to%20{SECRET}&load_more_id={SECRET}"),
    ];
    for body in bodies {
        for path in [
            TOKEN,
            TICKET,
            &format!("/x?secret={SECRET}"),
            &format!("/x&secret={SECRET}"),
            &format!("{TOKEN}/{SECRET}"),
            &format!("http://{SECRET}.example/{SECRET}/x"),
        ] {
            let request = Request::post(path).header("x-secret", SECRET).body(body.clone());
            scene.send(&request.unwrap());
        }
    }
    let method = http::Method::from_bytes(SECRET.as_bytes()).unwrap();
    scene.send(&Request::builder().method(method).header(SECRET, "1").body("").unwrap());
    for entry in scene.platform.journal(0) {
        let shown = format!("{entry} {entry:?} {}", serde_json::to_string(&entry).unwrap());
        assert!(!shown.contains("planted"), "{shown}");
    }
    assert!(!format!("{:?}", scene.platform).contains("planted"));
}
