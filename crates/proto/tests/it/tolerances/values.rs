//! What is accepted of a single value.

use yzb_proto::common_resource::user_count::CountUsers;
use yzb_proto::common_resource::user_list::ListUsers;
use yzb_proto::oauth2::check_code::Validity;
use yzb_proto::user_resource::app_access::ReadAppAccess;
use yzb_proto::user_resource::app_is_added::ReadAppIsAdded;
use yzb_proto::user_resource::base_info::{BaseInfoAccess, ReadBaseInfo};
use yzb_proto::{DecodeErrorKind, Drift, EndpointExt, Lifetime, Tolerance, UnixSeconds};

use super::{only, ticket_drift};
use crate::support::{Cast, success, undecodable};

#[test]
fn spans_are_read_in_every_form() {
    let cast = Cast::new();
    for (span, drift) in [
        ("7200", Drift::NONE),
        ("\"7200\"", Drift::NONE),
        ("7200.0", only(Tolerance::NumberForm)),
        ("\"7200.0\"", only(Tolerance::NumberForm)),
        ("\" 7200\"", only(Tolerance::NumberForm)),
    ] {
        let data = format!(r#"{{"ticket":"t","expires_in":{span}}}"#);
        let answer = cast.issue_ticket().read_answer(&success(&data)).unwrap();
        assert_eq!(answer.output.expires_in, Lifetime::from_secs(7200), "{span}");
        assert_eq!(answer.drift, drift, "{span}");
    }
}

#[test]
fn moments_are_read_in_every_form() {
    let cast = Cast::new();
    for moment in ["1654576906", "\"1654576906\"", "1654576906.0", "\"1654576906.0\""] {
        let answer = success(&format!(r#"{{"expires_in":{moment}}}"#));
        let wanted = Validity::ValidUntil(UnixSeconds::new(1_654_576_906));
        assert_eq!(cast.check_ticket().read_output(&answer).unwrap(), wanted, "{moment}");
    }
}

#[test]
fn counts_are_read_in_every_form() {
    let cast = Cast::new();
    let call = CountUsers { app_id: &cast.app_id, access_token: &cast.server_token };
    for count in ["7", "\"7\"", "7.0", "\"7.0\""] {
        let answer = success(&format!(r#"{{"user_count":{count}}}"#));
        assert_eq!(call.read_output(&answer).unwrap(), 7, "{count}");
    }
    for count in ["-1", "7.5", "\"seven\"", "null", "true"] {
        let answer = success(&format!(r#"{{"user_count":{count}}}"#));
        assert!(call.read_output(&answer).is_err(), "{count}");
    }
}

#[test]
fn is_added_is_read_in_every_form() {
    let cast = Cast::new();
    let call = ReadAppIsAdded {
        app_id: &cast.app_id,
        open_id: &cast.open_id,
        access_token: &cast.server_token,
    };
    for (form, wanted) in [("true", true), ("1", true), ("\"1\"", true), ("\"true\"", true)]
        .into_iter()
        .chain([("false", false), ("0", false), ("\"0\"", false), ("\"false\"", false)])
    {
        let answer = call.read_answer(&success(&format!(r#"{{"is_added":{form}}}"#))).unwrap();
        assert_eq!(answer.output, wanted, "{form}");
        let promised = matches!(form, "true" | "false");
        assert_eq!(answer.drift.contains(Tolerance::BoolForm), !promised, "{form}");
    }
}

#[test]
fn ids_may_be_integers() {
    let cast = Cast::new();
    let call = ListUsers {
        app_id: &cast.app_id,
        access_token: &cast.server_token,
        after: None,
        count: 100,
    };
    let answer = call.read_answer(&success(r#"[{"id":17,"open_id":9007199254740993}]"#)).unwrap();
    assert_eq!(answer.output[0].id.as_str(), "17");
    assert_eq!(answer.output[0].open_id.as_str(), "9007199254740993", "digit by digit");
    assert_eq!(answer.drift, only(Tolerance::TextAsNumber));
    for id in ["-1", "\"猿 b\"", "\"0\""] {
        let answer = success(&format!(r#"[{{"id":{id},"open_id":"o"}}]"#));
        assert!(call.read_output(&answer).is_ok(), "{id}");
    }
}

#[test]
fn a_login_is_not_lost_over_what_nobody_needs() {
    let cast = Cast::new();
    for rest in [
        "",
        r#","access_token":"","expires_in":1654576906,"refresh_token":"a b","scope":["x"]"#,
        r#","access_token":null,"expires_in":null,"refresh_token":null,"scope":null"#,
    ] {
        let answer = cast.login().read_answer(&success(&format!(r#"{{"open_id":"o"{rest}}}"#)));
        let answer = answer.unwrap();
        assert_eq!(answer.output.open_id.as_str(), "o");
        assert!(answer.output.access_token.is_none() && answer.output.scope.is_none());
        assert!(answer.output.refresh_token.is_none() && answer.output.expires_in.is_none());
        assert_eq!(answer.drift, only(Tolerance::UselessField), "{rest}");
    }
    let nobody = success(r#"{"access_token":"t","expires_in":1,"refresh_token":"r","scope":"s"}"#);
    let kind = undecodable(&cast.login(), &nobody);
    assert!(matches!(kind, DecodeErrorKind::Field { name: "open_id", .. }), "{kind}");
}

#[test]
fn unknown_values_of_sex_and_unknown_scopes_are_kept() {
    let cast = Cast::new();
    let (app_id, open_id, access_token) = (&cast.app_id, &cast.open_id, &cast.server_token);
    for (sex, wanted) in [
        ("\"9\"", "9"),
        ("9", "9"),
        ("\"x\"", "x"),
        ("2", "2"),
        ("1.0", "1"),
        ("-1", "-1"),
        ("true", "true"),
        ("null", "3"),
    ] {
        let data = format!(r#"{{"nick":"n","avatar":"a","sex":{sex}}}"#);
        let call = ReadBaseInfo { app_id, open_id, access_token };
        let answer = call.read_answer(&success(&data)).unwrap();
        let BaseInfoAccess::Granted(info) = answer.output else { panic!("not granted") };
        assert_eq!(info.sex.as_str(), wanted);
        let drift = answer.drift.contains(Tolerance::NumberForm);
        assert_eq!(drift, matches!(sex, "1.0" | "-1"), "{sex}");
    }
    let call = ReadAppAccess { app_id, open_id, access_token };
    let scopes = call.read_output(&success(r#"["some/new_scope"]"#)).unwrap();
    assert_eq!(scopes[0].as_str(), "some/new_scope");
}

#[test]
fn a_span_above_a_billion_is_malformed() {
    for span in ["1000000001", "1654576906", "\"1654576906\"", "1e300"] {
        let data = format!(r#"{{"ticket":"t","expires_in":{span}}}"#);
        let kind = undecodable(&Cast::new().issue_ticket(), &success(&data));
        assert!(matches!(kind, DecodeErrorKind::Field { name: "expires_in", .. }), "{span}");
    }
    assert_eq!(ticket_drift(&success(r#"{"ticket":"t","expires_in":1000000000}"#)), Drift::NONE);
}

#[test]
fn a_moment_below_a_billion_is_malformed() {
    let cast = Cast::new();
    for moment in ["999999999", "7200", "0"] {
        let answer = success(&format!(r#"{{"expires_in":{moment}}}"#));
        let kind = undecodable(&cast.check_ticket(), &answer);
        assert!(matches!(kind, DecodeErrorKind::Field { name: "expires_in", .. }), "{moment}");
    }
    let first = success(r#"{"expires_in":1000000000}"#);
    assert!(cast.check_ticket().read_output(&first).unwrap().is_valid());
}

#[test]
fn a_zero_or_missing_span_is_due_at_once() {
    for (field, tolerance) in [
        (r#","expires_in":0"#, Tolerance::LifetimeZero),
        (r#","expires_in":"0""#, Tolerance::LifetimeZero),
        (r#","expires_in":null"#, Tolerance::LifetimeMissing),
        ("", Tolerance::LifetimeMissing),
    ] {
        let response = success(&format!(r#"{{"ticket":"t"{field}}}"#));
        let answer = Cast::new().issue_ticket().read_answer(&response).unwrap();
        assert_eq!(answer.output.expires_in, Lifetime::ZERO);
        assert_eq!(answer.drift, only(tolerance), "{field}");
    }
}

#[test]
fn tokens_are_1_to_512_bytes_of_visible_ascii_without_ampersand() {
    let cast = Cast::new();
    let ticket = |text: &str| success(&format!(r#"{{"ticket":"{text}","expires_in":1}}"#));
    for good in ["t", "~!@#$%^*()", &"t".repeat(512)] {
        assert!(cast.issue_ticket().read_output(&ticket(good)).is_ok(), "{good}");
    }
    for bad in ["", "a&b", "a\\u0026b", "a b", "a\\nb", "猿", "\\u0000", &"t".repeat(513)] {
        let kind = undecodable(&cast.issue_ticket(), &ticket(bad));
        assert!(matches!(kind, DecodeErrorKind::Field { name: "ticket", .. }), "{bad}: {kind}");
    }
}
