//! Secrets are planted in everything that is sent and received, and then searched for in
//! everything that is printed.

use yzb_proto::oauth2::check_code::{CheckCode, CheckedCode};
use yzb_proto::oauth2::refresh_token::RefreshUserToken;
use yzb_proto::{
    AppSecret, AuthCode, Endpoint, EndpointExt, JsTicket, Origin, Record, Signer, UnixSeconds,
};

use crate::support::{Cast, answer, json, shown, success};

fn assert_clean(what: &str, text: &str) {
    assert!(!text.contains("planted"), "{what} shows a secret: {text}");
}

#[test]
fn no_request_shows_a_secret() {
    fn look<E: Endpoint + std::fmt::Debug>(call: &E) {
        assert_clean("the call", &format!("{call:?} {call:#?}"));
        let request = call.to_request(&Origin::production());
        assert_clean("the request", &format!("{request:?} {request:#?} {}", request.uri()));
        assert!(
            String::from_utf8_lossy(request.body().as_ref()).contains("planted"),
            "the secret is in the body, or this test searches for nothing"
        );
    }
    let cast = Cast::new();
    look(&cast.login());
    look(&cast.issue_server_token());
    look(&cast.issue_ticket());
    look(&cast.check_ticket());
    let (app_id, open_id) = (&cast.app_id, &cast.open_id);
    look(&RefreshUserToken { app_id, open_id, refresh_token: &cast.refresh_token });
    look(&CheckCode { app_id, code: CheckedCode::UserToken(&cast.user_token, open_id) });
}

#[test]
fn no_output_shows_a_secret() {
    let cast = Cast::new();
    let tokens = r#"{"open_id":"o","access_token":"planted-a","expires_in":1,"refresh_token":"planted-r","scope":"s"}"#;
    let login = cast.login().read_answer(&success(tokens)).unwrap();
    assert_clean("a login", &format!("{login:?} {login:#?}"));
    let token = cast.issue_server_token().read_answer(&success(tokens)).unwrap();
    assert_clean("a server token", &format!("{token:?}"));
    let ticket = r#"{"ticket":"planted-t","expires_in":1}"#;
    let ticket = cast.issue_ticket().read_answer(&success(ticket)).unwrap();
    assert_clean("a ticket", &format!("{ticket:?}"));
    let signer = Signer::new(&ticket.output.ticket);
    assert_clean("a signer", &format!("{signer:?}"));
    let record = Record::new(ticket.output.ticket, UnixSeconds::new(1_654_576_906));
    assert_clean("a record", &format!("{record:?} {:?}", record.to_json()));
}

#[test]
fn no_error_repeats_a_secret_wherever_the_platform_put_it() {
    let cast = Cast::new();
    for body in [
        // As the message of an error, alone, quoted, encoded.
        r#"{"status":4102,"message":"planted-code","data":[]}"#,
        r#"{"status":4000,"message":"bad secret 'planted-secret' and code=planted-code","data":[]}"#,
        r#"{"status":4000,"message":"planted\u002dsecret","data":["planted-secret"]}"#,
        // As a value of the wrong type or form, or a key.
        r#"{"status":"planted-secret","message":"planted-secret"}"#,
        r#"{"status":2000,"data":"planted-secret"}"#,
        r#"{"status":2000,"data":["planted-secret"]}"#,
        r#"{"status":2000,"data":{"planted-secret":"planted-secret"}}"#,
        r#"{"status":2000,"data":{"open_id":"planted secret"}}"#,
        r#"{"status":2000,"data":{"open_id":"o","access_token":["planted-token"]}}"#,
        r#"{"status":2000,"data":{"open_id":"o","access_token":"planted token"}}"#,
        r#"{"status":2000,"data":{"open_id":"o","access_token":"planted","expires_in":"planted"}}"#,
        // In broken JSON.
        r#"{"status":2000,"data":{"access_token":"planted-token""#,
        r#"{"status":2000,"planted-secret"#,
        "planted-secret",
        "<html>planted-secret</html>",
    ] {
        for (http, content_type) in [(200, "application/json"), (502, "text/planted-secret")] {
            let response = answer(http, content_type, body);
            // A login forgives what is wrong with tokens; a server token's call does not.
            let error = cast.login().read_answer(&response).err();
            let error = error
                .unwrap_or_else(|| cast.issue_server_token().read_answer(&response).unwrap_err());
            assert_clean(body, &shown(&error));
        }
    }
}

#[test]
fn the_message_of_each_call_is_searched_for_what_that_call_sent() {
    let cast = Cast::new();
    let (app_id, open_id) = (&cast.app_id, &cast.open_id);
    let refresh = RefreshUserToken { app_id, open_id, refresh_token: &cast.refresh_token };
    let users = CheckCode { app_id, code: CheckedCode::UserToken(&cast.user_token, open_id) };
    let echo = |secret: &str| {
        json(format!(r#"{{"status":4000,"message":"what is {secret}, please?","data":[]}}"#))
    };
    for error in [
        cast.issue_server_token().read_output(&echo("planted-secret")).unwrap_err(),
        cast.issue_ticket().read_output(&echo("planted-server-token")).unwrap_err(),
        cast.check_ticket().read_output(&echo("PLANTED-ticket")).unwrap_err(),
        refresh.read_output(&echo("planted-refresh-token")).unwrap_err(),
        users.read_output(&echo("planted-user-token")).unwrap_err(),
    ] {
        assert!(error.to_string().contains("what is [masked], please?"), "{error}");
    }
}

#[test]
fn a_token_of_somebody_elses_in_a_message_is_masked_too() {
    let token = "5cc928f1eadd0a25bf18e08269c2309741e94b0b51585d987d24488331ca50de";
    let body = format!(r#"{{"status":4000,"message":"token {token} is stale","data":[]}}"#);
    let error = Cast::new().login().read_output(&json(body)).unwrap_err();
    let text = shown(&error);
    assert!(text.contains("token [masked] is stale") && !text.contains(token), "{text}");
}

#[test]
fn no_refused_value_is_repeated() {
    for error in [
        AppSecret::new("planted secret").unwrap_err(),
        AuthCode::new("planted\ncode").unwrap_err(),
        JsTicket::new("planted&ticket").unwrap_err(),
        JsTicket::new(&"planted".repeat(100)).unwrap_err(),
    ] {
        assert_clean("a refusal", &shown(&error));
    }
    for origin in ["https://planted:planted@h.example", "https://h.example/?secret=planted"] {
        assert_clean("an origin", &shown(&origin.parse::<Origin>().unwrap_err()));
    }
    for record in ["planted", "{\"js_ticket\":\"planted", "{\"js_ticket\":[\"planted\"]}"] {
        let error = Record::<JsTicket>::read(record.as_bytes()).unwrap_err();
        assert_clean("a record", &shown(&error));
    }
}
