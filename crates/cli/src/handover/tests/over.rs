//! Over to programs of ours, and back.

use std::future::Future;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use yzb_emulator::{Call, Fault, FaultKind, FaultPlan};

use super::Scene;
use super::scene::{APPS, key};

fn issued(scene: &Scene) -> usize {
    scene.platform.calls(Call::ServerToken, None) + scene.platform.calls(Call::JsTicket, None)
}

fn is_done(outcome: &Result<ExitCode, String>, said: &str) {
    assert!(matches!(outcome, Ok(code) if *code == ExitCode::SUCCESS), "{outcome:?}\n{said}");
}

#[tokio::test]
async fn over_while_the_task_runs_and_back_nobody_is_without_a_code_and_nothing_is_issued_twice() {
    let scene = Scene::lenient();
    scene.task_round();
    scene.pass_minutes(50);
    let codes = APPS.map(|app_id| [scene.read(app_id, 0), scene.read(app_id, 1)]);
    let (said, outcome) = scene.takeover(&[]).await;
    is_done(&outcome, &said);
    assert_eq!(issued(&scene), 4, "what is good goes on\n{said}");
    assert_eq!(APPS.map(|app_id| [scene.read(app_id, 0), scene.read(app_id, 1)]), codes);
    assert_eq!(scene.record(APPS[0], 0)["issuer"], "yzb-takeover");
    assert!(said.contains("start `yzb serve"), "{said}");
    assert!(!said.contains("planted"), "{said}");

    // The task finds nothing to do beside a service of ours, for hours.
    let service = scene.service("yzb-one").await;
    scene.serve_minutes(&service, 300).await;
    assert_eq!(scene.task_issued.load(Ordering::SeqCst), 4);
    scene.task_runs.store(false, Ordering::SeqCst);
    scene.serve_minutes(&service, 150).await;
    assert_eq!(scene.record(APPS[1], 1)["issuer"], "yzb-one");

    let (said, outcome) = scene.takeover(&["--back"]).await;
    is_done(&outcome, &said);
    assert!(said.contains("start the task by"), "{said}");
    drop(service);
    // People are slow.
    scene.pass_minutes(19);
    scene.task_runs.store(true, Ordering::SeqCst);
    scene.pass_minutes(240);
    assert!(scene.task_issued.load(Ordering::SeqCst) >= 8);
    assert_eq!(
        scene.task_stopped.load(Ordering::SeqCst),
        0,
        "the task can reckon with our records"
    );
    assert!(scene.record(APPS[0], 1).get("generation").is_none());
    for app_id in APPS {
        assert_eq!(scene.platform.most_in_flight(Call::ServerToken, app_id), 1);
    }
    scene.nobody_missed_anything();
}

#[tokio::test]
async fn a_second_takeover_changes_nothing_and_neither_does_one_beside_a_service() {
    let scene = Scene::new();
    scene.task_round();
    let (said, outcome) = scene.takeover(&[]).await;
    assert!(outcome.is_ok(), "{said}");
    let values = scene.values();
    let (said, outcome) = scene.takeover(&[]).await;
    is_done(&outcome, &said);
    assert_eq!(scene.values(), values, "{said}");

    let service = scene.service("yzb-one").await;
    scene.serve_minutes(&service, 110).await;
    let (values, count) = (scene.values(), issued(&scene));
    for arguments in [&[][..], &["--back"], &["--dry-run"]] {
        let (said, outcome) = scene.takeover(arguments).await;
        is_done(&outcome, &said);
        assert_eq!(scene.values(), values, "{said}");
    }
    assert_eq!(issued(&scene), count);
    // The service goes on, and takes nobody for a foreign issuer.
    scene.serve_minutes(&service, 120).await;
    assert_eq!(scene.record(APPS[0], 0)["issuer"], "yzb-one");
}

