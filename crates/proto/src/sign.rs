//! The JavaScript signature, and the whole payload that `core.config` takes.
//!
//! `signature` is the lower-case hexadecimal SHA-1 of
//! `js_ticket={ticket}&nonce_str={nonce}&timestamp={unix seconds}&url={page}`: UTF-8, in this
//! order, raw values (documented, with the vector below).

use core::fmt;
use core::ops::RangeInclusive;
use std::borrow::Cow;

use serde::ser::{Serialize, SerializeStruct, Serializer};
use sha1::{Digest, Sha1};

use crate::value::{Shape, not_word};
use crate::{AppId, InvalidValue, JsTicket, PageUrl, UnixSeconds};

/// Signs pages with one ticket.
///
/// The hash of what depends on the ticket alone is computed once, so keep one for as long as the
/// ticket is current. Signing allocates nothing.
///
/// ```
/// use yzb_proto::{JsTicket, Nonce, PageUrl, Signer, UnixSeconds};
/// let signer = Signer::new(&JsTicket::new("a4dcdk")?);
/// let page = PageUrl::scan("https://yuanzhibang.com/a/b/?x=1&v=x#12")?;
/// let signature = signer.sign(&Nonce::new("1234")?, UnixSeconds::new(1654850924), &page);
/// assert_eq!(signature.as_str(), "a8cb02e00c2759372954bf5516d110066b911aa4");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    begun: Sha1,
}

/// 4 to 128 of `A-Z a-z 0-9 _ -`: the `nonce_str` of a signature.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Nonce<'a>(Cow<'a, str>);

/// A signature: 40 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; 40]);

/// What a page's `core.config` wants: everything but `js_api_list`, which is the page's business.
///
/// Serialised, it has the fields `app_id`, `timestamp` (a string, as every published client hands
/// it over), `nonce_str`, `signature` and `url`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoreConfig<'a> {
    /// The app.
    pub app_id: Cow<'a, AppId>,
    /// When it was signed: a moment of ten digits.
    pub timestamp: UnixSeconds,
    /// The nonce it was signed with.
    pub nonce: Nonce<'a>,
    /// The signature.
    pub signature: Signature,
    /// The page that was signed.
    pub url: PageUrl<'a>,
}

impl Signer {
    /// Begins the hash with the ticket.
    #[must_use]
    pub fn new(ticket: &JsTicket) -> Self {
        let mut begun = Sha1::new();
        begun.update(b"js_ticket=");
        begun.update(ticket.expose_secret());
        begun.update(b"&nonce_str=");
        Self { begun }
    }

    /// Signs a page, at whatever time it is told.
    #[must_use]
    pub fn sign(&self, nonce: &Nonce<'_>, timestamp: UnixSeconds, page: &PageUrl<'_>) -> Signature {
        let mut hash = self.begun.clone();
        hash.update(nonce.as_str());
        hash.update(b"&timestamp=");
        hash.update(itoa::Buffer::new().format(timestamp.as_secs()));
        hash.update(b"&url=");
        hash.update(page.as_str());
        Signature::of(hash.finalize().into())
    }

    /// Signs a page and puts together what its `core.config` wants.
    ///
    /// # Errors
    ///
    /// The timestamp does not have ten digits: it is no moment, or one in milliseconds.
    pub fn core_config<'a>(
        &self,
        app_id: &'a AppId,
        nonce: Nonce<'a>,
        timestamp: UnixSeconds,
        page: PageUrl<'a>,
    ) -> Result<CoreConfig<'a>, InvalidValue> {
        const TEN_DIGITS: RangeInclusive<u64> = 1_000_000_000..=9_999_999_999;
        if !TEN_DIGITS.contains(&timestamp.as_secs()) {
            return Err(InvalidValue::out_of_range("timestamp", TEN_DIGITS));
        }
        let signature = self.sign(&nonce, timestamp, &page);
        Ok(CoreConfig { app_id: Cow::Borrowed(app_id), timestamp, nonce, signature, url: page })
    }
}

impl<'a> Nonce<'a> {
    const SHAPE: Shape = Shape {
        what: "nonce",
        length: 4..=128,
        forbidden: not_word,
        allowed: "letters, digits, `_` and `-`",
    };

    /// Takes a nonce that somebody else made.
    ///
    /// # Errors
    ///
    /// It is shorter or longer than the platform takes, or has another character.
    pub fn new(text: &'a str) -> Result<Self, InvalidValue> {
        Self::SHAPE.check(text)?;
        Ok(Self(Cow::Borrowed(text)))
    }

