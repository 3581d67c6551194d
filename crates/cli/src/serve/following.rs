//! Renewals that are under way when their app goes: they may have an effect at the platform, so they are
//! brought to their end.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use yzb::cache::Issuer;
use yzb::{App, SharedStore, TokenCache};

use super::DEADLINE;

/// How often it is looked whether a renewal has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Goes on with the renewal of a code that is under way, if one is.
pub(super) fn follow<I: Issuer + 'static>(
    cache: &TokenCache<I, SharedStore>,
    begun: &mpsc::Sender<()>,
) -> Option<JoinHandle<()>> {
    if cache.next_deadline().is_some() {
        return None;
    }
    let (cache, begun) = (cache.clone(), begun.clone());
    Some(tokio::spawn(async move {
        let keeping = cache.keep_fresh();
        let settled = async {
            drop(begun);
            while cache.next_deadline().is_none() {
                sleep(LOOK).await;
            }
        };
        tokio::select! {
            biased;
            _ = keeping => {}
            () = settled => {}
        }
    }))
}

/// Goes on with what is under way for an app that is served no more, and gives it up after the deadline.
pub(super) fn let_end(app: &App) -> Vec<JoinHandle<()>> {
    let (begun, _) = mpsc::channel(1);
    let under_way = [follow(app.server_tokens(), &begun), follow(app.tickets(), &begun)];
    let in_time = |mut task: JoinHandle<()>| {
        tokio::spawn(async move {
            if timeout(DEADLINE, &mut task).await.is_err() {
                task.abort();
            }
        })
    };
    under_way.into_iter().flatten().map(in_time).collect()
}
