//! Real processes over one directory, and what `kill -9` leaves behind.

use std::os::unix::process::ExitStatusExt as _;

use yzb_cache::{Clock as _, Store as _, SystemClock};
use yzb_proto::Lifetime;

use crate::child::{Child, Platform, Step};
use crate::folder::Folder;
use crate::support::{key, now, record};

/// Each of these as often as there are processes to say it.
fn codes(children: Vec<Child>) -> Vec<String> {
    children.into_iter().map(|mut child| child.until("code")).collect()
}

fn started(count: usize, folder: &Folder, platform: &Platform) -> Vec<Child> {
    let start = |_| Child::start(&folder.0, platform, "other", Step::Nowhere);
    let mut children: Vec<_> = (0..count).map(start).collect();
    children.iter_mut().for_each(Child::go);
    children
}

#[test]
fn twenty_processes_started_at_once_share_one_issue() {
    let (folder, platform) = (Folder::new(), Platform::start());
    let codes = codes(started(20, &folder, &platform));
    assert!(codes.iter().all(|code| code == "code-1"), "{codes:?}");
    assert_eq!((codes.len(), platform.issues()), (20, 1));
}

/// Three others wait for a victim that stands still; it is killed, and they go on.
fn killed_at(step: Step, holds_the_turn: bool, issues: u64) {
    let (folder, platform) = (Folder::new(), Platform::start());
    let mut victim = Child::start(&folder.0, &platform, "victim", step);
    victim.go();
    victim.until("at");
    go_on_after(victim, holds_the_turn, issues, &folder, &platform);
}

fn go_on_after(
    victim: Child,
    holds_the_turn: bool,
    issues: u64,
    folder: &Folder,
    platform: &Platform,
) {
    let mut others = Vec::new();
    if holds_the_turn {
        others = started(3, folder, platform);
        others.iter_mut().for_each(|other| drop(other.until("waits")));
    }
    assert_eq!(victim.kill().signal(), Some(9));
    others.extend(started(1, folder, platform));
    let codes = codes(others);
    assert!(codes.iter().all(|code| *code == format!("code-{issues}")), "{codes:?}");
    assert_eq!(platform.issues(), issues);
    assert_eq!(folder.names().len(), 1, "the record alone: {:?}", folder.names());
}

#[test]
fn twenty_processes_that_find_the_code_due_share_one_renewal() {
    let (folder, platform) = (Folder::new(), Platform::start());
    let due = SystemClock::new().now().wall + Lifetime::from_secs(600);
    now(folder.store().save(&key(), &record("due", due.as_secs()))).unwrap();
    let codes = codes(started(20, &folder, &platform));
    assert!(codes.iter().all(|code| code == "code-1" || code == "due"), "{codes:?}");
    assert_eq!(platform.issues(), 1);
    let kept = now(folder.store().load(&key())).unwrap().unwrap();
    assert_eq!(kept.generation, 2);
}

#[test]
fn on_a_full_disk_every_process_has_a_code_of_its_own() {
    let (folder, platform) = (Folder::new(), Platform::start());
    for number in 1..=2 {
        let mut child = Child::on_a_full_disk(&folder.0, &platform);
        child.go();
        assert_eq!(child.until("store failed"), "Save full");
        assert_eq!(child.until("code"), format!("code-{number}"));
        assert!(child.end().success());
    }
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

#[test]
fn killed_before_the_turn_it_leaves_nothing() {
    killed_at(Step::BeforeTheTurn, false, 1);
}

#[test]
fn killed_with_the_turn_before_sending_it_leaves_the_turn() {
    killed_at(Step::WithTheTurn, true, 1);
}

#[test]
fn killed_after_sending_it_costs_the_code_that_nobody_knows() {
    let (folder, platform) = (Folder::new(), Platform::start());
    let mut victim = Child::start(&folder.0, &platform, "silent", Step::Nowhere);
    victim.go();
    let _open = platform.until_asked();
    go_on_after(victim, true, 2, &folder, &platform);
}

#[test]
fn killed_with_the_answer_before_saving_it_costs_that_code() {
    killed_at(Step::BeforeTheSave, true, 2);
}

#[test]
fn killed_before_the_rename_it_costs_that_code_and_leaves_no_file() {
    killed_at(Step::BeforeTheRename, false, 2);
}

#[test]
fn killed_after_the_rename_it_leaves_its_code_to_the_others() {
    killed_at(Step::AfterTheSave, false, 1);
}

#[test]
fn killed_at_any_byte_of_a_write_it_leaves_the_old_record_or_none() {
    const XFSZ: i32 = 25;
    let whole = {
        let (folder, platform) = (Folder::new(), Platform::start());
        codes(started(1, &folder, &platform));
        std::fs::metadata(folder.record()).unwrap().len()
    };
    for has_old in [false, true] {
        for bytes in (0..whole).step_by(13) {
            let (folder, platform) = (Folder::new(), Platform::start());
            let store = folder.store();
            let old = has_old.then(|| record("old", 1_000_000_000));
            if let Some(old) = &old {
                now(store.save(&key(), old)).unwrap();
            }
            let mut victim = Child::start(&folder.0, &platform, "victim", Step::LongestFile(bytes));
            victim.go();
            assert_eq!(victim.end().signal(), Some(XFSZ), "at byte {bytes}");
            let left = folder.names().into_iter().find(|name| name.starts_with('.')).unwrap();
            let length = std::fs::metadata(folder.0.join(left)).unwrap().len();
            assert_eq!(length, bytes, "it was killed in the middle of its write");
            let kept = now(store.load(&key())).unwrap();
            assert_eq!(
                kept.map(|kept| kept.code.fingerprint()),
                old.map(|old| old.code.fingerprint())
            );
            assert_eq!(codes(started(1, &folder, &platform)), ["code-2"]);
            assert_eq!(folder.names().len(), 1, "{:?}", folder.names());
        }
    }
}
