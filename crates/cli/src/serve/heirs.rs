//! A store in which codes outlive a change of what they are kept under.
//!
//! Codes are kept apart by platform, app and fingerprint of the secret. So after a change of the
//! secret, or of the store itself, there would be nothing, and each app would issue at once and
//! with that end a code that everybody still uses. Instead the new place inherits what the old one
//! held.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use yzb::cache::{Issuer, Token};
use yzb::{
    App, Code, SharedStore, SlotKey, Store, StoreError, Stored, TokenCache, Turn, UnixSeconds,
};

use super::DEADLINE;

/// A store that inherits. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Heirs {
    inner: SharedStore,
    wills: Arc<Mutex<HashMap<SlotKey, Will>>>,
}

/// What is left to a key.
#[derive(Clone)]
struct Will {
    /// Under which key it was kept.
    of: SlotKey,
    /// What holds it in memory, until something is in the store.
    from: Option<Arc<dyn Holder>>,
    /// Until when a renewal that was under way is waited for.
    patience: Instant,
}

/// What held a code before.
trait Holder: Send + Sync {
    fn held(&self) -> Option<Stored>;

    /// Whether it is just asking for another.
    fn is_asking(&self) -> bool;
}

struct Before<I: Issuer> {
    cache: TokenCache<I, SharedStore>,
    code: fn(I::Token) -> Code,
}

impl Heirs {
    pub(crate) fn new(inner: SharedStore) -> Self {
        Self { inner, wills: Arc::default() }
    }

    /// Leaves the codes of one app to another, which is not asked for anything before.
    pub(crate) fn bequeath(&self, from: &App, to: [SlotKey; 2]) {
        let [token, ticket] = to;
        let mut wills = self.wills();
        wills.insert(token, Will::of(from.server_tokens(), Code::ServerToken));
        wills.insert(ticket, Will::of(from.tickets(), Code::JsTicket));
    }

    /// An app is gone.
    pub(crate) fn forget(&self, keys: [SlotKey; 2]) {
        let mut wills = self.wills();
        for key in keys {
            wills.remove(&key);
        }
    }

    fn will(&self, key: &SlotKey) -> Option<Will> {
        self.wills().get(key).cloned()
    }

    fn wills(&self) -> MutexGuard<'_, HashMap<SlotKey, Will>> {
        self.wills.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Will {
    fn of<I: Issuer + 'static>(
        cache: &TokenCache<I, SharedStore>,
        code: fn(I::Token) -> Code,
    ) -> Self
    where
        I::Token: Token,
    {
        let of = cache.key().clone();
        let from = Some(Arc::new(Before { cache: cache.clone(), code }) as Arc<dyn Holder>);
        Self { of, from, patience: Instant::now() + DEADLINE }
    }

    fn held(&self) -> Option<Stored> {
        self.from.as_ref()?.held()
    }

    fn is_asking(&self) -> bool {
        self.from.as_ref().is_some_and(|from| from.is_asking()) && Instant::now() < self.patience
    }
}

impl<I: Issuer> Holder for Before<I>
where
    I::Token: Token,
{
    fn held(&self) -> Option<Stored> {
        let lease = self.cache.peek()?;
        let record = Stored::new((self.code)(lease.token().clone()), lease.expires_at());
        Some(record.issued_at(lease.issued_at()).generation(lease.generation()))
    }

    fn is_asking(&self) -> bool {
        self.cache.next_deadline().is_none()
    }
}

