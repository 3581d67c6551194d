//! Looking on.

use std::process::ExitCode;
use std::sync::atomic::Ordering;

use serde_json::Value;
use yzb_emulator::{Fault, FaultKind};

use super::Scene;
use super::scene::{APPS, key};

/// What was remarked of which code, and the summary.
async fn look_on(scene: &Scene, span: &str) -> (Vec<(String, String)>, Value, ExitCode) {
    let (said, code) = scene.shadow(&["--json", "--for", span, "--every", "60s"]).await;
    assert!(!said.contains("planted"), "{said}");
    let lines = said.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut lines: Vec<_> = lines.collect();
    let summary = lines.pop().unwrap()["summary"].clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (lines.iter().map(|line| (text(&line["what"]), text(&line["of"]))).collect(), summary, code)
}

fn has(remarks: &[(String, String)], what: &str, of: &str) {
    let there = remarks.iter().any(|it| it.0 == what && it.1.contains(of));
    assert!(there, "{what} {of}: {remarks:#?}");
}

#[tokio::test]
async fn of_a_task_that_works_nothing_is_wrong_and_every_renewal_is_counted() {
    let scene = Scene::lenient();
    scene.task_round();
    let (remarks, summary, code) = look_on(&scene, "4h").await;
    assert_eq!(code, ExitCode::SUCCESS, "{remarks:#?}");
    assert_eq!(summary["renewed"]["task"], 8, "{remarks:#?}");
    assert_eq!(summary["yzb_serve"]["due"], 8);
    assert_eq!(summary["wrong"], 0);
    scene.nobody_missed_anything();
}

#[tokio::test]
async fn a_bad_record_stops_the_task_and_who_is_behind_it_is_told_before_it_lapses() {
    let scene = Scene::new();
    scene.task_round();
    scene.redis.set(&key(APPS[0], 0), "null");
    let (remarks, summary, code) = look_on(&scene, "3h").await;
    assert_eq!(code, ExitCode::from(1));
    let order = |what: &str, of: &str| {
        remarks
            .iter()
            .position(|it| it.0 == what && it.1.contains(of))
            .unwrap_or_else(|| panic!("{what} {of}: {remarks:#?}"))
    };
    assert!(order("unreadable", "server-token of 100027") < order("late", "of 100028"));
    assert!(order("stuck", "server-token of 100027") < order("late", "of 100028"));
    assert!(order("late", "of 100028") < order("gap", "js-ticket of 100028"));
    assert!(summary["gaps"]["seconds"].as_u64().unwrap() > 3600 * 2, "{summary}");
}

#[tokio::test]
async fn a_task_that_sleeps_is_late_and_then_a_gap_and_then_back() {
    let scene = Scene::new();
    scene.task_round();
    scene.task_runs.store(false, Ordering::SeqCst);
    scene.pass(7200 - 580);
    let (remarks, summary, code) = look_on(&scene, "12m").await;
    assert_eq!(code, ExitCode::from(1));
    has(&remarks, "late", "server-token of 100027");
    has(&remarks, "gap", "js-ticket of 100028");
    assert_eq!(summary["gaps"]["count"], 4);
    assert_eq!(summary["renewed"]["task"], 0);
}

#[tokio::test]
async fn a_second_issuer_shows_by_what_it_replaces_too_early() {
    let scene = Scene::new();
    scene.task_round();
    scene.pass(600);
    // Somebody else's task, with the same Redis.
    let by_hand = |scene: &Scene| {
        scene.write(APPS[0], 1, "somebody-else-s", scene.now() + 7200, 7200);
    };
    *scene.plan.lock().unwrap() = Some((scene.now() + 600, by_hand));
    let (remarks, summary, code) = look_on(&scene, "20m").await;
    assert_eq!(code, ExitCode::from(1));
    has(&remarks, "early", "js-ticket of 100027");
    assert_eq!((&summary["early"], &summary["wrong"]), (&1.into(), &1.into()));
}

#[tokio::test]
async fn an_app_that_the_platform_refuses_takes_those_behind_it_along() {
    let scene = Scene::new();
    scene.task_round();
    // The second app's codes are an hour younger.
    scene.pass(3600);
    scene.redis.command(&["DEL", &key(APPS[1], 0), &key(APPS[1], 1)]);
    scene.task_round();
    scene.platform.set_faults(Fault::new(FaultKind::ServerError).app(APPS[0]));
    let (remarks, summary, code) = look_on(&scene, "2h").await;
    assert_eq!(code, ExitCode::from(1));
    let stuck = remarks.iter().position(|it| it.0 == "stuck").unwrap();
    // Before anything is over, and long before those behind it are.
    let gap = |of| remarks.iter().position(|it| it.0 == "gap" && it.1.contains(of)).unwrap();
    assert!(stuck < gap(APPS[0]) && gap(APPS[0]) < gap(APPS[1]), "{remarks:#?}");
    has(&remarks, "stuck", "server-token of 100027");
    assert_eq!(summary["renewed"]["task"], 0, "{remarks:#?}");
    assert_eq!(summary["yzb_serve"]["due"], 4, "{remarks:#?}");
}

#[tokio::test]
async fn a_takeover_is_seen_as_one() {
    let scene = Scene::new();
    scene.task_round();
    let (said, outcome) = scene.takeover(&[]).await;
    assert!(outcome.is_ok(), "{said}");
    let service = scene.service("yzb-one").await;
    scene.serve_minutes(&service, 60).await;
    let (said, code) = scene.shadow(&["--once"]).await;
    assert_eq!(code, ExitCode::SUCCESS, "{said}");
    assert!(said.contains("yzb-takeover, one of ours"), "{said}");
}

#[tokio::test]
async fn records_that_harm_the_task_or_its_readers_are_told_apart() {
    let scene = Scene::new();
    scene.task_round();
    let until = scene.now() + 5000;
    let odd = format!("{{\"js_ticket\": \"planted\", \"expires_in\": \"{until}\"}}");
    scene.redis.command(&["SET", &key(APPS[0], 1), &odd, "EX", "5000"]);
    scene.write(APPS[1], 0, "planted", until, 300);
    scene
        .redis
        .set(&key(APPS[1], 1), &format!("{{\"js_ticket\": \"p\", \"expires_in\": {until}}}"));
    scene.redis.set(&format!("t{}", key(APPS[0], 0)), "x");
    let (said, code) = scene.shadow(&["--once", "--json"]).await;
    assert_eq!(code, ExitCode::from(1));
    for what in ["odd-expiry", "\"ttl\"", "no-expiry", "stray", "stuck"] {
        assert!(said.contains(what), "{what}: {said}");
    }
    let (said, _) = scene.shadow(&["--once"]).await;
    assert!(said.contains("yzb serve  would have renewed"), "{said}");
}
