//! One process of the fleet: the facade, with a thousand apps that somebody keeps fresh.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use cpu_time::ProcessTime;
use tokio::runtime::Builder;
use tokio::sync::Notify;
use yzb::{AppId, AppSecret, Apps, Event, Kind, Observer, SlotKey, Store as _};
use yzb_store_redis::RedisStore;

use crate::child::{answer, told};
use crate::{AT_ONCE, SECRET, app_id};

/// Says that it is ready; when told to begin, gets both codes of every app, however; and says how many
/// CPU milliseconds that took, and how often something failed meanwhile.
pub(crate) fn serve(origin: &str, redis: &str, apps: usize) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let store = RedisStore::open(redis)?;
    let progress = Arc::new(Progress { wanted: apps * 2, ..Progress::default() });
    let observer = Seen(Arc::clone(&progress));
    let registry = Apps::builder().origin(origin.parse()?).store(store.clone()).observer(observer);
    let registry = registry.build()?;
    let secret = AppSecret::new(SECRET)?;
    // As the floor, it begins with a connection to Redis.
    let nobody = registry.app(&AppId::new("1")?, &secret).server_tokens().key().clone();
    runtime.block_on(store.load(&nobody))?;
    registry.remove(&AppId::new("1")?, &secret);
    answer("ready")?;
    told()?.context("nothing to do")?;
    let before = ProcessTime::now();
    runtime.block_on(async {
        for number in 0..apps {
            let _ = registry.app(&AppId::new(&app_id(number))?, &secret);
        }
        let keeper = tokio::spawn(registry.keep_fresh(AT_ONCE));
        progress.done.notified().await;
        let cpu = before.elapsed().as_secs_f64() * 1000.0;
        answer(&format!("{cpu} {}", progress.failures.load(Ordering::Relaxed)))?;
        // Whoever measures what comes later leaves it running.
        tokio::task::spawn_blocking(told).await??;
        keeper.abort();
        anyhow::Ok(())
    })
}

/// Which codes are at hand.
#[derive(Default)]
struct Progress {
    wanted: usize,
    failures: AtomicU32,
    seen: Mutex<HashSet<(String, Kind)>>,
    done: Notify,
}

struct Seen(Arc<Progress>);

impl Observer for Seen {
    fn observe(&self, key: &SlotKey, event: &Event) {
        match event {
            Event::Issued { .. } | Event::Adopted { .. } => {}
            Event::StoreFailed { .. } | Event::Failed { .. } | Event::WithoutStore { .. } => {
                eprintln!("{event:?}");
                self.0.failures.fetch_add(1, Ordering::Relaxed);
                return;
            }
            _ => return,
        }
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert((key.app_id().as_str().to_owned(), key.kind()));
        if seen.len() == self.0.wanted {
            self.0.done.notify_one();
        }
    }
}
