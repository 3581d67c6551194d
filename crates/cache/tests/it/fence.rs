//! Who may write a record and who may issue, when somebody was slow.

use std::fs;
use std::time::SystemTime;

use yzb_cache::{FileStore, Store as _, StoreErrorKind as Kind, Turn};
use yzb_proto::UnixSeconds;

use crate::folder::Folder;
use crate::support::{Hand, key, now, record};

const LATE: u64 = 9_000_000_000;

#[test]
fn an_earlier_generation_replaces_nothing_that_lives() {
    let (folder, clock) = (Folder::new(), Hand::default());
    let store = folder.store().with_clock(clock.clone());
    let at = |seconds: u64| UnixSeconds::new(1_700_000_000 + seconds);
    let issued = |code: &str, generation, seconds| {
        record(code, at(seconds + 7200).as_secs())
            .generation(generation)
            .issued_at(Some(at(seconds)))
    };
    let save = |record| now(store.save(&key(), &record)).map_err(|error| error.kind());
    clock.set(300);
    assert_eq!(save(issued("a", 5, 100)), Ok(()));
    for older in [issued("b", 4, 200), issued("b", 5, 99), issued("b", 5, 100), issued("b", 0, 300)]
    {
        assert_eq!(save(older), Err(Kind::Conflict));
    }
    assert_eq!(save(issued("a", 5, 100)), Ok(()), "the same again");
    assert_eq!(save(issued("c", 5, 101)), Ok(()), "issued at once, and after it");
    assert_eq!(save(issued("d", 6, 0)), Ok(()));
    clock.set(7201);
    assert_eq!(save(issued("e", 9, 90_000)), Ok(()), "what expired makes way");
    assert_eq!(save(issued("f", 1, 7201)), Ok(()), "and what a wrong clock left");
    assert_eq!(save(issued("g", 0, 7201)), Err(Kind::Conflict));
}

#[test]
fn a_turn_whose_holder_stands_still_is_taken_over_after_a_minute_and_its_record_refused() {
    let (folder, clock) = (Folder::new(), Hand::default());
    let (sleeper, other) = (folder.store(), folder.store().with_clock(clock.clone()));
    let asleep = now(sleeper.turn(&key())).unwrap();
    assert!(asleep.is_held());
    for seconds in [0, 30, 59] {
        clock.set(seconds);
        assert!(now(other.turn(&key())).unwrap().is_taken(), "{seconds}");
    }
    clock.set(60);
    let turn = now(other.turn(&key())).unwrap();
    assert!(turn.is_held());
    assert!(now(sleeper.turn(&key())).unwrap().is_taken(), "one at a time");
    let issued = |code, moment| record(code, LATE).issued_at(Some(UnixSeconds::new(moment)));
    now(other.save(&key(), &issued("successor", 1_700_000_060))).unwrap();
    let late = now(sleeper.save(&key(), &issued("sleeper", 1_700_000_001)));
    assert_eq!(late.unwrap_err().kind(), Kind::Conflict);
    drop(asleep);
    assert!(now(sleeper.turn(&key())).unwrap().is_taken(), "it gave back what it no longer had");
    drop(turn);
    assert!(now(sleeper.turn(&key())).unwrap().is_held());
}

#[test]
fn holders_that_follow_each_other_are_not_taken_for_one_that_stands_still() {
    let (folder, clock) = (Folder::new(), Hand::default());
    let (one, other) = (folder.store(), folder.store().with_clock(clock.clone()));
    let mut before = None;
    for seconds in (0..200).step_by(20) {
        clock.set(seconds);
        let turn = new_turn(&one, &folder, &mut before);
        assert!(now(other.turn(&key())).unwrap().is_taken());
        drop(turn);
    }
}

/// A turn that began in another tick of the kernel's clock, of some milliseconds, than the one before.
fn new_turn(store: &FileStore, folder: &Folder, before: &mut Option<SystemTime>) -> Turn {
    for _ in 0..1_000_000 {
        let turn = now(store.turn(&key())).unwrap();
        assert!(turn.is_held());
        let lock =
            folder.files().into_iter().find(|path| path.to_string_lossy().ends_with("com.lock"));
        let began = fs::metadata(lock.unwrap()).unwrap().modified().unwrap();
        if before.replace(began) != Some(began) {
            return turn;
        }
    }
    panic!("the turns of different holders cannot be told apart");
}

#[test]
fn threads_that_read_beside_threads_that_write_get_whole_records() {
    let folder = Folder::new();
    let numbered =
        |number: u64| record(&format!("code-{number}"), LATE + number).generation(number);
    now(folder.store().save(&key(), &numbered(1))).unwrap();
    std::thread::scope(|scope| {
        let write = |from: u64| {
            let store = folder.store();
            move || {
                for number in (from..60).step_by(2) {
                    match now(store.save(&key(), &numbered(number))) {
                        Err(error) => assert_eq!(error.kind(), Kind::Conflict),
                        Ok(()) => assert!(read(&store) >= number, "an earlier one took its place"),
                    }
                }
            }
        };
        let read_all = || {
            let (store, mut last) = (folder.store(), 0);
            while last < 59 {
                let number = read(&store);
                assert!(number >= last, "{number} after {last}");
                last = number;
            }
        };
        scope.spawn(write(2));
        scope.spawn(write(3));
        scope.spawn(read_all);
    });
    fn read(store: &FileStore) -> u64 {
        let found = now(store.load(&key())).unwrap().unwrap();
        let code = record(&format!("code-{}", found.generation), LATE).code;
        assert_eq!(found.code.fingerprint(), code.fingerprint());
        assert_eq!(found.expires_at.as_secs(), LATE + found.generation);
        found.generation
    }
}
