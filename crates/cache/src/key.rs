//! Whose code, and of which kind: what keeps apps apart.

use core::hash::{Hash, Hasher};
use std::sync::Arc;

use yzb_proto::{AppId, Fingerprint, Origin};

use crate::Kind;

/// The name of one slot: two apps, two secrets, two platforms or two kinds never share one.
///
/// It holds no secret: of the app's secret it has the fingerprint, so that a changed secret is
/// another slot.
///
/// ```
/// use yzb_cache::{Kind, SlotKey};
/// use yzb_proto::{AppId, AppSecret, Origin};
/// let (app_id, secret) = (AppId::new("100027")?, AppSecret::new("from-the-console")?);
/// let key = SlotKey::new(Origin::production(), app_id, secret.fingerprint(), Kind::ServerToken);
/// assert!(!format!("{key:?}").contains("from-the-console"));
/// # Ok::<(), yzb_proto::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotKey {
    /// Shared: a program has many apps and few platforms.
    origin: Arc<Origin>,
    app_id: AppId,
    secret: Fingerprint,
    kind: Kind,
}

impl SlotKey {
    /// The slot of this kind for this app, with this secret, at this platform. Whoever has many apps
    /// hands in one `Arc` for all.
    #[must_use]
    pub fn new(
        origin: impl Into<Arc<Origin>>,
        app_id: AppId,
        secret: Fingerprint,
        kind: Kind,
    ) -> Self {
        Self { origin: origin.into(), app_id, secret, kind }
    }

    /// The same app's slot of another kind.
    #[must_use]
    pub fn of_kind(&self, kind: Kind) -> Self {
        Self { kind, ..self.clone() }
    }

    /// The same key, which shares its origin with others.
    #[cfg(feature = "tokio")]
    pub(crate) fn sharing(&self, origins: &mut Vec<Arc<Origin>>) -> Self {
        let known = origins.iter().find(|origin| **origin == self.origin).cloned();
        let origin = known.unwrap_or_else(|| {
            // A program has a few platforms. Should it have many, they are not looked through.
            if origins.len() < 16 {
                origins.push(Arc::clone(&self.origin));
            }
            Arc::clone(&self.origin)
        });
        Self { origin, ..self.clone() }
    }

    /// The platform.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The app.
    #[must_use]
    pub const fn app_id(&self) -> &AppId {
        &self.app_id
    }

    /// The fingerprint of the app's secret.
    #[must_use]
    pub const fn secret(&self) -> Fingerprint {
        self.secret
    }

    /// The kind of code.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }
}

impl Hash for SlotKey {
    /// Without the origin, which costs more to hash than all the rest and tells few keys apart.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.app_id.as_str().as_bytes());
        state.write(&self.secret.to_bytes());
        state.write_u8(self.kind as u8);
    }
}
