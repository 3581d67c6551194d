//! A test for each call: its path, its fields, its data.

use serde_json::{Value, json};
use yzb_emulator::{Call, DEFAULT_NOW, Rule, SCOPE_BASE_INFO, demo};

use crate::scene::{Reply, Scene};

/// The names in a record, in the order written.
fn names(reply: &Reply) -> Vec<String> {
    let data = reply.body.split_once(r#""data":{"#).map_or("", |(_, data)| data);
    let keys = data.split(',').filter_map(|pair| pair.split_once(':'));
    keys.map(|(name, _)| name.trim_matches('"').to_owned()).collect()
}

fn ask(scene: &mut Scene, call: Call, fields: &[(&str, &str)]) -> Reply {
    let reply = scene.app_asks(call.path(), fields);
    let entry = scene.platform.journal(0).next_back().unwrap();
    assert_eq!(entry.call, Some(call), "the journal calls it by its name");
    reply
}

#[test]
fn server_token_takes_app_id_secret_and_client_credential() {
    let fields = [("secret", demo::APP_SECRET), ("grant_type", "client_credential")];
    let reply = ask(&mut Scene::new(), Call::ServerToken, &fields);
    assert_eq!(reply.rule, Rule::ServerTokenIssued);
    assert_eq!(names(&reply), ["access_token", "expires_in"]);
    assert_eq!(reply.number("/data/expires_in"), 7200, "a span");
}

#[test]
fn server_token_wants_the_singular_client_credential() {
    let fields = [("secret", demo::APP_SECRET), ("grant_type", "client_credentials")];
    let reply = ask(&mut Scene::new(), Call::ServerToken, &fields);
    assert_eq!(reply.rule, Rule::FieldInvalid("grant_type"));
}

#[test]
fn user_login_takes_app_id_secret_authorization_code_and_the_code() {
    let fields = [
        ("secret", demo::APP_SECRET),
        ("grant_type", "authorization_code"),
        ("code", demo::AUTH_CODE),
    ];
    let reply = ask(&mut Scene::new(), Call::UserLogin, &fields);
    assert_eq!(reply.rule, Rule::UserLoggedIn);
    let expected = ["open_id", "access_token", "expires_in", "refresh_token", "scope"];
    assert_eq!(names(&reply), expected);
    assert_eq!(
        (reply.number("/data/expires_in"), reply.text("/data/scope").as_str()),
        (7200, "sns_base")
    );
}

#[test]
fn user_refresh_takes_app_id_open_id_and_the_refresh_token_and_no_secret() {
    let mut scene = Scene::new();
    let refresh = scene.login(demo::AUTH_CODE).text("/data/refresh_token");
    let fields =
        [("grant_type", "refresh_token"), ("open_id", demo::ANGEL), ("refresh_token", &refresh)];
    let reply = ask(&mut scene, Call::UserRefresh, &fields);
    assert_eq!(reply.rule, Rule::UserTokenRefreshed);
    let expected = ["open_id", "access_token", "expires_in", "refresh_token", "scope"];
    assert_eq!(names(&reply), expected);
}

#[test]
fn js_ticket_takes_app_id_the_server_token_and_js_ticket() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let reply = ask(&mut scene, Call::JsTicket, &[("access_token", &token), ("type", "js_ticket")]);
    assert_eq!(reply.rule, Rule::TicketIssued);
    assert_eq!(names(&reply), ["ticket", "expires_in"]);
    assert_eq!(reply.number("/data/expires_in"), 7200, "a span");
}

#[test]
fn check_code_of_a_server_token_has_no_open_id_and_answers_a_moment() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let reply = ask(&mut scene, Call::CheckCode, &[("type", "access_token"), ("code", &token)]);
    assert_eq!(names(&reply), ["expires_in"]);
    assert_eq!(reply.number("/data/expires_in"), DEFAULT_NOW + 7200, "a moment");
}

#[test]
fn check_code_of_a_ticket_has_no_open_id() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let ticket = scene.ticket(&token);
    let reply = ask(&mut scene, Call::CheckCode, &[("type", "js_ticket"), ("code", &ticket)]);
    assert_eq!(reply.number("/data/expires_in"), DEFAULT_NOW + 7200);
}

#[test]
fn check_code_of_a_user_token_needs_the_open_id() {
    let mut scene = Scene::new();
    let token = scene.login(demo::AUTH_CODE).text("/data/access_token");
    let (kind, code) = (("type", "access_token"), ("code", &*token));
    let reply = ask(&mut scene, Call::CheckCode, &[kind, code, ("open_id", demo::ANGEL)]);
    assert_eq!(reply.number("/data/expires_in"), DEFAULT_NOW + 7200);
    assert_eq!(ask(&mut scene, Call::CheckCode, &[kind, code]).status(), "4102");
}

#[test]
fn user_count_takes_app_id_and_the_server_token() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let reply = ask(&mut scene, Call::UserCount, &[("access_token", &token)]);
    assert_eq!(reply.at("/data"), json!({"user_count": 252}));
}

#[test]
fn user_list_starts_at_0_and_the_next_page_after_the_last_id() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let mut page = |after: &str| {
        let fields =
            [("access_token", &*token), ("load_more_id", after), ("load_more_count", "100")];
        ask(&mut scene, Call::UserList, &fields)
    };
    let first = page("0");
    let entries = first.at("/data");
    let entry = |n: usize| entries[n].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        (entries.as_array().unwrap().len(), entry(0)),
        (100, vec!["id".into(), "open_id".into()])
    );
    let last = entries[99]["id"].as_str().unwrap();
    let second = page(last).at("/data");
    let number = |id: &Value| id.as_str().unwrap().parse::<u32>().unwrap();
    assert!(number(&second[0]["id"]) > number(&entries[99]["id"]));
}

#[test]
fn app_access_is_a_list_of_scope_strings() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let fields = [("open_id", demo::ANGEL), ("access_token", &token)];
    let reply = ask(&mut scene, Call::AppAccess, &fields);
    assert_eq!(reply.at("/data"), json!([SCOPE_BASE_INFO]));
}

#[test]
fn app_is_added_is_yes_or_no() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    for (open_id, is_added) in [(demo::ANGEL, true), (demo::STRANGER, false)] {
        let fields = [("open_id", open_id), ("access_token", &*token)];
        let reply = ask(&mut scene, Call::AppIsAdded, &fields);
        assert_eq!(reply.at("/data"), json!({ "is_added": is_added }));
    }
}

#[test]
fn user_base_info_is_nick_avatar_and_sex() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let fields = [("open_id", demo::ANGEL), ("access_token", &*token)];
    let reply = ask(&mut scene, Call::UserBaseInfo, &fields);
    assert_eq!(names(&reply), ["nick", "avatar", "sex"]);
    assert_eq!(reply.text("/data/sex"), "1");
}

#[test]
fn user_data_is_read_with_the_server_token_and_not_with_the_users() {
    let mut scene = Scene::new();
    let users = scene.login(demo::AUTH_CODE).text("/data/access_token");
    scene.server_token();
    for call in [Call::AppAccess, Call::AppIsAdded, Call::UserBaseInfo] {
        let fields = [("open_id", demo::ANGEL), ("access_token", &*users)];
        assert_eq!(ask(&mut scene, call, &fields).status(), "4102", "{call}");
    }
}
