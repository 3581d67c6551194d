//! Answers that nobody should give, each refused with an error that says what and where.

use yzb_proto::common_resource::user_list::ListUsers;
use yzb_proto::{
    DecodeErrorKind, EndpointExt, Error, FieldProblem, JsTicket, Message, Record, Retry,
};

use crate::support::{Cast, answer, json, shown, success, undecodable};

#[test]
fn an_empty_body() {
    let cast = Cast::new();
    for body in ["", " \n ", "\u{feff}"] {
        assert_eq!(undecodable(&cast.issue_ticket(), &json(body)), DecodeErrorKind::Empty);
    }
}

#[test]
fn bytes_that_are_not_utf8() {
    let cast = Cast::new();
    for body in [&b"\xff\xfe{\0}\0"[..], b"{\"status\":\"\xc3\x28\"}", b"\x1f\x8b\x08\x00"] {
        assert_eq!(undecodable(&cast.issue_ticket(), &json(body)), DecodeErrorKind::NotUtf8);
    }
}

#[test]
fn an_answer_cut_at_every_byte() {
    let whole = include_str!("../../fixtures/user_token.json").trim_end();
    let cast = Cast::new();
    for length in 0..whole.len() {
        let error = cast.login().read_output(&json(&whole[..length])).unwrap_err();
        assert_eq!(error.retry(), Retry::NewAuthCode, "the code may be spent, cut at {length}");
        let error = cast.issue_ticket().read_output(&json(&whole[..length])).unwrap_err();
        assert_eq!(error.retry(), Retry::Later(None), "cut at {length}");
        assert!(!shown(&error).contains("5cc928f1"), "cut at {length}");
    }
    assert!(cast.login().read_output(&json(whole)).is_ok());
}

#[test]
fn json_that_is_no_envelope() {
    let cast = Cast::new();
    for body in ["[]", "null", "2000", "\"ok\"", "[{\"status\":2000}]"] {
        let kind = undecodable(&cast.issue_ticket(), &json(body));
        assert_eq!(kind, DecodeErrorKind::NotAnEnvelope, "{body}");
    }
}

#[test]
fn something_behind_the_json() {
    let body = r#"{"status":4102,"message":"m","data":[]}<script>"#;
    let kind = undecodable(&Cast::new().issue_ticket(), &json(body));
    assert_eq!(kind, DecodeErrorKind::NotJson { line: 1, column: 40 });
}

#[test]
fn a_place_is_counted_in_the_whole_body() {
    let cast = Cast::new();
    for (body, line, column) in
        [("{oops", 1, 2), ("\n\n\n{oops", 4, 2), ("  {oops", 1, 4), ("\n {\n oops", 3, 2)]
    {
        let wanted = DecodeErrorKind::NotJson { line, column };
        assert_eq!(undecodable(&cast.issue_ticket(), &json(body)), wanted, "{body:?}");
    }
}

