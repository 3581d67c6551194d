//! What nobody documents, one way and the other.

use std::net::IpAddr;

use http::Request;
use yzb_emulator::{AuthCode, Code, Dials, PreviousToken, Rule, TwiceReplaced, Why, World, demo};

use crate::scene::{COUNT, LIST, Reply, Scene, TOKEN, form};

fn scene(turn: impl Fn(&mut Dials)) -> Scene {
    let mut dials = Dials::default();
    turn(&mut dials);
    Scene::of(World::demo().dials(dials))
}

fn count(scene: &mut Scene, token: &str) -> Rule {
    scene.app_asks(COUNT, &[("access_token", token)]).rule
}

fn ask_from(scene: &mut Scene, address: Option<&str>) -> Reply {
    let fields = [
        ("app_id", demo::APP_ID),
        ("secret", demo::APP_SECRET),
        ("grant_type", "client_credential"),
    ];
    let mut request = Request::post(TOKEN).body(form(&fields)).unwrap();
    if let Some(address) = address {
        request.extensions_mut().insert(address.parse::<IpAddr>().unwrap());
    }
    scene.send(&request)
}

#[test]
fn the_previous_server_token_dies_at_once() {
    let mut scene = scene(|_| {});
    let old = scene.server_token();
    scene.server_token();
    assert_eq!(count(&mut scene, &old), Rule::Invalid(Code::ServerToken, Why::Replaced));
}

#[test]
fn the_previous_server_token_lives_ten_minutes() {
    let mut scene = scene(|dials| dials.previous_server_token = PreviousToken::LivesTenMinutes);
    let old = scene.server_token();
    scene.wait(1000);
    let new = scene.server_token();
    scene.wait(599);
    assert_eq!(scene.check_token(&old).rule, Rule::CodeIsReplacedInGrace);
    assert_eq!(count(&mut scene, &old), Rule::UsersCounted);
    scene.wait(1);
    assert_eq!(count(&mut scene, &old), Rule::Invalid(Code::ServerToken, Why::Replaced));
    assert_eq!(count(&mut scene, &new), Rule::UsersCounted);
}

#[test]
fn the_previous_server_token_lives_to_its_end() {
    let mut scene = scene(|dials| dials.previous_server_token = PreviousToken::LivesToItsEnd);
    let [first, second, _] = [(); 3].map(|()| scene.server_token());
    scene.wait(7199);
    assert_eq!(count(&mut scene, &first), Rule::UsersCounted);
    assert_eq!(count(&mut scene, &second), Rule::UsersCounted);
    scene.wait(1);
    assert_eq!(count(&mut scene, &first), Rule::Invalid(Code::ServerToken, Why::Replaced));
}

#[test]
fn what_was_issued_keeps_its_end_when_the_dials_turn() {
    let mut scene = scene(|dials| dials.previous_server_token = PreviousToken::LivesToItsEnd);
    let [first, second] = [(); 2].map(|()| scene.server_token());
    scene.platform.set_dials(Dials::default());
    scene.server_token();
    assert_eq!(count(&mut scene, &first), Rule::UsersCounted);
    assert_eq!(count(&mut scene, &second), Rule::Invalid(Code::ServerToken, Why::Replaced));
}

#[test]
fn a_ticket_replaced_twice_keeps_its_ten_minutes_unless_the_dial_says_it_dies() {
    for (twice, works) in [(TwiceReplaced::KeepsItsGrace, true), (TwiceReplaced::Dies, false)] {
        let mut scene = scene(|dials| dials.twice_replaced_ticket = twice);
        let token = scene.server_token();
        let [first, second, _] = [(); 3].map(|()| {
            scene.wait(1);
            scene.ticket(&token)
        });
        scene.wait(598);
        assert_eq!(scene.check_ticket(&first).rule == Rule::CodeIsReplacedInGrace, works);
        assert_eq!(scene.check_ticket(&second).rule, Rule::CodeIsReplacedInGrace);
        scene.wait(1);
        assert!(matches!(scene.check_ticket(&first).rule, Rule::Invalid(Code::Ticket, _)));
    }
}

#[test]
fn a_page_of_another_origin_is_refused_unless_the_dial_lets_it() {
    for (may, rule) in [(false, Rule::PageOfElsewhere), (true, Rule::ServerTokenIssued)] {
        let mut scene = scene(|dials| dials.pages_may_ask = may);
        let token = scene.server_token();
        let grant = ("grant_type", "client_credential");
        let fields = [("app_id", demo::APP_ID), ("secret", demo::APP_SECRET), grant];
        let request = Request::post(TOKEN).header("sec-fetch-site", "cross-site");
        let reply = scene.send(&request.body(form(&fields)).unwrap());
        assert_eq!((reply.rule, reply.http.as_u16()), (rule, if may { 200 } else { 403 }));
        assert_eq!(scene.ask_ticket(&token).rule == Rule::TicketIssued, !may, "the token lives");
    }
}

#[test]
fn the_allow_list_is_put_in_canonical_form() {
    let mut scene = scene(|_| {});
    scene.platform.set_allow_list(["::ffff:203.0.113.7".parse().unwrap()]);
    assert_eq!(ask_from(&mut scene, Some("203.0.113.7")).rule, Rule::ServerTokenIssued);
}

