//! The status page, parsed as strictly as a page of ours should bear, and the report behind it.

mod html;

use axum::http::header::ACCEPT_LANGUAGE;
use html::{Element, parse};
use yzb_axum::axum;
use yzb_emulator::{World, demo};

use crate::scene::{APP, Answer, Scene, Trouble, ask, get};

async fn page(scene: &Scene, language: &str) -> (Answer, Element) {
    let mut request = get("/");
    request.headers_mut().insert(ACCEPT_LANGUAGE, language.parse().unwrap());
    let answer = ask(&scene.service().build(), request).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let document = parse(&answer.text);
    (answer, document)
}

/// Two apps, one of which fails.
async fn mixed() -> Scene {
    let scene = Scene::new();
    scene.serve(scene.app(demo::EMPTY_APP_ID, "mistyped"), "<script>alert('name')</script>");
    scene.get(&format!("{APP}/js-ticket")).await.ok();
    scene.get("/v1/apps/990002/js-ticket").await.is_problem(503, "no-ticket");
    scene.pass(600);
    scene
}

#[tokio::test]
async fn the_page_tells_how_each_code_of_each_app_stands() {
    let scene = mixed().await;
    let (_, page) = page(&scene, "en").await;
    let apps: Vec<_> = page.all("section").collect();
    assert_eq!(apps.len(), 2);
    assert!(apps[0].text().contains("990002"), "those that are not ready come first");
    let (bad, good) = (apps[0].text(), apps[1].text());
    let ticket = scene.get(&format!("{APP}/js-ticket")).await.ok();
    for told in [
        ticket["fingerprint"].as_str().unwrap(),
        "Shop",
        "ready",
        "1 h 50 min",
        "10 min 0 s",
        "by this process",
        "Recent events",
        "2022-06-07 02:41:46 UTC",
    ] {
        assert!(good.contains(told), "{told} in {good}");
    }
    for told in ["not ready", "None is held.", "Last error, 10 min 0 s ago", "Remedy: repeat later"]
    {
        assert!(bad.contains(told), "{told} in {bad}");
    }
    assert!(page.text().contains("1 of 2 apps are not ready"));
    assert_eq!(apps[1].all("progress").count(), 2);
}

#[tokio::test]
async fn what_came_from_elsewhere_stays_a_text() {
    let scene = mixed().await;
    scene.trouble(Trouble::Status(4000));
    scene.pass(7000);
    scene.get(&format!("{APP}/js-ticket")).await.is_problem(503, "no-ticket");
    let (answer, page) = page(&scene, "en").await;
    assert!(page.text().contains("<script>alert('name')</script>"), "{}", page.text());
    assert!(page.text().contains("<img src=x onerror=alert(1)>"), "{}", page.text());
    for tag in ["script", "img", "iframe", "object", "link", "form", "base"] {
        assert_eq!(page.all(tag).count(), 0, "{tag}");
    }
    for element in page.everything() {
        for (name, value) in &element.attributes {
            assert!(!name.starts_with("on") && name != "style" && name != "src", "{name}");
            assert!(name != "href" || value.starts_with("?lang="), "{value}");
        }
    }
    assert!(!answer.text.contains("://"), "no address of anything is in the page");
}

#[tokio::test]
async fn the_page_may_load_and_run_nothing() {
    let scene = Scene::new();
    let (answer, document) = page(&scene, "en").await;
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'nonce-"), "{policy}");
    for part in ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    let style = document.all("style").next().unwrap();
    let nonce = &style.attributes.iter().find(|(name, _)| name == "nonce").unwrap().1;
    assert!(policy.contains(&format!("'nonce-{nonce}'")));
    assert!(!style.text().contains("url(") && !style.text().contains("@import"));
    let (other, _) = page(&scene, "en").await;
    assert_ne!(other.header("content-security-policy"), policy, "each time another nonce");
    let refresh = document
        .all("meta")
        .find(|meta| meta.attributes.iter().any(|(_, value)| value == "refresh"));
    assert!(refresh.is_some(), "it refreshes itself");
}

#[tokio::test]
async fn the_page_speaks_english_and_chinese() {
    let scene = mixed().await;
    let (_, page) = page(&scene, "zh-CN,zh;q=0.9").await;
    let text = page.text();
    for told in ["2 个应用中有 1 个未就绪", "剩余时间", "指纹", "续期失败", "处理办法： 稍后重试"]
    {
        assert!(text.contains(told), "{told} in {text}");
    }
    let html = page.all("html").next().unwrap();
    assert!(html.attributes.contains(&("lang".to_owned(), "zh-CN".to_owned())));
    let english = scene.get("/?lang=en").await;
    assert!(english.text.contains("Time left"));
    scene.get("/?lang=fr").await.is_problem(400, "invalid-argument");
}

#[tokio::test]
async fn the_report_remembers_the_last_error_and_that_it_is_over() {
    let scene = Scene::empty(World::demo());
    scene.serve(scene.app(demo::APP_ID, demo::APP_SECRET), "Shop");
    scene.trouble(Trouble::BreakAll);
    scene.get(&format!("{APP}/server-token")).await.is_problem(503, "no-server-token");
    let report = scene.get("/v1/status").await.ok();
    let error = &report["apps"][0]["server_token"]["last_error"];
    assert_eq!(
        (error["recovered"].as_bool(), error["retry"].as_str()),
        (Some(false), Some("later"))
    );
    scene.trouble(Trouble::None);
    scene.pass(60);
    scene.get(&format!("{APP}/server-token")).await.ok();
    let report = scene.get("/v1/status").await.ok();
    let app = &report["apps"][0];
    assert_eq!(app["server_token"]["last_error"]["recovered"], true);
    assert_eq!(app["events"][0]["name"], "issued");
    assert_eq!((app["ready"].as_bool(), report["ready"].as_bool()), (Some(false), Some(false)));
    assert_eq!(scene.get(&format!("{APP}/status")).await.ok(), *app);
    for _ in 0..40 {
        scene.pass(7200);
        scene.get(&format!("{APP}/server-token")).await.ok();
    }
    let report = scene.get("/v1/status").await.ok();
    assert_eq!(report["apps"][0]["events"].as_array().unwrap().len(), 16, "and no more");
}

#[tokio::test]
async fn of_very_many_apps_the_page_shows_those_that_need_somebody() {
    let world = World::demo();
    let scene = Scene::empty(world);
    for number in 0..500 {
        scene.serve(scene.app(&format!("{}", 100_000 + number), "x"), "One of many");
    }
    scene.serve(scene.app(demo::APP_ID, demo::APP_SECRET), "Shop");
    scene.get(&format!("{APP}/js-ticket")).await.ok();
    let (_, page) = page(&scene, "en").await;
    assert_eq!(page.all("section").count(), 200);
    assert!(page.text().contains("301 more apps are in /v1/status."));
    assert!(page.text().contains("500 of 501 apps are not ready"));
    assert_eq!(scene.get("/v1/status").await.ok()["apps"].as_array().unwrap().len(), 501);
}
