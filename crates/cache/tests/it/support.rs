//! A clock that is set by hand, and an issuer that does as it is told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use yzb_cache::{
    Attempt, Builder, Clock, Code, IssueError, Issued, Issuer, Kind, Monotonic, Now, SlotKey,
    Stored, TokenCache,
};
use yzb_proto::{AppId, AppSecret, Lifetime, Origin, ServerAccessToken, UnixSeconds};

pub(crate) const SECRET: &str = "planted-app-secret";
pub(crate) const CODE: &str = "planted-code";

/// Seconds by both clocks.
#[derive(Clone, Default)]
pub(crate) struct Hand(Arc<AtomicU64>);

impl Hand {
    pub(crate) fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Now {
        let seconds = self.0.load(Ordering::SeqCst);
        Now::new(UnixSeconds::new(1_700_000_000 + seconds), Monotonic::from_millis(seconds * 1000))
    }
}

/// Issues after some time, or fails; counts how often.
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    pub(crate) issues: Arc<AtomicU64>,
    pub(crate) fails: Arc<Mutex<Option<IssueError>>>,
    pub(crate) takes: Duration,
}

impl Issuer for Scripted {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        let number = self.issues.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.takes).await;
        if let Some(error) = self.fails.lock().unwrap().clone() {
            return Err(error);
        }
        let token = ServerAccessToken::new(&format!("{CODE}-{number}")).unwrap();
        Ok(Issued::new(token, Lifetime::DOCUMENTED))
    }
}

impl Scripted {
    pub(crate) fn count(&self) -> u64 {
        self.issues.load(Ordering::SeqCst)
    }

    pub(crate) fn fail(&self, error: Option<IssueError>) {
        *self.fails.lock().unwrap() = error;
    }
}

pub(crate) fn key() -> SlotKey {
    let secret = AppSecret::new(SECRET).unwrap();
    let app_id = AppId::new("100027").unwrap();
    SlotKey::new(Origin::production(), app_id, secret.fingerprint(), Kind::ServerToken)
}

pub(crate) fn cache(issuer: &Scripted, clock: &Hand) -> Builder<Scripted> {
    TokenCache::builder(key(), issuer.clone()).clock(clock.clone()).random(|| 0.5)
}

/// A server token that expires at this moment, in unix seconds.
pub(crate) fn record(code: &str, expires_at: u64) -> Stored {
    let code = Code::ServerToken(ServerAccessToken::new(code).unwrap());
    Stored::new(code, UnixSeconds::new(expires_at)).generation(1)
}

/// What it comes to, of what waits for nothing that a runtime would have to tell it.
pub(crate) fn now<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}