#[test]
fn an_app_that_is_not_there_burns_no_code() {
    let mut scene = scene(|dials| {
        dials.wrong_secret_burns_code = true;
        dials.foreign_attempt_burns_code = true;
    });
    let grant = ("grant_type", "authorization_code");
    let fields = [("app_id", "1"), ("secret", "x"), grant, ("code", demo::AUTH_CODE)];
    assert_eq!(scene.ask(TOKEN, &fields).rule, Rule::AppUnknown);
    assert_eq!(scene.login(demo::AUTH_CODE).rule, Rule::UserLoggedIn);
}

#[test]
fn a_server_token_may_repeat_while_it_lives() {
    let mut scene = scene(|dials| dials.server_token_repeats = true);
    let first = scene.server_token();
    scene.wait(7000);
    let again = scene.ask_server_token();
    assert_eq!(again.rule, Rule::ServerTokenRepeated);
    assert_eq!((again.text("/data/access_token"), again.number("/data/expires_in")), (first, 200));
    scene.wait(200);
    assert_eq!(scene.ask_server_token().rule, Rule::ServerTokenIssued);
}

#[test]
fn an_address_that_is_not_listed_is_refused_with_the_status_of_the_dial() {
    let mut dials = Dials::default();
    dials.refused_ip_status = 4444;
    let world = World::demo().dials(dials).allow("203.0.113.7".parse().unwrap());
    let mut scene = Scene::of(world);
    assert_eq!(ask_from(&mut scene, Some("203.0.113.7")).rule, Rule::ServerTokenIssued);
    assert_eq!(ask_from(&mut scene, Some("::ffff:203.0.113.7")).rule, Rule::ServerTokenIssued);
    assert_eq!(ask_from(&mut scene, None).rule, Rule::ServerTokenIssued);
    let refused = ask_from(&mut scene, Some("203.0.113.8"));
    assert_eq!(refused.rule, Rule::IpRefused);
    assert_eq!(refused.body, r#"{"status":"4444","message":"ip is not allowed","data":[]}"#);

    scene.platform.set_allow_list([]);
    assert_eq!(ask_from(&mut scene, Some("203.0.113.8")).rule, Rule::ServerTokenIssued);
}

#[test]
fn refusals_nobody_documents_have_the_statuses_of_the_dials() {
    let mut scene = scene(|dials| {
        dials.unknown_app_status = 4001;
        dials.wrong_secret_status = 4002;
        dials.bad_field_status = 4003;
    });
    let grant = ("grant_type", "client_credential");
    let unknown = scene.ask(TOKEN, &[("app_id", "1"), ("secret", "x"), grant]);
    let wrong = scene.app_asks(TOKEN, &[("secret", "x"), grant]);
    let missing = scene.app_asks(TOKEN, &[grant]);
    let seen = [unknown, wrong, missing].map(|reply| reply.status());
    assert_eq!(seen, ["4001", "4002", "4003"]);
}

#[test]
fn a_wrong_secret_burns_the_code_if_the_dial_says_so() {
    for (burns, then) in
        [(false, Rule::UserLoggedIn), (true, Rule::Invalid(Code::AuthCode, Why::Spent))]
    {
        let mut scene = scene(|dials| dials.wrong_secret_burns_code = burns);
        let grant = ("grant_type", "authorization_code");
        let fields = [("secret", "wrong"), grant, ("code", demo::AUTH_CODE)];
        assert_eq!(scene.app_asks(TOKEN, &fields).rule, Rule::SecretWrong);
        assert_eq!(scene.login(demo::AUTH_CODE).rule, then, "{burns}");
    }
}

#[test]
fn another_apps_attempt_burns_the_code_if_the_dial_says_so() {
    for (burns, then) in
        [(false, Rule::UserLoggedIn), (true, Rule::Invalid(Code::AuthCode, Why::Spent))]
    {
        let mut scene = scene(|dials| dials.foreign_attempt_burns_code = burns);
        let fields = [
            ("app_id", demo::EMPTY_APP_ID),
            ("secret", demo::EMPTY_APP_SECRET),
            ("grant_type", "authorization_code"),
            ("code", demo::AUTH_CODE),
        ];
        let refused = scene.ask(TOKEN, &fields).rule;
        assert_eq!(refused, Rule::Invalid(Code::AuthCode, Why::OfAnotherApp));
        assert_eq!(scene.login(demo::AUTH_CODE).rule, then, "{burns}");
    }
}

#[test]
fn login_may_need_the_app_to_be_added() {
    let mut dials = Dials::default();
    dials.login_needs_addition = true;
    let code = AuthCode::new("c", demo::APP_ID, demo::STRANGER);
    let mut scene = Scene::of(World::demo().dials(dials).code(code));
    assert_eq!(scene.login("c").rule, Rule::NotAdded);
    assert_eq!(scene.login(demo::AUTH_CODE).rule, Rule::UserLoggedIn);
}

#[test]
fn the_page_limit_is_a_dial_and_the_dials_turn_while_it_runs() {
    let mut scene = scene(|dials| dials.page_limit = 2);
    let token = scene.server_token();
    let fields = [("access_token", &*token), ("load_more_id", "0"), ("load_more_count", "100")];
    let sizes = [0, 3, 1000].map(|limit| {
        let mut dials = scene.platform.dials().clone();
        dials.page_limit = limit;
        scene.platform.set_dials(dials);
        scene.app_asks(LIST, &fields).at("/data").as_array().unwrap().len()
    });
    assert_eq!(sizes, [1, 3, 100]);
}
