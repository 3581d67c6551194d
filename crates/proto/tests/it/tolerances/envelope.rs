//! What is accepted of the envelope and of HTTP around it.

use yzb_proto::user_resource::app_access::ReadAppAccess;
use yzb_proto::{
    DecodeErrorKind, Drift, EndpointExt, Error, FieldProblem, MediaType, Retry, Status, Tolerance,
};

use super::{only, ticket_drift, with_status};
use crate::support::{Cast, answer, json, undecodable};

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
