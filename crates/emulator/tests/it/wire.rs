//! How answers look, byte for byte where it matters.

use http::StatusCode;
use yzb_emulator::demo;

use crate::scene::{CHECK, COUNT, INFO, Scene};

#[test]
fn every_envelope_is_http_200_and_json_and_dated_by_the_dial() {
    let mut scene = Scene::new();
    for reply in [scene.ask_server_token(), scene.login("made up")] {
        assert_eq!(reply.http, StatusCode::OK);
        assert_eq!(reply.headers["content-type"], "application/json; charset=utf-8");
        assert_eq!(reply.headers["date"], "Tue, 07 Jun 2022 02:41:46 GMT");
    }
    scene.wait(14);
    assert_eq!(scene.login("made up").headers["date"], "Tue, 07 Jun 2022 02:42:00 GMT");
}

#[test]
fn the_login_answer_has_the_documents_fields_in_their_order() {
    let body = Scene::new().login(demo::AUTH_CODE).body;
    let mut rest = body.as_str();
    for part in [
        r#"{"status":"2000","message":"ok","data":{"open_id":""#,
        r#"","access_token":""#,
        r#"","expires_in":7200,"refresh_token":""#,
        r#"","scope":"sns_base"}}"#,
    ] {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} in {rest}"));
        rest = &rest[at + part.len()..];
    }
    assert_eq!(rest, "");
}

#[test]
fn spans_moments_and_counts_are_integers() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    assert!(scene.ask_ticket(&token).body.ends_with(r#"","expires_in":7200}}"#));
    let checked = scene.app_asks(CHECK, &[("type", "access_token"), ("code", &token)]);
    assert_eq!(
        checked.body,
        r#"{"status":"2000","message":"ok","data":{"expires_in":1654576906}}"#
    );
    let count = scene.app_asks(COUNT, &[("access_token", &token)]);
    assert_eq!(count.body, r#"{"status":"2000","message":"ok","data":{"user_count":252}}"#);
}

#[test]
fn names_are_utf8_as_they_are() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let info = scene.about_user(INFO, &token, demo::ANGEL);
    assert!(info.body.contains(r#""nick":"天使😀","avatar":"https://upload"#), "{}", info.body);
}
