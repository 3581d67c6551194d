//! Whether a page's signature is one the platform would accept, computed anew.
//!
//! `signature` is the lower-case hexadecimal SHA-1 of
//! `js_ticket={ticket}&nonce_str={nonce}&timestamp={unix seconds}&url={page}`, and the page is its
//! URL without query, fragment and one trailing slash. *Documented*, with this example:
//!
//! ticket `a4dcdk`, nonce `1234`, timestamp 1654850924, page `https://yuanzhibang.com/a/b` →
//! `a8cb02e00c2759372954bf5516d110066b911aa4`

use std::fmt;
use std::fmt::Write;

use sha1::{Digest, Sha1};

use crate::state::State;

/// What the platform makes of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[must_use]
pub enum Verdict {
    /// Signed with the app's current ticket.
    ByCurrentTicket,
    /// Signed with the ticket before, which still has some of its ten minutes.
    ByReplacedTicket,
    /// No app has this id.
    UnknownApp,
    /// The nonce is not 4 to 128 characters of `A-Z a-z 0-9 _ -`.
    NonceNotAllowed,
    /// The app has no ticket, or none that still works.
    NoLiveTicket,
    /// No ticket that works gives this signature for this nonce, moment and page.
    Mismatch,
}

impl Verdict {
    /// Whether the page would be let in.
    #[must_use]
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::ByCurrentTicket | Self::ByReplacedTicket)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ByCurrentTicket => "accepted: signed with the current ticket",
            Self::ByReplacedTicket => "accepted: signed with a replaced ticket in its grace",
            Self::UnknownApp => "refused: no app has this id",
            Self::NonceNotAllowed => "refused: the nonce is not 4 to 128 of A-Z a-z 0-9 _ -",
            Self::NoLiveTicket => "refused: the app has no ticket that works",
            Self::Mismatch => "refused: no working ticket gives this signature",
        })
    }
}

/// The parts of `core.config` that are signed, and the signature.
pub(crate) struct Signed<'a> {
    pub(crate) nonce: &'a str,
    pub(crate) timestamp: u64,
    pub(crate) url: &'a str,
    pub(crate) signature: &'a str,
}

pub(crate) fn verify(state: &State, now: u64, app_id: &str, signed: &Signed<'_>) -> Verdict {
    let Ok(app) = state.app(app_id) else { return Verdict::UnknownApp };
    if !allowed(signed.nonce) {
        return Verdict::NonceNotAllowed;
    }
    let mut verdict = Verdict::NoLiveTicket;
    for (ticket, replaced) in app.ticket.live(now) {
        if signature(ticket, signed) == signed.signature {
            return if replaced { Verdict::ByReplacedTicket } else { Verdict::ByCurrentTicket };
        }
        verdict = Verdict::Mismatch;
    }
    verdict
}

fn signature(ticket: &str, signed: &Signed<'_>) -> String {
    let Signed { nonce, timestamp, url, .. } = signed;
    let page = page(url);
    let text = format!("js_ticket={ticket}&nonce_str={nonce}&timestamp={timestamp}&url={page}");
    let mut hex = String::with_capacity(40);
    for byte in Sha1::digest(text.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// What the page's script does to `location.href`.
fn page(url: &str) -> &str {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let page = &url[..end];
    page.strip_suffix('/').unwrap_or(page)
}

fn allowed(nonce: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (4..=128).contains(&nonce.len()) && nonce.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_example() {
        for url in [
            "https://yuanzhibang.com/a/b/?x=1&v=x#12",
            "https://yuanzhibang.com/a/b/",
            "https://yuanzhibang.com/a/b",
        ] {
            let signed = Signed { nonce: "1234", timestamp: 1_654_850_924, url, signature: "" };
            assert_eq!(signature("a4dcdk", &signed), "a8cb02e00c2759372954bf5516d110066b911aa4");
        }
    }

    #[test]
    fn a_page_loses_query_fragment_and_one_slash() {
        for (url, expected) in [
            ("https://a.b", "https://a.b"),
            ("https://a.b/", "https://a.b"),
            ("https://a.b/x//", "https://a.b/x/"),
            ("https://a.b/x#f?q", "https://a.b/x"),
            ("https://a.b/x/#/route/", "https://a.b/x"),
            ("", ""),
        ] {
            assert_eq!(page(url), expected, "{url}");
        }
    }

    #[test]
    fn nonces_are_short_plain_words() {
        assert!(allowed("aZ0_-") && allowed(&"n".repeat(128)));
        assert!(
            !allowed("abc") && !allowed(&"n".repeat(129)) && !allowed("a&b=") && !allowed("é1é1")
        );
    }
}
