//! Each route, when all is well and when the platform is not.

use serde_json::json;
use yzb_axum::{PageOrigins, ServedApp};
use yzb_emulator::{Call, World, demo};

use crate::scene::{APP, Scene, Trouble};

#[tokio::test]
async fn a_server_token_and_a_ticket_are_handed_out_and_kept() {
    let scene = Scene::new();
    let token = scene.get(&format!("{APP}/server-token")).await;
    assert_eq!(token.header("cache-control"), "no-store");
    let token = token.ok();
    assert_eq!(
        (token["expires_in"].as_u64(), token["expires_at"].as_u64()),
        (Some(7200), Some(1_654_576_906))
    );
    assert_eq!(token["fingerprint"].as_str().unwrap().len(), 8);
    assert_eq!(scene.get(&format!("{APP}/server-token")).await.ok(), token);
    let ticket = scene.get(&format!("{APP}/js-ticket")).await.ok();
    assert!(ticket["js_ticket"].is_string() && ticket["sure_until"].is_u64());
    assert_eq!((scene.asked(Call::ServerToken), scene.asked(Call::JsTicket)), (1, 1));
}

#[tokio::test]
async fn a_signed_page_is_one_that_the_platform_accepts() {
    let scene = Scene::new();
    let url = "https%3A%2F%2Fshop.example%2Fcart%2F%3Ffrom%3Dhome%23top";
    let answer = scene.get(&format!("{APP}/js-config?url={url}")).await;
    let page = answer.ok();
    assert_eq!(page["url"], "https://shop.example/cart");
    let text = |name: &str| page[name].as_str().unwrap().to_owned();
    let verdict = scene.platform.verify_signature(
        &text("app_id"),
        &text("nonce_str"),
        text("timestamp").parse().unwrap(),
        &text("url"),
        &text("signature"),
    );
    assert!(verdict.is_accepted(), "{verdict:?}");
    let sure_until: u64 = answer.header("yzb-sure-until").parse().unwrap();
    assert!(sure_until > scene.platform.now());
}

#[tokio::test]
async fn no_page_is_signed_whose_origin_is_not_listed() {
    let scene = Scene::new();
    for url in [
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "http://shop.example/",
        "https://shop.example:444/",
        "https://evil.example/?https://shop.example/",
    ] {
        scene.get(&format!("{APP}/js-config?url={url}")).await.is_problem(403, "page-not-listed");
    }
    for url in
        ["", "javascript:alert(1)", "https://shop.example%40evil.example/", "//shop.example/"]
    {
        scene.get(&format!("{APP}/js-config?url={url}")).await.is_problem(400, "invalid-page");
    }
    for query in ["", "?url=https://shop.example/?a=1&b=2", "?url=%ff", "?url=a&url=b"] {
        scene.get(&format!("{APP}/js-config{query}")).await.is_problem(400, "malformed-query");
    }
    assert_eq!(scene.asked(Call::JsTicket), 0, "nothing was asked of the platform for those");
}

#[tokio::test]
async fn a_login_is_good_for_one_use_of_its_code() {
    let scene = Scene::new();
    let body = json!({ "code": demo::AUTH_CODE });
    let user = scene.post(&format!("{APP}/login"), &body).await.ok();
    assert_eq!(
        (user["open_id"].as_str(), user["scope"].as_str()),
        (Some(demo::ANGEL), Some("sns_base"))
    );
    assert!(user.get("access_token").is_none(), "what nobody asked for is not told");
    let again = scene.post(&format!("{APP}/login"), &body).await;
    again.is_problem(422, "auth-code-refused");
    let again = again.json();
    assert_eq!(
        (again["retry"].as_str(), again["platform_status"].as_u64()),
        (Some("new-auth-code"), Some(4102))
    );
    let code = scene.platform.issue_code(demo::APP_ID, demo::ANGEL);
    let body = json!({ "code": code, "with_tokens": true });
    let user = scene.post(&format!("{APP}/login"), &body).await.ok();
    assert!(user["access_token"].is_string() && user["refresh_token"].is_string());
}

#[tokio::test]
async fn a_code_of_any_kind_can_be_checked() {
    let scene = Scene::new();
    let token = scene.get(&format!("{APP}/server-token")).await.ok()["access_token"].clone();
    let check = async |body| scene.post(&format!("{APP}/check"), &body).await;
    let valid = check(json!({ "kind": "server-token", "code": token })).await.ok();
    assert_eq!(valid, json!({ "valid": true, "expires_at": 1_654_576_906 }));
    let invalid = check(json!({ "kind": "js-ticket", "code": "nobody-s" })).await.ok();
    assert_eq!(invalid, json!({ "valid": false }));
    let login = json!({ "code": demo::AUTH_CODE, "with_tokens": true });
    let user = scene.post(&format!("{APP}/login"), &login).await.ok();
    let (token, open_id) = (&user["access_token"], demo::ANGEL);
    let of_user = json!({ "kind": "user-token", "code": token, "open_id": open_id });
    assert_eq!(check(of_user).await.ok()["valid"], true);
    check(json!({ "kind": "user-token", "code": token })).await.is_problem(400, "invalid-argument");
}

