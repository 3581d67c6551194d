//! A test for each rule about values: how they come by default, and that every other way in which
//! a client must be prepared for them can be had by a quirk.

use yzb_emulator::{Call, Fault, FaultKind, Quirk, Quirks, Rule, demo};

use crate::scene::{ADDED, CHECK, COUNT, INFO, LIST, Reply, Scene};

/// The answer to one question, spelled with this quirk.
fn spelled(quirk: Option<Quirk>, ask: impl Fn(&mut Scene, &str) -> Reply) -> Reply {
    let mut scene = Scene::new();
    let token = scene.server_token();
    scene.platform.set_quirks(quirk.map_or(Quirks::none(), Quirks::from));
    ask(&mut scene, &token)
}

/// What the answer says, by default and by these quirks, for this question.
fn says(expected: &[(Option<Quirk>, &str)], ask: impl Fn(&mut Scene, &str) -> Reply) {
    for (quirk, part) in expected {
        let body = spelled(*quirk, &ask).body;
        assert!(body.contains(part), "{quirk:?}: {part} in {body}");
    }
}

fn count(scene: &mut Scene, token: &str) -> Reply {
    scene.app_asks(COUNT, &[("access_token", token)])
}

fn nobody(scene: &mut Scene, token: &str) -> Reply {
    let fields = [("access_token", token), ("load_more_id", "999"), ("load_more_count", "9")];
    scene.app_asks(LIST, &fields)
}