#[test]
fn nesting_without_end() {
    let cast = Cast::new();
    for depth in [17, 1000, 30_000] {
        let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for body in [
            nested.clone(),
            format!(r#"{{"status":2000,"data":{nested}}}"#),
            format!(r#"{{"status":4102,"data":{nested}}}"#),
            "[".repeat(depth),
            "{\"a\":".repeat(depth),
        ] {
            assert_eq!(undecodable(&cast.issue_ticket(), &json(body)), DecodeErrorKind::TooDeep);
        }
    }
    let escaped = r#"{"status":4102,"message":"\"[[[[[[[[[[[[[[[[[[[[","x":1.0,"data":[]}"#;
    assert!(matches!(cast.issue_ticket().read_output(&json(escaped)), Err(Error::Rejected(_))));
    let nested = |deep: usize| {
        let (open, close) = ("[".repeat(deep), "]".repeat(deep));
        json(format!(r#"{{"x":1.0,"data":{open}{close},"status":4102}}"#))
    };
    assert!(matches!(cast.issue_ticket().read_output(&nested(15)), Err(Error::Rejected(_))));
    assert_eq!(undecodable(&cast.issue_ticket(), &nested(16)), DecodeErrorKind::TooDeep);
    let siblings = format!(r#"{{"x":1.0,"data":[{}[]],"status":4102}}"#, "[],".repeat(40));
    assert!(matches!(cast.issue_ticket().read_output(&json(siblings)), Err(Error::Rejected(_))));
    let page = format!("<script>{}</script>", "{".repeat(40));
    let kind = undecodable(&cast.issue_ticket(), &json(page));
    assert_eq!(kind, DecodeErrorKind::NotJson { line: 1, column: 1 });
    let wide =
        format!(r#"{{"status":4102,"message":"[{{\"[[[{{[[[[[[[[[[[[[[[[","data":{}}}"#, "[[]]");
    assert!(matches!(cast.issue_ticket().read_output(&json(wide)), Err(Error::Rejected(_))));
}

#[test]
fn a_long_list_is_wide_and_not_deep() {
    let cast = Cast::new();
    let rows: Vec<String> =
        (0..600).map(|id| format!(r#"{{"id":"{id}","open_id":"user-{id}"}}"#)).collect();
    let (app_id, access_token) = (&cast.app_id, &cast.server_token);
    let call = ListUsers { app_id, access_token, after: None, count: 600 };
    let list = call.read_output(&success(&format!("[{}]", rows.join(",")))).unwrap();
    assert_eq!(list.len(), 600);
}

#[test]
fn a_bad_row_is_named_by_its_number() {
    let cast = Cast::new();
    let (app_id, access_token) = (&cast.app_id, &cast.server_token);
    let call = ListUsers { app_id, access_token, after: None, count: 2 };
    for (row, name) in [
        (r#"{"id":"2"}"#, "open_id"),
        (r#"{"open_id":"x"}"#, "id"),
        ("7", "data"),
        ("null", "data"),
        ("[]", "data"),
    ] {
        let data = format!(r#"[{{"id":"1","open_id":"a"}},{row}]"#);
        let kind = undecodable(&call, &success(&data));
        let DecodeErrorKind::Field { name: found, row: Some(1), .. } = kind else {
            panic!("{kind}")
        };
        assert_eq!(found, name, "{row}");
    }
}

#[test]
fn numbers_of_400_digits() {
    let digits = "7".repeat(400);
    let cast = Cast::new();
    for span in [digits.clone(), format!("\"{digits}\""), format!("0.{digits}"), "1e999".into()] {
        let kind = undecodable(
            &cast.issue_ticket(),
            &success(&format!(r#"{{"ticket":"t","expires_in":{span}}}"#)),
        );
        let DecodeErrorKind::Field { name: "expires_in", problem, .. } = kind else {
            panic!("{kind}")
        };
        assert!(matches!(problem, FieldProblem::TooLarge | FieldProblem::Fraction));
    }
    assert!(cast.issue_ticket().read_output(&json(format!(r#"{{"status":{digits}}}"#))).is_err());
}

#[test]
fn lone_surrogates_and_nuls() {
    let cast = Cast::new();
    for ticket in ["\\ud800", "\\udc00\\ud800", "a\\u0000b", "\\ud83d\\ude00"] {
        let data = format!(r#"{{"ticket":"{ticket}","expires_in":1}}"#);
        let kind = undecodable(&cast.issue_ticket(), &success(&data));
        assert!(matches!(kind, DecodeErrorKind::Field { name: "ticket", .. }), "{kind}");
    }
    let raw = undecodable(&cast.issue_ticket(), &success("{\"ticket\":\"a\0b\",\"expires_in\":1}"));
    assert!(matches!(raw, DecodeErrorKind::NotJson { .. }), "{raw}");
}

#[test]
fn data_of_the_wrong_type() {
    let cast = Cast::new();
    for (data, found) in [("7", "a number"), ("\"x\"", "text"), ("[1]", "a list"), ("true", "true")]
    {
        let kind = undecodable(&cast.issue_ticket(), &success(data));
        let text = kind.to_string();
        assert!(text.contains("`data`") && text.contains(found), "{text}");
    }
}

#[test]
fn a_redirect_names_its_host_and_no_more() {
    let mut redirect = answer(302, "text/html", "<html>");
    let location = "https://planted-user:planted@elsewhere.example/steal?token=planted";
    redirect.headers_mut().insert("location", location.parse().unwrap());
    let error = Cast::new().issue_ticket().read_output(&redirect).unwrap_err();
    let text = shown(&error);
    assert!(text.contains("elsewhere.example"), "{text}");
    assert!(!text.contains("planted"), "{text}");
    assert_eq!(error.retry(), Retry::FixConfiguration);
}

#[test]
fn only_a_redirect_is_a_redirect_and_a_secret_is_no_host() {
    let cast = Cast::new();
    let token = "5cc928f1eadd0a25bf18e08269c2309741e94b0b51585d987d24488331ca50de";
    for location in [
        "https://planted-server-token.evil.example/",
        "planted-server-token",
        token,
        &format!("https://{token}.evil.example/"),
    ] {
        let mut redirect = answer(301, "text/html", "<html>");
        redirect.headers_mut().insert("location", location.parse().unwrap());
        let error = cast.issue_ticket().read_output(&redirect).unwrap_err();
        let text = shown(&error);
        assert!(text.contains("somewhere unnamed"), "{text}");
        assert!(!text.contains("planted") && !text.contains(token), "{text}");
    }
    let kind = undecodable(&cast.issue_ticket(), &answer(304, "text/html", ""));
    assert_eq!(kind, DecodeErrorKind::Empty);
}

#[test]
fn http_says_that_the_configuration_is_wrong() {
    for (http, wanted) in [
        (401, Retry::FixConfiguration),
        (403, Retry::FixConfiguration),
        (404, Retry::FixConfiguration),
        (405, Retry::FixConfiguration),
        (407, Retry::FixConfiguration),
        (200, Retry::Later(None)),
        (400, Retry::Later(None)),
        (502, Retry::Later(None)),
    ] {
        let error = Cast::new().issue_ticket().read_output(&answer(http, "text/html", "<p>"));
        assert_eq!(error.unwrap_err().retry(), wanted, "{http}");
    }
}

#[test]
fn an_unreadable_answer_still_says_what_was_read_of_it() {
    let body = r#"{"status":2000.0,"message":"ok","data":{"expires_in":1}}"#;
    let error = Cast::new().issue_ticket().read_output(&answer(201, "text/plain", body));
    let error = error.unwrap_err();
    assert_eq!(error.status(), Some(yzb_proto::Status::SUCCESS));
    assert_eq!(error.http_status().as_u16(), 201);
    let names: Vec<&str> = error.drift().iter().map(yzb_proto::Tolerance::name).collect();
    assert_eq!(names, ["content-type", "status-form"]);
}

#[test]
fn a_gateway_that_asks_for_patience() {
    let mut busy = answer(429, "text/html", "<html>slow down</html>");
    busy.headers_mut().insert("retry-after", "17".parse().unwrap());
    let error = Cast::new().issue_ticket().read_output(&busy).unwrap_err();
    assert_eq!(error.retry(), Retry::Later(Some(yzb_proto::Lifetime::from_secs(17))));
    *busy.body_mut() = br#"{"status":4000,"message":"busy","data":[]}"#.to_vec();
    let error = Cast::new().issue_ticket().read_output(&busy).unwrap_err();
    assert_eq!(error.retry(), Retry::Later(Some(yzb_proto::Lifetime::from_secs(17))));
}

#[test]
fn a_message_cannot_drive_a_terminal_forge_a_line_or_fill_a_disk() {
    let message = format!("\\u001b]0;title\\u0007\\r\\nERROR forged\\u202e{}", "x".repeat(60_000));
    let body = format!(r#"{{"status":4000,"message":"{message}","data":[]}}"#);
    let error = Cast::new().issue_ticket().read_output(&json(body)).unwrap_err();
    let text = error.to_string();
    assert!(!text.contains(['\u{1b}', '\n', '\r', '\u{202e}', '\u{7}']), "{text:?}");
    assert!(text.chars().count() < Message::LONGEST + 300, "{}", text.len());
}

#[test]
fn a_megabyte_of_anything() {
    let cast = Cast::new();
    let megabyte = "a".repeat(1 << 20);
    assert!(JsTicket::new(&megabyte).is_err());
    assert!(yzb_proto::PageUrl::scan(&format!("https://h.example/{megabyte}")).is_err());
    assert!(Record::<JsTicket>::read(megabyte.as_bytes()).is_err());
    for body in [
        megabyte.clone(),
        format!("\"{megabyte}\""),
        format!(r#"{{"{megabyte}":1,"status":4000}}"#),
        format!(r#"{{"status":"{megabyte}"}}"#),
    ] {
        let error = cast.issue_ticket().read_output(&json(body)).unwrap_err();
        assert!(shown(&error).len() < 2000);
    }
}

#[test]
fn many_keys_cost_no_more_than_reading_them() {
    let keys: String = (0..8000).map(|key| format!(r#""k{key}":0,"#)).collect();
    let body = format!(r#"{{{keys}"status":4102,"message":"m","data":[]}}"#);
    let error = Cast::new().issue_ticket().read_output(&json(body)).unwrap_err();
    assert!(matches!(error, Error::Rejected(_)));
}
