//! A test for each row of the table of statuses, and where each is given.

use serde_json::json;
use yzb_emulator::{Call, Rule, demo};

use crate::scene::{ACCESS, CHECK, COUNT, INFO, LIST, Reply, Scene, TICKET, TOKEN};

#[test]
fn every_answer_has_status_message_and_data() {
    let mut scene = Scene::new();
    for reply in [scene.ask_server_token(), scene.login("x"), scene.ask(COUNT, &[])] {
        let keys: Vec<_> = reply.json().as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["data", "message", "status"]);
    }
}

#[test]
fn status_2000_is_success() {
    assert_eq!(Scene::new().ask_server_token().status(), "2000");
}

#[test]
fn status_2011_is_success_without_data_for_lists() {
    let mut scene = Scene::new();
    let token = ("access_token", &*scene.server_token());
    let end = scene.app_asks(LIST, &[token, ("load_more_id", "253"), ("load_more_count", "100")]);
    let none = scene.app_asks(ACCESS, &[token, ("open_id", demo::RESERVED)]);
    for reply in [end, none] {
        assert_eq!((reply.status().as_str(), reply.at("/data")), ("2011", json!([])));
    }
}

#[test]
fn status_4000_is_the_generic_error() {
    let mut scene = Scene::new();
    let wrong_secret = [("secret", "x"), ("grant_type", "client_credential")];
    assert_eq!(scene.app_asks(TOKEN, &wrong_secret).status(), "4000");
    assert_eq!(scene.ask(TOKEN, &[]).status(), "4000");
}

#[test]
fn status_4102_at_login_means_the_auth_code_is_spent_for_good() {
    let mut scene = Scene::new();
    scene.login(demo::AUTH_CODE);
    let refused = scene.login(demo::AUTH_CODE);
    assert_eq!(refused.status(), "4102");
    assert_eq!(refused.text("/message"), "authorization_code is invalid");
    assert_eq!(scene.login(demo::AUTH_CODE).status(), "4102");
}

#[test]
fn status_4102_at_ticket_and_resource_calls_means_the_server_token_died() {
    let mut scene = Scene::new();
    let old = scene.server_token();
    let new = scene.server_token();
    let calls: [(&str, &[(&str, &str)]); 6] = [
        (TICKET, &[("type", "js_ticket")]),
        (COUNT, &[]),
        (LIST, &[("load_more_id", "0"), ("load_more_count", "100")]),
        (ACCESS, &[("open_id", demo::ANGEL)]),
        (Call::AppIsAdded.path(), &[("open_id", demo::ANGEL)]),
        (INFO, &[("open_id", demo::ANGEL)]),
    ];
    for (path, fields) in calls {
        let mut with = |token: &str| {
            let token = [("access_token", token)];
            scene.app_asks(path, &[&token[..], fields].concat())
        };
        let refused = with(&old);
        assert_eq!(refused.status(), "4102", "{path}");
        assert_eq!(refused.text("/message"), "server_access_token is invalid");
        assert_eq!(with(&new).status(), "2000", "{path}: another token, and once more");
    }
}

#[test]
fn status_4102_at_check_code_is_the_answer_invalid() {
    for kind in ["access_token", "js_ticket"] {
        let refused = Scene::new().app_asks(CHECK, &[("type", kind), ("code", "x")]);
        assert_eq!(refused.status(), "4102");
    }
}

#[test]
fn status_4103_at_base_info_means_the_user_has_not_granted_it() {
    let (refused, elsewhere) = about(demo::RESERVED);
    assert_eq!((refused.rule, refused.status().as_str()), (Rule::ScopeNotGranted, "4103"));
    assert_eq!(elsewhere.status(), "2011", "it is no error anywhere else");
}

#[test]
fn status_4104_means_the_user_has_not_added_the_app() {
    let (refused, elsewhere) = about(demo::STRANGER);
    assert_eq!((refused.rule, refused.status().as_str()), (Rule::NotAdded, "4104"));
    assert_eq!(elsewhere.status(), "4104");
}

#[test]
fn an_errors_data_is_empty() {
    let (refused, _) = about(demo::STRANGER);
    assert_eq!(refused.at("/data"), json!([]));
}

/// Base info of a user, and the scopes of the same.
fn about(open_id: &str) -> (Reply, Reply) {
    let mut scene = Scene::new();
    let token = scene.server_token();
    (scene.about_user(INFO, &token, open_id), scene.about_user(ACCESS, &token, open_id))
}
