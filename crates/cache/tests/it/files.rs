//! What a file store does with what it finds, whoever put it there.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use yzb_cache::{FileStore, SlotKey, Store as _, StoreError, StoreErrorKind as Kind};
use yzb_proto::{AppId, AppSecret};

use crate::folder::Folder;
use crate::support::{Hand, Scripted, cache, key, now, record};

type Put<'a> = &'a dyn Fn(&Path);

const LATE: u64 = 9_000_000_000;

/// With the record of the test's key in it.
fn kept(folder: &Folder) -> (FileStore, PathBuf) {
    let store = folder.store();
    now(store.save(&key(), &record("kept", LATE))).unwrap();
    (store, folder.record())
}

/// What failed, with the remedy, for whoever reads the log.
fn told(error: &StoreError) -> String {
    std::error::Error::source(error).unwrap().to_string()
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

/// Does `work` as a user who is not root and owns nothing here. Where the tests' user is no root, it
/// is that user who does it.
fn as_nobody<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    use rustix::process::{Uid, geteuid};
    let nobody = Uid::from_raw(65_534);
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            if geteuid().is_root() {
                // Of this thread alone, which ends with the work.
                rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
            }
            work()
        });
        thread.join().unwrap()
    })
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn opening_says_what_is_wrong_with_a_directory_and_the_remedy() {
    let folder = Folder::new();
    folder.store();
    let file = folder.0.join("file");
    fs::write(&file, "").unwrap();
    let refused = |path: &Path, kind: Kind, remedy: &str| {
        let error = FileStore::open(path).unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(told(&error).contains(remedy), "{error:?}");
        assert!(told(&error).contains(&*path.to_string_lossy()), "{error:?}");
    };
    refused(&file, Kind::Unavailable, "name a directory");
    refused(&file.join("below"), Kind::Unavailable, "name a directory");
    refused(Path::new(""), Kind::Other, "empty");
    for loose in [0o777, 0o1777, 0o720, 0o702] {
        chmod(&folder.0, loose);
        refused(&folder.0, Kind::Denied, "`chmod go-w`");
        assert_eq!(mode(&folder.0), loose, "it is not for us to change");
    }
    chmod(&folder.0, 0o755);
    folder.store();
}

#[test]
fn a_directory_that_is_read_only_or_another_user_s_is_refused_at_the_start() {
    let folder = Folder::new();
    folder.store();
    if is_root() {
        std::os::unix::fs::chown(&folder.0, Some(65_534), None).unwrap();
        let error = FileStore::open(&folder.0).unwrap_err();
        assert!(told(&error).contains("belongs to user 65534"), "{error:?}");
    }
    chmod(&folder.0, 0o500);
    let read_only = as_nobody(|| FileStore::open(&folder.0).unwrap_err());
    assert_eq!(read_only.kind(), Kind::Denied);
    assert!(told(&read_only).contains("let the user that runs this"), "{read_only:?}");
    let root_s = as_nobody(|| FileStore::open("/").unwrap_err());
    assert_eq!(root_s.kind(), Kind::Denied);
    assert!(told(&root_s).contains("belongs to user 0"), "{root_s:?}");
}

#[test]
fn a_store_that_becomes_read_only_costs_persistence_and_not_the_code() {
    let folder = Folder::new();
    let store = as_nobody(|| folder.store());
    chmod(&folder.0, 0o500);
    let held = as_nobody(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let cache = cache(&Scripted::default(), &Hand::default()).store(store.clone()).build();
        runtime.block_on(cache.lease()).unwrap();
        cache.peek().is_some()
    });
    assert!(held);
    let denied = as_nobody(|| now(store.save(&key(), &record("new", LATE))).unwrap_err());
    assert_eq!(denied.kind(), Kind::Denied, "{denied:?}");
    chmod(&folder.0, 0o700);
}

#[test]
fn a_record_of_another_user_is_neither_read_nor_replaced() {
    if !is_root() {
        // Nobody else can give a file away.
        return;
    }
    let folder = Folder::new();
    let (store, path) = kept(&folder);
    std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
    let before = fs::read(&path).unwrap();
    let errors = [
        now(store.load(&key())).unwrap_err(),
        now(store.save(&key(), &record("new", LATE).generation(2))).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), Kind::Denied);
        assert!(told(&error).contains("change the owner"), "{error:?}");
    }
    assert_eq!((fs::read(&path).unwrap(), folder.names().len()), (before, 1));
}

#[test]
fn what_others_could_read_is_closed_to_them_and_what_they_could_write_is_set_aside() {
    let folder = Folder::new();
    let (store, path) = kept(&folder);
    for readable in [0o644, 0o640, 0o604] {
        chmod(&path, readable);
        assert!(now(store.load(&key())).unwrap().is_some());
        assert_eq!(mode(&path), 0o600);
    }
    for writable in [0o620, 0o602, 0o666] {
        now(store.save(&key(), &record("kept", LATE))).unwrap();
        chmod(&path, writable);
        assert_eq!(now(store.load(&key())).unwrap_err().kind(), Kind::Corrupt);
        assert!(now(store.load(&key())).unwrap().is_none(), "reported once");
        let aside = folder.names().into_iter().find(|name| name.ends_with(".corrupt")).unwrap();
        assert_eq!(mode(&folder.0.join(aside)), 0o600);
    }
}

