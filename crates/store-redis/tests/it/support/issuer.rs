//! An issuer that counts, and caches with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use yzb_cache::{Attempt, Builder, IssueError, Issued, Issuer, Policy, SlotKey, TokenCache};
use yzb_proto::{Lifetime, ServerAccessToken};

use super::codes::key;

/// Issues `code-1`, `code-2` and so on.
#[derive(Clone, Default)]
pub(crate) struct Counting {
    count: Arc<AtomicU64>,
    takes: Duration,
    fails: Arc<AtomicBool>,
}

impl Counting {
    /// Each issue takes so long.
    pub(crate) fn taking(takes: Duration) -> Self {
        Self { takes, ..Self::default() }
    }

    /// Whether the platform is away from now on.
    pub(crate) fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }

    /// The next code has the number behind this.
    pub(crate) fn begin_at(&self, number: u64) {
        self.count.store(number, Ordering::SeqCst);
    }

    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// A cache with a short memory: it looks into the store about every fifth of a second.
    pub(crate) fn cache(&self) -> Builder<Self> {
        self.cache_of(key())
    }

    /// The same for this slot.
    pub(crate) fn cache_of(&self, key: SlotKey) -> Builder<Self> {
        TokenCache::builder(key, self.clone()).policy(policy().build().unwrap())
    }
}

pub(crate) fn policy() -> yzb_cache::PolicyBuilder {
    Policy::builder()
        .reread_every(Duration::from_millis(200))
        // On a machine that has too much to do, nobody is to go alone.
        .store_timeout(Duration::from_secs(30))
        .retry_pauses(Duration::from_millis(100), Duration::from_millis(200))
}

impl Issuer for Counting {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::time::sleep(self.takes).await;
        if self.fails.load(Ordering::SeqCst) {
            return Err(IssueError::later("the platform is away"));
        }
        let token = ServerAccessToken::new(&format!("code-{number}")).unwrap();
        Ok(Issued::new(token, Lifetime::DOCUMENTED))
    }
}
