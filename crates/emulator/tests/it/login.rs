//! Users: login by auth code, and refresh.

use yzb_emulator::{AuthCode, Code, Rule, Why, World, demo};

use crate::scene::{REFRESH, Scene, TOKEN};

fn spent() -> Rule {
    Rule::Invalid(Code::AuthCode, Why::Spent)
}

#[test]
fn an_auth_code_is_good_for_one_login() {
    let mut scene = Scene::new();
    let login = scene.login(demo::AUTH_CODE);
    assert_eq!(login.rule, Rule::UserLoggedIn);
    assert_eq!(login.text("/data/open_id"), demo::ANGEL);
    assert_eq!(login.number("/data/expires_in"), 7200);
    assert_eq!(login.text("/data/scope"), "sns_base");
    assert_eq!(login.text("/data/refresh_token").len(), 64);

    let again = scene.login(demo::AUTH_CODE);
    assert_eq!(again.rule, spent());
    assert_eq!(
        again.body,
        r#"{"status":"4102","message":"authorization_code is invalid","data":[]}"#
    );
}

#[test]
fn an_issued_code_is_good_for_five_minutes() {
    let mut scene = Scene::new();
    let in_time = scene.platform.issue_code(scene.now, demo::APP_ID, demo::RESERVED);
    let too_late = scene.platform.issue_code(scene.now, demo::APP_ID, demo::RESERVED);
    scene.wait(299);
    assert_eq!(scene.login(&in_time).text("/data/open_id"), demo::RESERVED);
    scene.wait(1);
    assert_eq!(scene.login(&too_late).rule, Rule::Invalid(Code::AuthCode, Why::Expired));
}

#[test]
fn how_long_an_issued_code_lives_is_the_worlds_to_say() {
    let mut scene = Scene::of(World::demo().code_life(10));
    let code = scene.platform.issue_code(scene.now, demo::APP_ID, demo::ANGEL);
    scene.wait(10);
    assert_eq!(scene.login(&code).rule, Rule::Invalid(Code::AuthCode, Why::Expired));
}

#[test]
fn a_planted_code_expires_only_if_told_to() {
    let told = AuthCode::new("told", demo::APP_ID, demo::ANGEL).expires_at(2_000_000_000);
    let mut scene = Scene::of(World::demo().code(told));
    scene.now = 2_000_000_000;
    assert_eq!(scene.login("told").rule, Rule::Invalid(Code::AuthCode, Why::Expired));
    assert_eq!(scene.login(demo::AUTH_CODE).rule, Rule::UserLoggedIn);
}

#[test]
fn a_wrong_secret_does_not_cost_the_code() {
    let mut scene = Scene::new();
    let fields =
        [("secret", "wrong"), ("grant_type", "authorization_code"), ("code", demo::AUTH_CODE)];
    let refused = scene.app_asks(TOKEN, &fields);
    assert_eq!((refused.rule, refused.status().as_str()), (Rule::SecretWrong, "4000"));
    assert_eq!(scene.login(demo::AUTH_CODE).rule, Rule::UserLoggedIn);
}

#[test]
fn another_apps_attempt_does_not_cost_the_code() {
    let mut scene = Scene::new();
    let refused = scene.ask(
        TOKEN,
        &[
            ("app_id", demo::EMPTY_APP_ID),
            ("secret", demo::EMPTY_APP_SECRET),
            ("grant_type", "authorization_code"),
            ("code", demo::AUTH_CODE),
        ],
    );
    assert_eq!(refused.rule, Rule::Invalid(Code::AuthCode, Why::OfAnotherApp));
    assert_eq!(scene.login(demo::AUTH_CODE).rule, Rule::UserLoggedIn);
}

#[test]
fn a_code_nobody_issued_or_of_nobody_is_refused() {
    let mut scene = Scene::new();
    assert_eq!(scene.login("made up").rule, Rule::Invalid(Code::AuthCode, Why::Unknown));
    let code = scene.platform.issue_code(scene.now, demo::APP_ID, "nobody");
    assert_eq!(scene.login(&code).rule, Rule::Invalid(Code::AuthCode, Why::OfNobody));
}

#[test]
fn one_who_has_not_added_the_app_can_log_in_all_the_same() {
    let mut scene = Scene::new();
    let code = scene.platform.issue_code(scene.now, demo::APP_ID, demo::STRANGER);
    assert_eq!(scene.login(&code).text("/data/open_id"), demo::STRANGER);
}

#[test]
fn a_second_login_ends_the_tokens_of_the_first() {
    let mut scene = Scene::new();
    let first = scene.login(demo::AUTH_CODE).text("/data/access_token");
    let code = scene.platform.issue_code(scene.now, demo::APP_ID, demo::ANGEL);
    let second = scene.login(&code).text("/data/access_token");
    let replaced = Rule::Invalid(Code::UserToken, Why::Replaced);
    assert_eq!(scene.check_user_token(demo::ANGEL, &first).rule, replaced);
    assert_eq!(scene.check_user_token(demo::ANGEL, &second).rule, Rule::CodeIsCurrent);
}

#[test]
fn a_refresh_needs_no_secret_and_replaces_both_tokens() {
    let mut scene = Scene::new();
    let login = scene.login(demo::AUTH_CODE);
    let (access, refresh) = (login.text("/data/access_token"), login.text("/data/refresh_token"));
    scene.wait(10_000); // the access token is dead, the refresh token is not

    let fresh = scene.app_asks(REFRESH, &refreshing(demo::ANGEL, &refresh));
    assert_eq!(fresh.rule, Rule::UserTokenRefreshed);
    assert_eq!(fresh.text("/data/open_id"), demo::ANGEL);
    assert_eq!(fresh.text("/data/scope"), "sns_base");
    assert_eq!(fresh.number("/data/expires_in"), 7200);
    let (new_access, new_refresh) =
        (fresh.text("/data/access_token"), fresh.text("/data/refresh_token"));
    assert!(new_access != access && new_refresh != refresh);
    assert_eq!(scene.check_user_token(demo::ANGEL, &new_access).rule, Rule::CodeIsCurrent);

    let again = scene.app_asks(REFRESH, &refreshing(demo::ANGEL, &refresh));
    assert_eq!(again.rule, Rule::Invalid(Code::RefreshToken, Why::Replaced));
    assert_eq!(again.status(), "4102");
}

#[test]
fn a_refresh_token_is_one_users_and_ends_after_thirty_days() {
    let mut scene = Scene::new();
    let refresh = scene.login(demo::AUTH_CODE).text("/data/refresh_token");
    let code = scene.platform.issue_code(scene.now, demo::APP_ID, demo::RESERVED);
    scene.login(&code);
    for other in [demo::RESERVED, demo::STRANGER, "nobody"] {
        let refused = scene.app_asks(REFRESH, &refreshing(other, &refresh));
        assert_eq!(refused.rule, Rule::Invalid(Code::RefreshToken, Why::Unknown), "{other}");
    }
    scene.wait(30 * 24 * 3600);
    let refused = scene.app_asks(REFRESH, &refreshing(demo::ANGEL, &refresh));
    assert_eq!(refused.rule, Rule::Invalid(Code::RefreshToken, Why::Expired));
}

fn refreshing<'a>(open_id: &'a str, token: &'a str) -> [(&'a str, &'a str); 3] {
    [("grant_type", "refresh_token"), ("open_id", open_id), ("refresh_token", token)]
}