#[test]
fn status_is_a_string_and_may_be_a_number_a_float_or_padded() {
    let expected = [
        (None, r#""status":"2000""#),
        (Some(Quirk::StatusNumber), r#""status":2000,"#),
        (Some(Quirk::StatusFloat), r#""status":2000.0,"#),
        (Some(Quirk::StatusPadded), r#""status":" 2000 ","#),
    ];
    says(&expected, count);
}

#[test]
fn status_may_be_malformed_in_each_way_that_is_no_success() {
    let expected = [
        (Some(Quirk::StatusBoolean), r#""status":true"#),
        (Some(Quirk::StatusNull), r#""status":null"#),
        (Some(Quirk::StatusMissing), r#"{"message""#),
        (Some(Quirk::StatusZeroLed), r#""status":"02000""#),
        (Some(Quirk::StatusExponent), r#""status":"2.000e3""#),
        (Some(Quirk::StatusTwice), r#""status":"4000","status":"2000""#),
    ];
    says(&expected, count);
}

#[test]
fn counts_and_spans_are_integers_and_may_be_floats_or_strings() {
    let expected = [
        (None, r#""user_count":252}"#),
        (Some(Quirk::NumbersFloat), r#""user_count":252.0}"#),
        (Some(Quirk::NumbersString), r#""user_count":"252"}"#),
    ];
    says(&expected, count);
}

#[test]
fn is_added_is_a_boolean_and_may_be_a_number_or_a_string() {
    let expected = [
        (None, r#""is_added":true"#),
        (Some(Quirk::FlagsNumber), r#""is_added":1"#),
        (Some(Quirk::FlagsDigit), r#""is_added":"1""#),
        (Some(Quirk::FlagsWord), r#""is_added":"true""#),
    ];
    says(&expected, |scene, token| scene.about_user(ADDED, token, demo::ANGEL));
}

#[test]
fn no_data_is_an_empty_list_and_may_be_an_object_null_or_absent() {
    let expected = [
        (None, r#","data":[]}"#),
        (Some(Quirk::DataObject), r#","data":{}}"#),
        (Some(Quirk::DataNull), r#","data":null}"#),
        (Some(Quirk::DataMissing), r#""message":"ok"}"#),
    ];
    says(&expected, nobody);
}

#[test]
fn an_errors_data_may_look_like_a_token() {
    let expected = [(Some(Quirk::DataOfError), r#""data":{"access_token":"0"#)];
    says(&expected, |scene, _| scene.login("x"));
}

#[test]
fn message_may_be_absent_or_null() {
    let expected = [
        (None, r#""message":"ok""#),
        (Some(Quirk::MessageNull), r#""message":null"#),
        (Some(Quirk::MessageMissing), r#"{"status":"2000","data""#),
    ];
    says(&expected, count);
}

#[test]
fn ids_are_strings_and_may_be_integers() {
    let expected = [(None, r#"{"id":"253","#), (Some(Quirk::IdsNumber), r#"{"id":253,"#)];
    says(&expected, |scene, token| {
        let fields = [("access_token", token), ("load_more_id", "252"), ("load_more_count", "9")];
        scene.app_asks(LIST, &fields)
    });
}

#[test]
fn there_may_be_unknown_fields_and_unknown_values_of_sex() {
    let expected = [
        (None, r#""sex":"1"}"#),
        (Some(Quirk::SexNumber), r#""sex":1}"#),
        (Some(Quirk::SexUnknown), r#""sex":"9"}"#),
        (Some(Quirk::KeysUnknown), r#""internal_id""#),
    ];
    says(&expected, |scene, token| scene.about_user(INFO, token, demo::ANGEL));
}

#[test]
fn there_may_be_a_byte_order_mark_and_white_space() {
    let expected = [(Some(Quirk::Bom), "\u{feff}{"), (Some(Quirk::Padded), " \r\n\t{")];
    says(&expected, count);
}

#[test]
fn content_type_is_json_and_cannot_be_trusted() {
    let label = |quirk| spelled(quirk, count).headers.get("content-type").cloned();
    assert_eq!(label(None).unwrap(), "application/json; charset=utf-8");
    assert_eq!(label(Some(Quirk::LabelHtml)).unwrap(), "text/html; charset=utf-8");
    assert_eq!(label(Some(Quirk::LabelMissing)), None);
}

#[test]
fn http_status_is_200_and_may_be_4xx_under_an_error_or_5xx_under_a_success() {
    let refused = |scene: &mut Scene, _: &str| scene.login("x");
    let seen = [
        spelled(None, refused),
        spelled(Some(Quirk::Http400OfError), refused),
        spelled(Some(Quirk::Http403OfError), refused),
        spelled(None, count),
        spelled(Some(Quirk::Http500OfSuccess), count),
    ];
    assert_eq!(seen.map(|reply| reply.http.as_u16()), [200, 400, 403, 200, 500]);
}

#[test]
fn html_in_place_of_an_envelope_may_come() {
    let mut scene = Scene::new();
    scene.platform.set_faults(0, Fault::new(FaultKind::ServerError));
    let reply = scene.ask_server_token();
    assert_eq!((reply.rule, reply.http.as_u16()), (Rule::Fault(FaultKind::ServerError), 502));
    assert!(reply.body.starts_with("<html>"));
}

#[test]
fn expires_in_is_a_span_for_tokens_and_a_moment_for_check_code() {
    let span = |quirk| spelled(quirk, |scene, _| scene.ask_server_token()).body;
    assert!(span(None).contains(r#""expires_in":7200}"#));
    assert!(span(Some(Quirk::SpanIsMoment)).contains(r#""expires_in":1654576906}"#));
    assert!(span(Some(Quirk::SpanZero)).contains(r#""expires_in":0}"#));
    assert!(!span(Some(Quirk::SpanMissing)).contains("expires_in"));
    let check = |scene: &mut Scene, token: &str| {
        scene.app_asks(CHECK, &[("type", "access_token"), ("code", token)])
    };
    assert_eq!(spelled(None, check).number("/data/expires_in"), 1_654_576_906);
    assert_eq!(spelled(Some(Quirk::MomentIsSpan), check).number("/data/expires_in"), 7200);
}

#[test]
fn tokens_and_tickets_are_visible_ascii_without_an_ampersand_in_at_most_128_characters() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    for value in [scene.ticket(&token), token] {
        assert!((1..=128).contains(&value.len()));
        assert!(value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'&'), "{value}");
    }
}

#[test]
fn forms_are_read_whatever_their_label_and_only_by_post() {
    let body = "app_id=990001&secret=peer-secret-0001&grant_type=client_credential";
    let path = Call::ServerToken.path();
    let labelled = http::Request::post(path).header("content-type", "multipart/form-data");
    assert_eq!(Scene::new().send(&labelled.body(body).unwrap()).rule, Rule::ServerTokenIssued);
    let get = http::Request::get(path).body(body).unwrap();
    assert_eq!(Scene::new().send(&get).rule, Rule::MethodNotAllowed);
}
