//! A cache over files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use yzb_cache::{Store, StoreErrorKind};

use crate::folder::Folder;
use crate::support::{CODE, Hand, SECRET, Scripted, cache, key};

#[tokio::test(start_paused = true)]
async fn caches_over_one_directory_share_one_issue() {
    let (folder, clock) = (Folder::new(), Hand::default());
    let issuer = Scripted { takes: Duration::from_secs(3), ..Scripted::default() };
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..20 {
        // As processes would: each has a cache and a store of its own.
        let cache = cache(&issuer, &clock).store(folder.store()).build();
        all.spawn(async move { cache.lease().await.unwrap().fingerprint() });
    }
    let codes = all.join_all().await;
    assert!(codes.iter().all(|code| *code == codes[0]));
    assert_eq!(issuer.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn files_are_for_their_owner_and_their_names_hold_no_secret() {
    let (folder, issuer) = (Folder::new(), Scripted::default());
    cache(&issuer, &Hand::default()).store(folder.store()).build().lease().await.unwrap();
    assert_eq!(fs::metadata(&folder.0).unwrap().permissions().mode() & 0o777, 0o700);
    for file in folder.files() {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        let name = file.display().to_string();
        assert!(!name.contains(SECRET) && !name.contains(CODE), "{name}");
    }
    let count = folder.files().len();
    assert_eq!(count, 3, "the record, its turn and the directory's lock: nothing temporary");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_set_aside_and_replaced() {
    let (folder, issuer, clock) = (Folder::new(), Scripted::default(), Hand::default());
    cache(&issuer, &clock).store(folder.store()).build().lease().await.unwrap();
    let record = folder.record();
    let whole = fs::read(&record).unwrap();
    for length in 0..whole.len() {
        fs::write(&record, &whole[..length]).unwrap();
        let loaded = folder.store().load(&key()).await;
        // Without the last line feed it is whole.
        if length + 1 < whole.len() {
            assert_eq!(loaded.unwrap_err().kind(), StoreErrorKind::Corrupt, "{length}");
        }
    }
    fs::write(&record, b"\0\xff").unwrap();
    clock.set(60);
    cache(&issuer, &clock).store(folder.store()).build().lease().await.unwrap();
    assert_eq!(issuer.count(), 2);
    assert!(folder.store().load(&key()).await.unwrap().is_some());
    assert!(folder.files().iter().any(|file| file.display().to_string().ends_with(".corrupt")));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_gone_costs_persistence_and_not_the_code() {
    let (folder, issuer) = (Folder::new(), Scripted::default());
    let cache = cache(&issuer, &Hand::default()).store(folder.store()).build();
    fs::remove_dir_all(&folder.0).unwrap();
    cache.lease().await.unwrap();
    assert!(cache.peek().is_some());
}
