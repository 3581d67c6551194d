//! A hundred thousand callers at once.

use std::time::Duration;

use yzb_cache::{IssueError, LeaseErrorKind};

use crate::support::{Hand, Scripted, cache};

const HERD: usize = 100_000;

#[tokio::test(start_paused = true)]
async fn a_herd_on_an_absent_code_costs_one_issue() {
    let issuer = Scripted { takes: Duration::from_millis(50), ..Scripted::default() };
    let cache = cache(&issuer, &Hand::default()).build();
    let mut herd = tokio::task::JoinSet::new();
    for _ in 0..HERD {
        let cache = cache.clone();
        herd.spawn(async move { cache.lease().await.is_ok() });
    }
    assert!(herd.join_all().await.into_iter().all(|served| served));
    assert_eq!(issuer.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_herd_shares_the_error_of_one_attempt() {
    let issuer = Scripted { takes: Duration::from_millis(50), ..Scripted::default() };
    issuer.fail(Some(IssueError::later("away")));
    let cache = cache(&issuer, &Hand::default()).build();
    let mut herd = tokio::task::JoinSet::new();
    for _ in 0..HERD {
        let cache = cache.clone();
        herd.spawn(async move { cache.lease().await.unwrap_err() });
    }
    for error in herd.join_all().await {
        assert!(matches!(error.kind(), LeaseErrorKind::Issue(_)) && error.attempt() == 1);
    }
    assert_eq!(issuer.count(), 1);
}
