//! Server tokens and tickets: how long they live and what a new one does to the old.

use yzb_emulator::{Code, Rule, Why};

use crate::scene::{COUNT, Scene};

#[test]
fn a_server_token_lives_two_hours() {
    let mut scene = Scene::new();
    let issued = scene.ask_server_token();
    assert_eq!(issued.number("/data/expires_in"), 7200);
    let token = issued.text("/data/access_token");

    scene.wait(7199);
    assert_eq!(scene.ask_ticket(&token).rule, Rule::TicketIssued);
    scene.wait(1);
    let refused = scene.ask_ticket(&token);
    assert_eq!(refused.rule, Rule::Invalid(Code::ServerToken, Why::Expired));
    assert_eq!(refused.status(), "4102");
    assert_eq!(refused.text("/message"), "server_access_token is invalid");
}

#[test]
fn a_new_server_token_kills_the_one_before_at_once() {
    let mut scene = Scene::new();
    let (old, new) = (scene.server_token(), scene.server_token());
    assert_ne!(old, new);
    let refused = scene.app_asks(COUNT, &[("access_token", &old)]);
    assert_eq!(refused.rule, Rule::Invalid(Code::ServerToken, Why::Replaced));
    assert_eq!(scene.app_asks(COUNT, &[("access_token", &new)]).rule, Rule::UsersCounted);
}

#[test]
fn a_revoked_server_token_is_refused_until_another_is_issued() {
    let mut scene = Scene::new();
    let app = yzb_emulator::demo::APP_ID;
    assert!(!scene.platform.revoke_server_token(scene.now, app), "there is none yet");
    let token = scene.server_token();
    assert!(scene.platform.revoke_server_token(scene.now, app));
    assert!(!scene.platform.revoke_server_token(scene.now, app), "once is enough");
    assert!(!scene.platform.revoke_server_token(scene.now, "no such app"));
    assert_eq!(scene.ask_ticket(&token).rule, Rule::Invalid(Code::ServerToken, Why::Revoked));
    let token = scene.server_token();
    assert_eq!(scene.ask_ticket(&token).rule, Rule::TicketIssued);
}

#[test]
fn a_server_token_is_of_no_use_to_another_app() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let fields = [("app_id", yzb_emulator::demo::EMPTY_APP_ID), ("access_token", &token)];
    let refused = scene.ask(COUNT, &fields);
    assert_eq!(refused.rule, Rule::Invalid(Code::ServerToken, Why::Unknown));
}

#[test]
fn a_user_token_does_not_pass_for_a_server_token() {
    let mut scene = Scene::new();
    scene.server_token();
    let user = scene.login(yzb_emulator::demo::AUTH_CODE).text("/data/access_token");
    assert_eq!(scene.ask_ticket(&user).rule, Rule::Invalid(Code::ServerToken, Why::Unknown));
}

#[test]
fn tickets_outlive_the_server_token_they_were_asked_with() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let ticket = scene.ticket(&token);
    scene.server_token();
    assert_eq!(scene.check_ticket(&ticket).rule, Rule::CodeIsCurrent);
}

#[test]
fn a_ticket_lives_two_hours() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let issued = scene.ask_ticket(&token);
    assert_eq!(issued.number("/data/expires_in"), 7200);
    let ticket = issued.text("/data/ticket");
    scene.wait(7199);
    assert_eq!(scene.check_ticket(&ticket).rule, Rule::CodeIsCurrent);
    scene.wait(1);
    assert_eq!(scene.check_ticket(&ticket).rule, Rule::Invalid(Code::Ticket, Why::Expired));
}

#[test]
fn tokens_are_64_hex_characters_and_the_same_for_the_same_seed() {
    let token = |seed| Scene::of(yzb_emulator::World::demo().seed(seed)).server_token();
    assert_eq!(token(1).len(), 64);
    assert!(token(1).bytes().all(|b| b"0123456789abcdef".contains(&b)));
    assert_eq!(token(1), token(1));
    assert_ne!(token(1), token(2));
}