#[tokio::test]
async fn a_task_that_stopped_at_a_bad_record_gets_on_once_that_is_replaced() {
    let scene = Scene::lenient();
    scene.task_round();
    scene.redis.set(&key(APPS[0], 1), "null");
    // The app behind it is not renewed, and over in the end.
    for _ in 0..115 {
        scene.pass(60);
        scene.task_round();
    }
    assert!(scene.task_stopped.load(Ordering::SeqCst) > 100);
    let (plan, outcome) = scene.takeover(&["--dry-run"]).await;
    is_done(&outcome, &plan);
    assert!(plan.contains("js-ticket of 100027: another would be issued"), "{plan}");
    assert_eq!(scene.values()[1].as_deref(), Some("null"), "{plan}");

    let (said, outcome) = scene.takeover(&[]).await;
    is_done(&outcome, &said);
    assert!(said.contains("what was there cannot be read"), "{said}");
    let stopped = scene.task_stopped.load(Ordering::SeqCst);
    scene.read_all();
    scene.pass_minutes(200);
    assert_eq!(scene.task_stopped.load(Ordering::SeqCst), stopped);
    scene.nobody_missed_anything();
}

#[tokio::test]
async fn where_the_platform_refuses_this_address_nothing_is_touched() {
    let scene = Scene::new();
    scene.task_round();
    scene.pass_minutes(100);
    let (values, count) = (scene.values(), issued(&scene));
    scene.platform.set_allow_list(["203.0.113.7".parse().unwrap()]);
    for arguments in [&[][..], &["--back"]] {
        let (said, outcome) = scene.takeover(arguments).await;
        let error = outcome.unwrap_err();
        assert!(error.contains("nothing was changed"), "{error}\n{said}");
    }
    assert_eq!((scene.values(), issued(&scene)), (values, count));
    // With nothing in Redis there is no code to ask about, and it is noticed all the same.
    scene.redis.command(&["FLUSHALL"]);
    assert!(scene.takeover(&[]).await.1.unwrap_err().contains("nothing was changed"));
    assert_eq!(issued(&scene), count);
}

#[tokio::test]
async fn what_is_just_due_for_the_task_is_left_to_it() {
    let scene = Scene::new();
    scene.task_round();
    scene.pass(7200 - 640);
    let (said, outcome) = scene.takeover(&[]).await;
    is_done(&outcome, &said);
    assert!(said.contains("waiting for it"), "{said}");
    // The task renewed all four, and each was adopted then.
    assert_eq!(scene.task_issued.load(Ordering::SeqCst), 8, "{said}");
    assert_eq!(issued(&scene), 8, "{said}");
    assert_eq!(scene.record(APPS[1], 1)["issuer"], "yzb-takeover");
}

#[tokio::test]
async fn a_task_that_is_dead_is_waited_for_and_then_not_missed() {
    let scene = Scene::lenient();
    scene.task_round();
    scene.task_runs.store(false, Ordering::SeqCst);
    scene.pass(7200 - 640);
    let (said, outcome) = scene.takeover(&[]).await;
    is_done(&outcome, &said);
    assert_eq!(issued(&scene), 8, "{said}");
    scene.read_all();
    scene.nobody_missed_anything();
    assert_eq!(scene.record(APPS[0], 0)["generation"], 1);
}

#[tokio::test]
async fn a_code_that_the_platform_refuses_is_replaced() {
    let scene = Scene::new();
    scene.task_round();
    // Somebody issued by hand, and told nobody.
    scene.platform.revoke_server_token(APPS[0]);
    let before = scene.read(APPS[0], 0);
    let (said, outcome) = scene.takeover(&[]).await;
    is_done(&outcome, &said);
    assert!(said.contains("the platform refused the old one"), "{said}");
    assert_ne!(scene.read(APPS[0], 0), before);
    scene.read_all();
    scene.nobody_missed_anything();
}

#[tokio::test]
async fn on_the_way_back_every_code_lasts_for_half_an_hour_and_is_one_that_the_task_can_read() {
    let scene = Scene::lenient();
    scene.task_runs.store(false, Ordering::SeqCst);
    scene.task_round();
    scene.pass(7200 - 1700);
    // A script wrote the expiry as a text: the task would raise.
    let (code, until) = (scene.read(APPS[1], 1).unwrap(), scene.now() + 5000);
    let odd = format!("{{\"js_ticket\": \"{code}\", \"expires_in\": \"{until}\"}}");
    scene.redis.command(&["SET", &key(APPS[1], 1), &odd, "EX", "5000"]);
    let (said, outcome) = scene.takeover(&["--back"]).await;
    is_done(&outcome, &said);
    for app_id in APPS {
        for kind in [0, 1] {
            let until = scene.record(app_id, kind)["expires_in"].as_u64().unwrap();
            assert!(until > scene.now() + 1800, "{said}");
        }
    }
    scene.task_round();
    assert_eq!(scene.task_stopped.load(Ordering::SeqCst), 0);
    scene.read_all();
    scene.nobody_missed_anything();
}

