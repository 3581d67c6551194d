//! Check code: the moment, the nearer moment, and "no".

use yzb_emulator::{Code, DEFAULT_NOW, Rule, Why, demo};

use crate::scene::{CHECK, Scene};

#[test]
fn the_answer_is_a_moment_and_not_a_span() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    scene.wait(100);
    let checked = scene.check_token(&token);
    assert_eq!(checked.rule, Rule::CodeIsCurrent);
    assert_eq!(checked.number("/data/expires_in"), DEFAULT_NOW + 7200);
    assert_eq!(checked.number("/data/expires_in"), 1_654_576_906, "as in the documents");
}

#[test]
fn a_replaced_ticket_shows_the_nearer_moment_and_then_dies() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let old = scene.ticket(&token);
    scene.wait(1000);
    let replaced_at = scene.now;
    let new = scene.ticket(&token);

    let checked = scene.check_ticket(&old);
    assert_eq!(checked.rule, Rule::CodeIsReplacedInGrace);
    assert_eq!(checked.number("/data/expires_in"), replaced_at + 600);
    assert_eq!(scene.check_ticket(&new).number("/data/expires_in"), replaced_at + 7200);

    scene.wait(599);
    assert_eq!(scene.check_ticket(&old).status(), "2000");
    scene.wait(1);
    let refused = scene.check_ticket(&old);
    assert_eq!(refused.rule, Rule::Invalid(Code::Ticket, Why::Replaced));
    assert_eq!(refused.status(), "4102");
}

#[test]
fn grace_does_not_lengthen_a_tickets_life() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let old = scene.ticket(&token);
    let end = scene.now + 7200;
    scene.wait(7000);
    scene.ticket(&token);
    assert_eq!(scene.check_ticket(&old).number("/data/expires_in"), end);
    scene.wait(200);
    assert_eq!(scene.check_ticket(&old).status(), "4102");
}

#[test]
fn a_ticket_replaced_twice_keeps_its_ten_minutes() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let [first, second, third] = [(); 3].map(|()| scene.ticket(&token));
    assert_eq!(scene.check_ticket(&first).rule, Rule::CodeIsReplacedInGrace);
    assert_eq!(scene.check_ticket(&second).rule, Rule::CodeIsReplacedInGrace);
    assert_eq!(scene.check_ticket(&third).rule, Rule::CodeIsCurrent);
}

#[test]
fn the_open_id_of_a_tickets_check_is_not_looked_at() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let ticket = scene.ticket(&token);
    let fields = [("type", "js_ticket"), ("code", &*ticket), ("open_id", "nobody")];
    assert_eq!(scene.app_asks(CHECK, &fields).rule, Rule::CodeIsCurrent);
}

#[test]
fn a_users_token_is_checked_with_the_users_open_id() {
    let mut scene = Scene::new();
    let token = scene.login(demo::AUTH_CODE).text("/data/access_token");
    let checked = scene.check_user_token(demo::ANGEL, &token);
    assert_eq!(checked.rule, Rule::CodeIsCurrent);
    assert_eq!(checked.number("/data/expires_in"), scene.now + 7200);

    let invalid = |code, why| Rule::Invalid(code, why);
    let unknown_user = invalid(Code::UserToken, Why::Unknown);
    assert_eq!(scene.check_user_token(demo::RESERVED, &token).rule, unknown_user);
    assert_eq!(scene.check_token(&token).rule, invalid(Code::ServerToken, Why::Unknown));
    scene.wait(7200);
    let refused = scene.check_user_token(demo::ANGEL, &token);
    assert_eq!(refused.rule, invalid(Code::UserToken, Why::Expired));
}

#[test]
fn a_server_token_is_not_a_users() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    scene.login(demo::AUTH_CODE);
    let refused = scene.check_user_token(demo::ANGEL, &token);
    assert_eq!(refused.rule, Rule::Invalid(Code::UserToken, Why::Unknown));
    // An empty open id is none: this asks for the server's.
    assert_eq!(scene.check_user_token("", &token).rule, Rule::CodeIsCurrent);
}

#[test]
fn a_ticket_and_a_token_do_not_pass_for_each_other() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let ticket = scene.ticket(&token);
    assert_eq!(scene.check_ticket(&token).rule, Rule::Invalid(Code::Ticket, Why::Unknown));
    assert_eq!(scene.check_token(&ticket).rule, Rule::Invalid(Code::ServerToken, Why::Unknown));
}

#[test]
fn nothing_issued_nothing_valid() {
    let mut scene = Scene::new();
    for kind in ["access_token", "js_ticket"] {
        let refused = scene.app_asks(CHECK, &[("type", kind), ("code", "made up")]);
        assert_eq!(
            (refused.status().as_str(), refused.at("/data")),
            ("4102", serde_json::json!([]))
        );
    }
}

#[test]
fn stepping_the_clock_back_revives_what_had_expired() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    scene.wait(7200);
    assert_eq!(scene.check_token(&token).status(), "4102");
    scene.now -= 1;
    assert_eq!(scene.check_token(&token).status(), "2000");
}
