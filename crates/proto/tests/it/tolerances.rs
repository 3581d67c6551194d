//! What must be accepted, one test for each rule; `TOLERANCES.md` is the table of them.

use yzb_proto::common_resource::user_count::CountUsers;
use yzb_proto::common_resource::user_list::ListUsers;
use yzb_proto::oauth2::check_code::Validity;
use yzb_proto::user_resource::app_access::ReadAppAccess;
use yzb_proto::user_resource::app_is_added::ReadAppIsAdded;
use yzb_proto::user_resource::base_info::{BaseInfoAccess, ReadBaseInfo};
use yzb_proto::{
    DecodeErrorKind, Drift, EndpointExt, Error, FieldProblem, Lifetime, MediaType, Retry, Status,
    Tolerance, UnixSeconds,
};

use crate::support::{Cast, answer, json, success, undecodable};

fn ticket_drift(response: &http::Response<Vec<u8>>) -> Drift {
    Cast::new().issue_ticket().read_answer(response).unwrap().drift
}

fn only(tolerance: Tolerance) -> Drift {
    Drift::from_iter([tolerance])
}

fn with_status(status: &str) -> http::Response<Vec<u8>> {
    json(format!(r#"{{"status":{status},"message":"ok","data":{{"ticket":"t","expires_in":1}}}}"#))
}

#[test]
fn a_status_is_an_integer_an_integral_float_or_four_digits() {
    for status in ["2000", "\"2000\""] {
        assert_eq!(ticket_drift(&with_status(status)), Drift::NONE, "{status}");
    }
    for status in ["2000.0", "2.0e3", "\" 2000\"", "\"2000\\n\""] {
        assert_eq!(ticket_drift(&with_status(status)), only(Tolerance::StatusForm), "{status}");
    }
}

#[test]
fn other_statuses_are_malformed_and_never_success() {
    let cast = Cast::new();
    for status in [
        "true",
        "false",
        "null",
        "\"02000\"",
        "\"2e3\"",
        "\"2000.0\"",
        "\"+2000\"",
        "\"２０００\"",
        "\"\"",
        "20000",
        "200",
        "-2000",
        "2000.5",
        "2000.00000000000001",
        "1999.99999999999999999",
        "[2000]",
        "{\"a\":2000}",
    ] {
        let kind = undecodable(&cast.issue_ticket(), &with_status(status));
        assert!(matches!(kind, DecodeErrorKind::Field { name: "status", .. }), "{status}: {kind}");
    }
}

#[test]
fn a_missing_status_is_malformed() {
    let kind = undecodable(&Cast::new().issue_ticket(), &json(r#"{"message":"ok","data":[]}"#));
    let problem = FieldProblem::Missing;
    assert_eq!(kind, DecodeErrorKind::Field { name: "status", row: None, problem });
}

#[test]
fn a_duplicated_key_is_malformed() {
    let cast = Cast::new();
    for (body, name) in [
        (r#"{"status":4102,"status":2000,"data":{"ticket":"t","expires_in":1}}"#, "status"),
        (r#"{"status":2000,"data":{"ticket":"t"},"data":{"ticket":"u"}}"#, "data"),
        (r#"{"status":2000,"message":"a","message":"b","data":{"ticket":"t"}}"#, "message"),
        (r#"{"status":2000,"data":{"ticket":"t","ticket":"u","expires_in":1}}"#, "ticket"),
    ] {
        let problem = FieldProblem::Duplicate;
        let wanted = DecodeErrorKind::Field { name, row: None, problem };
        assert_eq!(undecodable(&cast.issue_ticket(), &json(body)), wanted, "{body}");
    }
}

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
fn no_data_has_four_forms() {
    let cast = Cast::new();
    let call = ReadAppAccess {
        app_id: &cast.app_id,
        open_id: &cast.open_id,
        access_token: &cast.server_token,
    };
    for status in ["2000", "2011"] {
        for (data, drift) in [
            (r#","data":[]"#, Drift::NONE),
            (r#","data":[ ]"#, Drift::NONE),
            (r#","data":{}"#, only(Tolerance::EmptyForm)),
            (r#","data":null"#, only(Tolerance::EmptyForm)),
            ("", only(Tolerance::EmptyForm)),
        ] {
            let body = format!(r#"{{"status":{status},"message":"ok"{data}}}"#);
            let answer = call.read_answer(&json(body)).unwrap();
            assert!(answer.output.is_empty());
            assert_eq!(answer.drift, drift, "{status} {data}");
        }
    }
}

#[test]
fn a_single_value_without_data_is_no_data() {
    let cast = Cast::new();
    for status in ["2000", "2011"] {
        for data in [r#","data":[]"#, r#","data":{}"#, r#","data":null"#, ""] {
            let body = format!(r#"{{"status":{status},"message":"ok"{data}}}"#);
            let kind = undecodable(&cast.issue_ticket(), &json(body));
            assert_eq!(kind, DecodeErrorKind::NoData, "{status} {data}");
        }
    }
}

#[test]
fn data_that_comes_with_no_data_is_read_and_noted() {
    let body = r#"{"status":2011,"message":"ok","data":{"ticket":"t","expires_in":1}}"#;
    assert_eq!(ticket_drift(&json(body)), only(Tolerance::UnexpectedData));
}

#[test]
fn the_data_of_an_error_is_never_interpreted() {
    let cast = Cast::new();
    for data in ["[]", "{}", "null", "7", "\"x\"", "1e999", "[{\"a\":1,\"a\":2}]", "\"\\ud800\""] {
        let body = format!(r#"{{"status":4102,"message":"no","data":{data}}}"#);
        let error = cast.issue_ticket().read_output(&json(body)).unwrap_err();
        assert_eq!(error.status(), Some(Status::INVALID_CODE), "{data}");
    }
}

#[test]
fn a_message_may_be_absent_or_null() {
    let cast = Cast::new();
    for message in ["", r#""message":null,"#] {
        let body = format!(r#"{{"status":4102,{message}"data":[]}}"#);
        let error = cast.issue_ticket().read_output(&json(body)).unwrap_err();
        let Error::Rejected(rejection) = error else { panic!("{error}") };
        assert_eq!(rejection.message(), None);
        assert_eq!(rejection.drift(), only(Tolerance::MessageMissing));
    }
}

#[test]
fn a_message_of_another_type_does_not_hide_the_status() {
    let cast = Cast::new();
    for message in ["7", "[]", "{\"a\":1}", "true", "\"\\ud800\""] {
        let body = format!(r#"{{"status":4102,"message":{message},"data":[]}}"#);
        let error = cast.issue_ticket().read_output(&json(body)).unwrap_err();
        assert_eq!(error.status(), Some(Status::INVALID_CODE), "{message}");
        assert_eq!(error.drift(), only(Tolerance::MessageForm), "{message}");
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
fn unknown_fields_are_ignored_and_noted() {
    for body in [
        r#"{"status":2000,"message":"ok","data":{"ticket":"t","expires_in":1,"x":{"y":[1]}}}"#,
        r#"{"status":2000,"message":"ok","x":1,"x":2,"data":{"ticket":"t","expires_in":1}}"#,
    ] {
        assert_eq!(ticket_drift(&json(body)), only(Tolerance::UnknownField), "{body}");
    }
}

#[test]
fn the_order_of_fields_does_not_matter() {
    let body = r#"{"data":{"expires_in":1,"ticket":"t"},"message":"ok","status":2000}"#;
    assert_eq!(ticket_drift(&json(body)), Drift::NONE);
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
fn a_byte_order_mark_and_white_space_around_are_skipped() {
    let body = r#"{"status":2000,"message":"ok","data":{"ticket":"t","expires_in":1}}"#;
    for (text, wanted) in [
        (format!("\u{feff}{body}"), only(Tolerance::ByteOrderMark)),
        (format!(" \r\n\t{body}\n"), only(Tolerance::Padding)),
        (
            format!("\n\u{feff} {body}\n"),
            Drift::from_iter([Tolerance::ByteOrderMark, Tolerance::Padding]),
        ),
    ] {
        assert_eq!(ticket_drift(&json(text)), wanted);
    }
}

#[test]
fn the_content_type_is_not_trusted() {
    let body = r#"{"status":2000,"message":"ok","data":{"ticket":"t","expires_in":1}}"#;
    for content_type in ["text/html", "text/plain", "application/octet-stream", ""] {
        let drift = ticket_drift(&answer(200, content_type, body));
        assert_eq!(drift, only(Tolerance::ContentType), "{content_type}");
    }
    assert_eq!(ticket_drift(&http::Response::new(body.into())), only(Tolerance::ContentType));
}

#[test]
fn comments_are_the_documents_and_not_the_wires() {
    let body =
        "{\"status\":2000,\"message\":\"ok\",\"data\":{\"ticket\":\"t\",\"expires_in\":1 //no\n}}";
    let kind = undecodable(&Cast::new().issue_ticket(), &json(body));
    assert!(matches!(kind, DecodeErrorKind::NotJson { line: 1, .. }), "{kind}");
}

#[test]
fn an_error_under_any_http_status_is_the_platforms_error() {
    let cast = Cast::new();
    for http in [400, 401, 403, 404, 500, 503, 302] {
        let response =
            answer(http, "application/json", r#"{"status":4000,"message":"m","data":[]}"#);
        let error = cast.issue_ticket().read_output(&response).unwrap_err();
        let Error::Rejected(rejection) = error else { panic!("{error}") };
        assert_eq!(rejection.http_status().as_u16(), http);
        assert_eq!(rejection.status(), Status::GENERIC_ERROR);
        assert_eq!(rejection.drift(), only(Tolerance::HttpStatus));
        assert!(rejection.to_string().contains(&format!("HTTP {http}")));
    }
}

#[test]
fn a_success_under_another_http_status_is_not_a_success() {
    let body = r#"{"status":2000,"message":"ok","data":{"ticket":"t","expires_in":1}}"#;
    for http in [400, 404, 500, 502] {
        let kind =
            undecodable(&Cast::new().issue_ticket(), &answer(http, "application/json", body));
        assert_eq!(kind, DecodeErrorKind::HttpStatus, "{http}");
    }
    assert_eq!(ticket_drift(&answer(201, "application/json", body)), Drift::NONE);
}

#[test]
fn html_is_malformed_with_status_type_and_length() {
    let page = "<html>planted</html>";
    let error =
        Cast::new().issue_ticket().read_output(&answer(502, "text/html", page)).unwrap_err();
    let Error::Undecodable(error) = error else { panic!("{error}") };
    assert_eq!(error.http_status().as_u16(), 502);
    assert_eq!(error.media_type(), MediaType::Html);
    assert_eq!(error.body_length(), page.len());
    assert_eq!(error.kind(), &DecodeErrorKind::NotJson { line: 1, column: 1 });
    assert_eq!(error.retry(), Retry::Later(None));
    assert!(!format!("{error} {error:?}").contains("planted"));
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

#[test]
fn an_unknown_success_is_a_success_whose_number_is_reported() {
    let answer = Cast::new().issue_ticket().read_answer(&with_status("2042")).unwrap();
    assert_eq!(answer.status.number(), 2042);
    assert_eq!(answer.drift, only(Tolerance::UndocumentedSuccess));
}

#[test]
fn an_unknown_error_keeps_its_number() {
    for (status, number) in [("4999", 4999), ("\"5000\"", 5000), ("3000", 3000), ("1000", 1000)] {
        let error = Cast::new().issue_ticket().read_output(&with_status(status)).unwrap_err();
        assert_eq!(error.status().map(Status::number), Some(number));
        assert_eq!(error.retry(), Retry::Never);
    }
}

#[test]
fn the_table_of_tolerances_names_tests_that_exist() {
    let table = include_str!("../../TOLERANCES.md");
    let source = include_str!("tolerances.rs");
    let named: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .filter_map(|line| line.trim_end_matches([' ', '|']).rsplit("| `").next())
        .map(|name| name.trim_end_matches('`'))
        .collect();
    for name in &named {
        assert!(source.contains(&format!("\nfn {name}()")), "TOLERANCES.md names `{name}`");
    }
    let tests = source.matches("\n#[test]\n").count();
    assert_eq!(named.len(), tests - 1, "every test but this one is in the table, once");
}