#[tokio::test]
async fn users_are_asked_about_by_ids_with_slashes_in_them() {
    let scene = Scene::new();
    let id = |open_id: &str| open_id.replace('/', "%2F").replace('+', "%2B");
    let angel = format!("{APP}/users/{}", id(demo::ANGEL));
    let reserved = format!("{APP}/users/{}", id(demo::RESERVED));
    let stranger = format!("{APP}/users/{}", id(demo::STRANGER));
    let info = scene.get(&format!("{angel}/base-info")).await.ok();
    assert_eq!((info["granted"].as_bool(), info["nick"].as_str()), (Some(true), Some("天使😀")));
    assert_eq!(scene.get(&format!("{reserved}/base-info")).await.ok(), json!({ "granted": false }));
    scene.get(&format!("{stranger}/base-info")).await.is_problem(403, "user-must-act");
    assert_eq!(scene.get(&format!("{reserved}/access")).await.ok(), json!({ "scopes": [] }));
    assert_eq!(scene.get(&format!("{stranger}/is-added")).await.ok(), json!({ "is_added": false }));
    assert_eq!(scene.get(&format!("{APP}/user-count")).await.ok(), json!({ "count": 252 }));
}

#[tokio::test]
async fn the_list_of_users_goes_on_from_row_to_row_to_its_end() {
    let scene = Scene::new();
    let (mut seen, mut after) = (0, String::new());
    loop {
        let page = scene.get(&format!("{APP}/users?count=100{after}")).await.ok();
        let rows = page["users"].as_array().unwrap().clone();
        let Some(last) = rows.last() else { break };
        seen += rows.len();
        after = format!("&after={}", last["id"].as_str().unwrap());
    }
    assert_eq!(seen, 252);
    for bad in ["0", "101", "-1", "+1", "1e1", ""] {
        let answer = scene.get(&format!("{APP}/users?count={bad}")).await;
        answer.is_problem(400, "invalid-argument");
    }
}

#[tokio::test]
async fn the_service_is_ready_once_every_app_has_both_codes() {
    let scene = Scene::new();
    scene.serve(scene.app(demo::EMPTY_APP_ID, demo::EMPTY_APP_SECRET), "Other");
    assert_eq!(scene.get("/v1/live").await.ok(), json!({ "live": true }));
    let not_ready = scene.get("/v1/ready").await;
    not_ready.is_problem(503, "not-ready");
    assert!(not_ready.text.contains("2 of 2 apps are not ready: 990001, 990002"));
    scene.get(&format!("{APP}/js-ticket")).await.ok();
    assert_eq!(scene.get(&format!("{APP}/ready")).await.ok()["ready"], true);
    assert!(scene.get("/v1/ready").await.text.contains("1 of 2 apps are not ready: 990002"));
    let other = scene.get("/v1/apps/990002/ready").await;
    assert!(other.text.contains("missing: the server token and the ticket"), "{other:?}");
    scene.get("/v1/apps/990002/js-ticket").await.ok();
    assert_eq!(scene.get("/v1/ready").await.ok(), json!({ "ready": true, "apps": 2 }));
    assert_eq!(scene.asked(Call::ServerToken), 1, "looking asks for nothing");
}

#[tokio::test]
async fn an_outage_is_a_problem_that_says_when_to_come_back_and_shows_no_body() {
    let scene = Scene::new();
    scene.trouble(Trouble::Html);
    let answer = scene.get(&format!("{APP}/js-ticket")).await;
    answer.is_problem(503, "no-ticket");
    let pause: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&pause));
    assert_eq!(answer.json()["retry_after"], pause);
    scene.get(&format!("{APP}/user-count")).await.is_problem(502, "undecodable");
    for path in ["js-ticket", "user-count"] {
        let text = scene.get(&format!("{APP}/{path}")).await.text;
        assert!(!text.contains("planted-body"), "{text}");
    }
    scene.trouble(Trouble::None);
    scene.pass(60);
    scene.get(&format!("{APP}/js-ticket")).await.ok();
}

#[tokio::test]
async fn apps_come_change_and_go_while_they_are_served() {
    let scene = Scene::empty(World::demo());
    scene.get(&format!("{APP}/user-count")).await.is_problem(404, "no-such-app");
    scene.serve(scene.app(demo::APP_ID, "mistyped"), "Shop");
    scene.get(&format!("{APP}/server-token")).await.is_problem(503, "no-server-token");
    let app = scene.app(demo::APP_ID, demo::APP_SECRET);
    assert!(scene.gateway.put(ServedApp::new(app.clone())));
    scene.get(&format!("{APP}/server-token")).await.ok();
    let sign = format!("{APP}/js-config?url=https://other.example/");
    scene.get(&sign).await.is_problem(403, "page-not-listed");
    let pages = PageOrigins::parse(["https://other.example"]).unwrap();
    scene.gateway.replace_all([ServedApp::new(app.clone()).pages(pages)]);
    scene.get(&sign).await.ok();
    assert_eq!(
        scene.asked(Call::ServerToken),
        2,
        "its codes outlive a change of its configuration"
    );
    assert!(scene.gateway.remove(app.app_id()) && scene.gateway.is_empty());
    scene.get(&sign).await.is_problem(404, "no-such-app");
}