    /// Makes a nonce of 32 hexadecimal digits from bytes that the caller drew at random.
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Nonce<'static> {
        let mut digits = String::with_capacity(32);
        digits.extend(bytes.iter().flat_map(|&byte| hex(byte)).map(char::from));
        Nonce(Cow::Owned(digits))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Nonce<'static> {
        Nonce(Cow::Owned(self.0.into_owned()))
    }
}

impl Signature {
    fn of(digest: [u8; 20]) -> Self {
        let mut digits = [0; 40];
        for (pair, &byte) in digits.chunks_exact_mut(2).zip(&digest) {
            pair.copy_from_slice(&hex(byte));
        }
        Self(digits)
    }

    /// The 40 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Hexadecimal digits are always UTF-8.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

const fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]
}

impl CoreConfig<'_> {
    /// The same, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> CoreConfig<'static> {
        CoreConfig {
            app_id: Cow::Owned(self.app_id.into_owned()),
            timestamp: self.timestamp,
            nonce: self.nonce.into_owned(),
            signature: self.signature,
            url: self.url.into_owned(),
        }
    }

    /// The payload as JSON, for a page's script.
    #[must_use]
    pub fn to_json(&self) -> String {
        // The names, the digits and the punctuation come to less than 160 bytes.
        let known =
            self.app_id.as_str().len() + self.nonce.as_str().len() + self.url.as_str().len();
        let mut json = Vec::with_capacity(160 + known);
        // Five strings: there is nothing in them that could fail to be written.
        match serde_json::to_writer(&mut json, self) {
            Ok(()) => String::from_utf8(json).unwrap_or_default(),
            Err(_) => String::new(),
        }
    }
}

impl Serialize for CoreConfig<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut payload = serializer.serialize_struct("CoreConfig", 5)?;
        payload.serialize_field("app_id", self.app_id.as_str())?;
        let mut digits = itoa::Buffer::new();
        payload.serialize_field("timestamp", digits.format(self.timestamp.as_secs()))?;
        payload.serialize_field("nonce_str", self.nonce.as_str())?;
        payload.serialize_field("signature", self.signature.as_str())?;
        payload.serialize_field("url", self.url.as_str())?;
        payload.end()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_what_every_client_generates() {
        for bad in ["", "123", "a b c", "a=b&c", "猿猿猿猿", &"n".repeat(129)] {
            assert!(Nonce::new(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Nonce::from_random([0, 1, 0x7f, 0x80, 0xff, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
                .as_str(),
            "00017f80ff05060708090a0b0c0d0e0f"
        );
    }

    #[test]
    fn the_payload_is_what_core_config_wants() {
        let app_id = AppId::new("100027").unwrap();
        let signer = Signer::new(&JsTicket::new("a4dcdk").unwrap());
        let page = PageUrl::scan("https://yuanzhibang.com/a/b/?x=1&v=x#12").unwrap();
        let nonce = Nonce::new("1234").unwrap();
        let config =
            signer.core_config(&app_id, nonce, UnixSeconds::new(1_654_850_924), page).unwrap();
        let config = config.into_owned();
        assert_eq!(
            config.to_json(),
            r#"{"app_id":"100027","timestamp":"1654850924","nonce_str":"1234","signature":"a8cb02e00c2759372954bf5516d110066b911aa4","url":"https://yuanzhibang.com/a/b"}"#
        );
    }

    #[test]
    fn a_payload_in_milliseconds_is_refused() {
        let app_id = AppId::new("100027").unwrap();
        let signer = Signer::new(&JsTicket::new("a4dcdk").unwrap());
        for seconds in [0, 999_999_999, 10_000_000_000, 1_654_850_924_000, u64::MAX] {
            let page = PageUrl::scan("https://yuanzhibang.com/").unwrap();
            let nonce = Nonce::new("1234").unwrap();
            let refused = signer.core_config(&app_id, nonce, UnixSeconds::new(seconds), page);
            assert!(refused.unwrap_err().to_string().contains("the timestamp is not from"));
        }
    }

    #[test]
    fn debug_does_not_show_the_ticket() {
        let signer = Signer::new(&JsTicket::new("planted").unwrap());
        assert_eq!(format!("{signer:?}"), "Signer(…)");
    }
}