#[test]
fn strange_things_in_place_of_a_record_are_set_aside_and_nothing_hangs() {
    let elsewhere = Folder::new();
    let (_, outside) = kept(&elsewhere);
    let put: [(&str, Put<'_>); 8] = [
        ("a folder", &|path| fs::create_dir_all(path.join("full")).unwrap()),
        ("a pipe", &|path| {
            let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
            rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0)
                .unwrap();
        }),
        ("a socket", &|path| drop(UnixListener::bind(path).unwrap())),
        ("a link to a record", &|path| symlink(&outside, path).unwrap()),
        ("a link to nothing", &|path| symlink("/nowhere", path).unwrap()),
        ("a huge file", &|path| fs::File::create(path).unwrap().set_len(1 << 40).unwrap()),
        ("an empty file", &|path| fs::write(path, "").unwrap()),
        ("no text", &|path| fs::write(path, [0xff; 300]).unwrap()),
    ];
    let folder = Folder::new();
    let (store, path) = kept(&folder);
    for (what, put) in put {
        // Once met by a reader, once by a writer.
        for reads in [true, false] {
            fs::remove_file(&path).unwrap();
            put(&path);
            if reads {
                let error = now(store.load(&key())).expect_err(what);
                assert_eq!(error.kind(), Kind::Corrupt, "{what}");
                assert!(told(&error).contains("was set aside"), "{error:?}");
                assert!(now(store.load(&key())).unwrap().is_none(), "{what}");
            }
            now(store.save(&key(), &record("new", LATE))).expect(what);
            assert!(now(store.load(&key())).expect(what).is_some(), "{what}");
        }
    }
    assert!(outside.exists(), "what a link leads to is left alone");
}

#[test]
fn strange_things_in_place_of_a_lock_are_refused_with_the_remedy() {
    let folder = Folder::new();
    let (store, path) = kept(&folder);
    let lock = PathBuf::from(format!("{}.lock", path.display()));
    fs::create_dir(&lock).unwrap();
    let error = now(store.turn(&key())).unwrap_err();
    assert!(told(&error).contains("remove it"), "{error:?}");
    fs::remove_dir(&lock).unwrap();
    symlink(&path, &lock).unwrap();
    let error = now(store.turn(&key())).unwrap_err();
    assert!(told(&error).contains("remove it"), "{error:?}");
    fs::remove_file(&lock).unwrap();
    assert!(now(store.turn(&key())).unwrap().is_held());
}

#[test]
fn a_record_under_another_key_s_name_is_no_record() {
    let folder = Folder::new();
    let (store, path) = kept(&folder);
    let secret = AppSecret::new("another").unwrap().fingerprint();
    let other = SlotKey::new(key().origin().clone(), key().app_id().clone(), secret, key().kind());
    now(store.save(&other, &record("other", LATE))).unwrap();
    let names = folder.names();
    let other_path = names.iter().map(|name| folder.0.join(name)).find(|name| *name != path);
    fs::copy(&path, other_path.unwrap()).unwrap();
    assert_eq!(now(store.load(&other)).unwrap_err().kind(), Kind::Corrupt);
    assert!(now(store.load(&key())).unwrap().is_some());
}

#[test]
fn a_long_app_id_and_a_long_host_fit_into_a_name() {
    let (folder, host) = (Folder::new(), "label_1.".repeat(60));
    let origin: yzb_proto::Origin = format!("https://{host}example:8443").parse().unwrap();
    let app_id = AppId::new(&"A".repeat(128)).unwrap();
    let long = SlotKey::new(origin, app_id, key().secret(), key().kind());
    let store = folder.store();
    now(store.save(&long, &record("long", LATE))).unwrap();
    assert!(now(store.turn(&long)).unwrap().is_held());
    assert!(now(store.load(&long)).unwrap().is_some());
    fs::write(folder.record(), "").unwrap();
    assert_eq!(now(store.load(&long)).unwrap_err().kind(), Kind::Corrupt);
}

#[test]
fn a_record_that_could_not_be_read_back_is_not_kept() {
    let folder = Folder::new();
    let (store, _) = kept(&folder);
    assert!(
        now(store.save(&key().of_kind(yzb_cache::Kind::JsTicket), &record("x", LATE))).is_err()
    );
    assert!(now(store.save(&key(), &record("x", 5).generation(2))).is_err());
    assert!(now(store.save(&key(), &record("x", LATE).generation(u64::MAX))).is_err());
    let kept = now(store.load(&key())).unwrap().unwrap();
    assert_eq!(kept.code.fingerprint(), record("kept", LATE).code.fingerprint());
}

#[test]
fn opening_removes_what_killed_writers_left_and_nothing_else() {
    let folder = Folder::new();
    let (_, path) = kept(&folder);
    let dead = folder.0.join(".server-token.4711.0.tmp");
    let living = folder.0.join(".server-token.4711.1.tmp");
    let mine = folder.0.join("notes.tmp");
    for file in [&dead, &living, &mine] {
        fs::write(file, "half of a").unwrap();
    }
    let lock = fs::File::open(&living).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
    folder.store();
    assert!(!dead.exists() && living.exists() && mine.exists() && path.exists());
    // By name: a child that another test starts just now has it open too.
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::Unlock).unwrap();
    folder.store();
    assert!(!living.exists());
}

#[test]
fn a_save_that_is_dropped_leaves_no_file() {
    let folder = Folder::new();
    let (store, _) = kept(&folder);
    let lock = fs::File::open(folder.0.join(".lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let (key, record) = (key(), record("new", LATE).generation(2));
    let mut saving = Box::pin(store.save(&key, &record));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(saving.as_mut().poll(&mut context).is_pending());
    assert_eq!(folder.names().len(), 2, "the new one is written beside");
    drop(saving);
    assert_eq!(folder.names().len(), 1);
    let error = now(store.save(&key, &record)).unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout, "nothing waits for ever");
    assert!(now(store.turn(&key)).unwrap().is_taken(), "nobody issues beside a change");
}
