//! What the platform says to requests that are wrong in themselves.

use http::{Method, Request, StatusCode};
use yzb_emulator::{Rule, demo};

use crate::scene::*;

/// Each call with all its fields, every value well-formed.
const CALLS: [(&str, &[(&str, &str)]); 10] = [
    (TOKEN, &[("app_id", "a"), ("secret", "s"), ("grant_type", "client_credential")]),
    (
        TOKEN,
        &[("app_id", "a"), ("secret", "s"), ("grant_type", "authorization_code"), ("code", "c")],
    ),
    (
        REFRESH,
        &[
            ("app_id", "a"),
            ("grant_type", "refresh_token"),
            ("open_id", "o"),
            ("refresh_token", "r"),
        ],
    ),
    (TICKET, &[("app_id", "a"), ("access_token", "t"), ("type", "js_ticket")]),
    (CHECK, &[("app_id", "a"), ("type", "js_ticket"), ("code", "c")]),
    (COUNT, &[("app_id", "a"), ("access_token", "t")]),
    (
        LIST,
        &[("app_id", "a"), ("access_token", "t"), ("load_more_id", "0"), ("load_more_count", "9")],
    ),
    (ACCESS, &[("app_id", "a"), ("open_id", "o"), ("access_token", "t")]),
    (ADDED, &[("app_id", "a"), ("open_id", "o"), ("access_token", "t")]),
    (INFO, &[("app_id", "a"), ("open_id", "o"), ("access_token", "t")]),
];

#[test]
fn every_field_of_every_call_is_required_and_the_message_names_it() {
    for (path, fields) in CALLS {
        for (missing, _) in fields {
            let rest: Vec<_> = fields.iter().copied().filter(|(name, _)| name != missing).collect();
            let refused = Scene::new().ask(path, &rest);
            assert_eq!(refused.status(), "4000", "{path} without {missing}");
            assert_eq!(refused.text("/message"), format!("{missing} is required"), "{path}");
        }
    }
}

#[test]
fn an_unknown_app_is_4000_everywhere() {
    for (path, fields) in CALLS {
        let refused = Scene::new().ask(path, fields);
        assert_eq!((refused.rule, refused.status().as_str()), (Rule::AppUnknown, "4000"), "{path}");
    }
}

#[test]
fn a_wrong_secret_is_4000() {
    let fields = [("secret", "wrong"), ("grant_type", "client_credential")];
    let refused = Scene::new().app_asks(TOKEN, &fields);
    assert_eq!(refused.rule, Rule::SecretWrong);
    assert_eq!(refused.body, r#"{"status":"4000","message":"secret is invalid","data":[]}"#);
}

#[test]
fn a_grant_belongs_to_its_path() {
    let mut scene = Scene::new();
    let secret = ("secret", demo::APP_SECRET);
    for grant in ["refresh_token", "client_credentials", "CLIENT_CREDENTIAL", "password"] {
        let refused = scene.app_asks(TOKEN, &[secret, ("grant_type", grant)]);
        assert_eq!(refused.rule, Rule::FieldInvalid("grant_type"), "{grant}");
    }
    let fields = [("grant_type", "client_credential"), ("open_id", "o"), ("refresh_token", "r")];
    assert_eq!(scene.app_asks(REFRESH, &fields).rule, Rule::FieldInvalid("grant_type"));
}

#[test]
fn an_unknown_type_is_refused() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let refused = scene.app_asks(TICKET, &[("access_token", &token), ("type", "card_ticket")]);
    assert_eq!(refused.rule, Rule::FieldInvalid("type"));
    let refused = scene.app_asks(CHECK, &[("code", &token), ("type", "refresh_token")]);
    assert_eq!(refused.rule, Rule::FieldInvalid("type"));
}

#[test]
fn only_post_is_taken() {
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::OPTIONS, Method::DELETE] {
        for (path, _) in CALLS {
            let request = Request::builder().method(&method).uri(path).body("").unwrap();
            let refused = Scene::new().send(&request);
            assert_eq!(refused.rule, Rule::MethodNotAllowed);
            assert_eq!(refused.http, StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(refused.headers["allow"], "POST");
            assert!(refused.body.starts_with("<html>"), "{}", refused.body);
        }
    }
}

#[test]
fn an_unknown_path_is_a_page_and_not_an_envelope() {
    let mut scene = Scene::new();
    for path in ["/", "/oauth2/token", "/OAuth2/token/", "//OAuth2/token", "/OAuth2"] {
        let refused = scene.ask(path, &[]);
        assert_eq!(
            (refused.rule, refused.http),
            (Rule::NoSuchPath, StatusCode::NOT_FOUND),
            "{path}"
        );
        assert_eq!(refused.headers["content-type"], "text/html; charset=utf-8");
        assert!(refused.body.contains("404 Not Found"), "{}", refused.body);
    }
}

#[test]
fn a_body_that_is_no_form_is_4000() {
    for body in [&b"app_id=%"[..], b"app_id=%zz", b"app_id=\xff\xfe", b"a=%C3%28"] {
        let refused = Scene::new().send(&Request::post(TOKEN).body(body).unwrap());
        assert_eq!((refused.rule, refused.status().as_str()), (Rule::FormMalformed, "4000"));
    }
}

#[test]
fn fields_in_the_query_are_not_read() {
    let query = form(&[
        ("app_id", demo::APP_ID),
        ("secret", demo::APP_SECRET),
        ("grant_type", "client_credential"),
    ]);
    let refused = Scene::new().ask(&format!("{TOKEN}?{query}"), &[]);
    assert_eq!(refused.rule, Rule::FieldMissing("app_id"));
}
