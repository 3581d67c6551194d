//! A signed page: what its script hands to `core.config`.

use std::fmt;

use serde::ser::{Serialize, Serializer};
use yzb_proto::{AppId, CoreConfig, Nonce, PageUrl, Signature, UnixSeconds};

/// A signed page. Serialised, it is what `core.config` wants: `app_id`, `timestamp` (a string),
/// `nonce_str`, `signature` and `url`; the list of methods is the page's business.
///
/// The platform accepts it until [`sure_until`](Self::sure_until) for sure, and perhaps longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPage<'a> {
    config: CoreConfig<'a>,
    sure_until: UnixSeconds,
}

impl<'a> SignedPage<'a> {
    /// The app.
    #[must_use]
    pub fn app_id(&self) -> &AppId {
        &self.config.app_id
    }

    /// When it was signed, in unix seconds.
    #[must_use]
    pub const fn timestamp(&self) -> UnixSeconds {
        self.config.timestamp
    }

    /// The nonce that it was signed with.
    #[must_use]
    pub const fn nonce(&self) -> &Nonce<'a> {
        &self.config.nonce
    }

    /// The signature.
    #[must_use]
    pub const fn signature(&self) -> Signature {
        self.config.signature
    }

    /// The page as it was signed: without query, fragment and one trailing slash.
    #[must_use]
    pub const fn url(&self) -> &PageUrl<'a> {
        &self.config.url
    }

    /// Until when the platform is sure to accept it, in unix seconds: the ticket's expiry, and at the
    /// latest ten minutes after the ticket was last known to be the current one. A page that is kept
    /// in a cache is signed again before that.
    #[must_use]
    pub const fn sure_until(&self) -> UnixSeconds {
        self.sure_until
    }

    /// As JSON, for the page's script.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.config.to_json()
    }

    /// The same, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> SignedPage<'static> {
        SignedPage { config: self.config.into_owned(), sure_until: self.sure_until }
    }

    pub(crate) const fn new(config: CoreConfig<'a>, sure_until: UnixSeconds) -> Self {
        Self { config, sure_until }
    }
}

impl Serialize for SignedPage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.config.serialize(serializer)
    }
}

impl fmt::Display for SignedPage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}