impl Store for Heirs {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        let found = self.inner.load(key).await;
        if matches!(found, Ok(Some(_))) {
            return found;
        }
        let Some(will) = self.will(key) else { return found };
        if will.of != *key
            && let Ok(Some(record)) = self.inner.load(&will.of).await
        {
            return Ok(Some(record));
        }
        match will.held() {
            Some(record) => {
                // Into another store, where nobody has it yet.
                if will.of == *key && found.is_ok() {
                    let _ = self.inner.save(key, &record).await;
                }
                Ok(Some(record))
            }
            None => found,
        }
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        if let Some(will) = self.will(key).filter(|will| will.of != *key) {
            // The published readers look at the old fleet's record until it is over.
            let _ = self.inner.save(&will.of, record).await;
        }
        let saved = self.inner.save(key, record).await;
        if saved.is_ok()
            && let Some(will) = self.wills().get_mut(key)
        {
            will.from = None;
        }
        saved
    }

    /// Nobody has it while the predecessor asks: of two codes one would be dead, and nobody knows which.
    async fn turn(&self, key: &SlotKey) -> Result<Turn, StoreError> {
        if self.will(key).is_some_and(|will| will.is_asking()) {
            return Ok(Turn::taken());
        }
        self.inner.turn(key).await
    }

    async fn extend_turn(&self, key: &SlotKey, turn: &Turn) -> Result<bool, StoreError> {
        self.inner.extend_turn(key, turn).await
    }

    async fn end_turn(&self, key: &SlotKey, turn: Turn) -> Result<(), StoreError> {
        self.inner.end_turn(key, turn).await
    }

    fn abandon_turn(&self, turn: Turn) {
        self.inner.abandon_turn(turn);
    }

    async fn time(&self) -> Result<Option<UnixSeconds>, StoreError> {
        self.inner.time().await
    }

    fn is_shared(&self) -> bool {
        self.inner.is_shared()
    }

    fn is_optional(&self) -> bool {
        self.inner.is_optional()
    }
}

impl fmt::Debug for Heirs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heirs").field("wills", &self.wills().len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use yzb::{AppId, AppSecret, Kind, Origin};

    use super::*;

    /// Notes what it is asked, and answers as no default does.
    #[derive(Clone, Default)]
    struct Asked(Arc<Mutex<Vec<&'static str>>>);

    impl Asked {
        fn note(&self, what: &'static str) {
            self.0.lock().unwrap().push(what);
        }
    }

    impl Store for Asked {
        async fn load(&self, _: &SlotKey) -> Result<Option<Stored>, StoreError> {
            self.note("load");
            Ok(None)
        }

        async fn save(&self, _: &SlotKey, _: &Stored) -> Result<(), StoreError> {
            self.note("save");
            Ok(())
        }

        async fn turn(&self, _: &SlotKey) -> Result<Turn, StoreError> {
            self.note("turn");
            Ok(Turn::held("mine"))
        }

        async fn extend_turn(&self, _: &SlotKey, turn: &Turn) -> Result<bool, StoreError> {
            self.note("extend_turn");
            Ok(turn.guard() == Some(&"mine"))
        }

        async fn end_turn(&self, _: &SlotKey, turn: Turn) -> Result<(), StoreError> {
            self.note("end_turn");
            assert_eq!(turn.into_guard(), Some("mine"));
            Ok(())
        }

        fn abandon_turn(&self, turn: Turn) {
            self.note("abandon_turn");
            assert_eq!(turn.into_guard(), Some("mine"));
        }

        async fn time(&self) -> Result<Option<UnixSeconds>, StoreError> {
            self.note("time");
            Ok(Some(UnixSeconds::new(7)))
        }

        fn is_shared(&self) -> bool {
            false
        }

        fn is_optional(&self) -> bool {
            true
        }
    }

    #[tokio::test]
    async fn whatever_a_store_is_asked_the_one_behind_is_asked_too() {
        let asked = Asked::default();
        let heirs = Heirs::new(SharedStore::new(asked.clone()));
        let secret = AppSecret::new("planted").unwrap().fingerprint();
        let app_id = AppId::new("100027").unwrap();
        let key = SlotKey::new(Origin::production(), app_id, secret, Kind::ServerToken);
        let turn = heirs.turn(&key).await.unwrap();
        // A platform that is slow must not let somebody else have the turn meanwhile.
        assert!(heirs.extend_turn(&key, &turn).await.unwrap());
        heirs.end_turn(&key, turn).await.unwrap();
        heirs.abandon_turn(heirs.turn(&key).await.unwrap());
        assert_eq!(heirs.time().await.unwrap(), Some(UnixSeconds::new(7)));
        assert!(heirs.load(&key).await.unwrap().is_none());
        assert!(!heirs.is_shared() && heirs.is_optional());
        let told = asked.0.lock().unwrap().clone();
        assert_eq!(
            told,
            ["turn", "extend_turn", "end_turn", "turn", "abandon_turn", "time", "load"]
        );
    }
}