#[tokio::test]
async fn the_record_of_another_fleet_is_left_alone() {
    let scene = Scene::new();
    scene.task_round();
    let value = scene.redis.get(&key(APPS[0], 0)).unwrap();
    let theirs = value.replace('}', ", \"generation\": 3, \"owner\": \"0123456789abcdef\"}");
    scene.redis.command(&["SET", &key(APPS[0], 0), &theirs, "EX", "7000"]);
    let (said, outcome) = scene.takeover(&[]).await;
    assert!(matches!(outcome, Ok(code) if code == ExitCode::from(1)), "{outcome:?}\n{said}");
    assert!(said.contains("another fleet's"), "{said}");
    assert_eq!(scene.redis.get(&key(APPS[0], 0)).unwrap(), theirs);
    assert_eq!(scene.record(APPS[1], 0)["generation"], 1, "the others are taken over");
}

#[tokio::test]
async fn an_app_for_which_nothing_is_issued_keeps_its_record_and_holds_up_no_other() {
    let scene = Scene::lenient();
    scene.task_runs.store(false, Ordering::SeqCst);
    scene.task_round();
    scene.pass(7200 - 700);
    let values = scene.values();
    for fault in [FaultKind::ServerError, FaultKind::IpRefused] {
        scene.platform.set_faults(Fault::new(fault).on(Call::ServerToken).app(APPS[0]));
        let (said, outcome) = scene.takeover(&[]).await;
        assert!(matches!(outcome, Ok(code) if code == ExitCode::from(5)), "{outcome:?}\n{said}");
        assert!(said.contains("the record that was there stays"), "{said}");
        assert_eq!(scene.values()[0], values[0], "{said}");
        assert_eq!(scene.record(APPS[1], 0)["generation"], 1, "{said}");
        assert_eq!(scene.record(APPS[1], 1)["generation"], 1, "{said}");
    }
    scene.read_all();
    scene.platform.set_faults(FaultPlan::none());
    let (said, outcome) = scene.takeover(&[]).await;
    is_done(&outcome, &said);
    scene.read_all();
    scene.nobody_missed_anything();
}

#[tokio::test]
async fn whoever_reads_without_a_pause_while_it_goes_over_and_back_always_finds_a_valid_code() {
    let scene = Scene::lenient();
    scene.task_round();
    // Two are renewed on the way over and two are marked; all are renewed on the way back.
    for app_id in APPS {
        let code = scene.read(app_id, 0).unwrap();
        scene.write(app_id, 0, &code, scene.now() + 800, 800);
        let code = scene.read(app_id, 1).unwrap();
        scene.write(app_id, 1, &code, scene.now() + 1500, 1500);
    }
    let (scene, is_over) = (&scene, &AtomicBool::new(false));
    let reads = std::thread::scope(|threads| {
        let reader = threads.spawn(move || {
            let mut reads = 0;
            while !is_over.load(Ordering::SeqCst) {
                scene.read_all();
                reads += 1;
            }
            reads
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let over = threads.spawn(move || {
            for way in [&[][..], &["--back"], &[]] {
                let (said, outcome) = runtime.block_on(scene.takeover(way));
                is_done(&outcome, &said);
            }
        });
        over.join().unwrap();
        is_over.store(true, Ordering::SeqCst);
        reader.join().unwrap()
    });
    assert!(reads > 3, "{reads}");
    assert_eq!(issued(scene), 8);
    scene.nobody_missed_anything();
}

#[tokio::test]
async fn who_waits_sees_services_by_what_they_renewed_and_a_task_by_what_it_wrote() {
    let scene = Scene::lenient();
    scene.task_round();
    let service = scene.service("yzb-elsewhere").await;
    let (said, outcome) = scene.takeover(&["--wait", "10m"]).await;
    assert!(matches!(outcome, Ok(code) if code == ExitCode::from(1)), "{outcome:?}\n{said}");
    assert!(said.contains("0 of 4 codes were renewed"), "{said}");
    let (said, ()) = tokio::join!(
        async {
            let (said, outcome) = scene.takeover(&["--wait", "3h"]).await;
            is_done(&outcome, &said);
            said
        },
        scene.serve_minutes(&service, 120),
    );
    assert!(said.contains("services of ours have renewed every code"), "{said}");

    drop(service);
    let by_hand = |scene: &Scene| {
        let code = scene.read(APPS[0], 1).unwrap();
        scene.write(APPS[0], 1, &code, scene.now() + 7200, 7200);
    };
    scene.takeover(&["--back"]).await.1.unwrap();
    scene.pass_minutes(100);
    let (said, outcome) = scene.takeover(&[]).await;
    is_done(&outcome, &said);
    *scene.plan.lock().unwrap() = Some((scene.now() + 60, by_hand));
    let (said, outcome) = scene.takeover(&["--wait", "2m"]).await;
    assert!(matches!(outcome, Ok(code) if code == ExitCode::from(1)), "{outcome:?}\n{said}");
    assert!(said.contains("somebody else wrote meanwhile: js-ticket of 100027"), "{said}");
    scene.nobody_missed_anything();
}

#[tokio::test]
async fn of_two_takeovers_at_once_each_code_is_issued_by_one() {
    let scene = Scene::new();
    let (one, other) = tokio::join!(scene.takeover(&[]), scene.takeover(&[]));
    is_done(&one.1, &one.0);
    is_done(&other.1, &other.0);
    assert_eq!(issued(&scene), 4, "{}{}", one.0, other.0);
    scene.read_all();
    scene.nobody_missed_anything();
}

/// Polls it so often; none if it was not done by then.
async fn polled<T>(times: usize, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut count) = (pin!(work), 0);
    std::future::poll_fn(|context| {
        if count == times {
            return Poll::Ready(None);
        }
        count += 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

#[tokio::test]
async fn wherever_a_takeover_is_killed_every_reader_has_a_code_and_the_next_one_goes_on() {
    let scene = Scene::lenient();
    for way in [&[][..], &["--back"]] {
        let mut killed = 0;
        for times in 1.. {
            scene.task_runs.store(false, Ordering::SeqCst);
            scene.task_round();
            // Two are to be renewed, and two to be written again.
            for app_id in APPS {
                let code = scene.read(app_id, 0).unwrap();
                scene.write(app_id, 0, &code, scene.now() + 700, 700);
            }
            let done = polled(times * 3, scene.takeover(way)).await;
            scene.read_all();
            if let Some((said, outcome)) = done {
                is_done(&outcome, &said);
                break;
            }
            killed += 1;
            // As the process would have been gone: its turns are over, and its requests answered.
            scene.pass(90);
        }
        assert!(killed > 5, "{killed}");
    }
    scene.nobody_missed_anything();
}

#[tokio::test]
async fn what_a_kill_between_the_answer_and_the_write_costs_the_next_takeover_mends() {
    // A replaced token dies at once here, and nobody else knows of its successor.
    let scene = Scene::new();
    scene.task_runs.store(false, Ordering::SeqCst);
    scene.task_round();
    let mut dead = 0;
    for times in 1.. {
        for app_id in APPS {
            let code = scene.read(app_id, 0).unwrap();
            scene.write(app_id, 0, &code, scene.now() + 700, 700);
        }
        let done = polled(times, scene.takeover(&[])).await;
        scene.pass(90);
        scene.read_all();
        dead += std::mem::take(&mut *scene.missed.lock().unwrap()).len();
        let (said, outcome) = scene.takeover(&[]).await;
        is_done(&outcome, &said);
        scene.read_all();
        scene.nobody_missed_anything();
        if done.is_some() {
            break;
        }
    }
    assert!(dead > 0, "it was killed at that moment at least once");
}
