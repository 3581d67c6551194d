//! Whose signature it is that a page got.

use std::fmt;

use sha1::{Digest, Sha1};
use yzb::proto::{JsTicket, Nonce};

use super::Parts;
use super::clients::Client;

/// What a signature was found to be of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// Of this page.
    Ours,
    /// Of what a published client takes for the page.
    Client(Client),
    /// Of something that is near at hand and wrong.
    Mistake(&'static str),
    /// Of none of these.
    Nothing,
}

/// Looks for the signature among those of our page, the clients' pages and common mistakes.
pub(super) fn find(
    given: &str,
    url: &str,
    page: &str,
    clients: &[(Client, Option<String>)],
    parts: &Parts<'_>,
) -> Match {
    let is = |text: &str| parts.sign(text).is_some_and(|known| known == given);
    if is(page) {
        return Match::Ours;
    }
    let client = clients.iter().find(|(_, other)| other.as_deref().is_some_and(is));
    if let Some((client, _)) = client {
        return Match::Client(*client);
    }
    if parts.sign(page).is_some_and(|known| known.eq_ignore_ascii_case(given)) {
        return Match::Mistake("this page, in upper case: the platform wants lower case");
    }
    let without_fragment = url.split('#').next().unwrap_or_default();
    let found = [
        (is(url), "the URL as it stands: query, fragment and one last `/` are not signed"),
        (is(without_fragment), "the URL with its query, which is not signed"),
        (is(&format!("{page}/")), "this page with a `/` at its end, of which one is taken off"),
        (is(page.trim_end_matches('/')), "this page without any `/` at its end: only one goes"),
        (in_milliseconds(given, page, parts), "this page with the timestamp in milliseconds"),
    ];
    found.iter().find(|(is_it, _)| *is_it).map_or(Match::Nothing, |(_, what)| Match::Mistake(what))
}

fn in_milliseconds(given: &str, page: &str, parts: &Parts<'_>) -> bool {
    let timestamp = parts.timestamp.and_then(|time| time.as_secs().checked_mul(1000));
    let signature = timestamp.and_then(|timestamp| parts.sign_at(page, timestamp));
    signature.is_some_and(|known| known == given)
}

/// The signature over any text in the page's place. proto's signer takes pages only, and here are
/// texts that none should sign.
pub(super) fn signature(
    ticket: &JsTicket,
    nonce: &Nonce<'_>,
    timestamp: u64,
    page: &str,
) -> String {
    let mut hash = Sha1::new();
    hash.update("js_ticket=");
    hash.update(ticket.expose_secret());
    hash.update(format!("&nonce_str={}&timestamp={timestamp}&url={page}", nonce.as_str()));
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours => f.write_str("this page"),
            Self::Client(client) => {
                write!(f, "the page as the published {} client reads this URL", client.name())
            }
            Self::Mistake(what) => f.write_str(what),
            Self::Nothing => f.write_str(
                "nothing near: another page, ticket, nonce or timestamp, or a replaced ticket",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use yzb::proto::{PageUrl, Signer, UnixSeconds};

    use super::*;

    fn parts() -> Parts<'static> {
        Parts {
            ticket: JsTicket::new("a4dcdk").ok(),
            nonce: Nonce::new("1234").ok(),
            timestamp: Some(UnixSeconds::new(1654850924)),
        }
    }

    #[test]
    fn it_is_the_documented_signature() {
        let page = PageUrl::scan("https://yuanzhibang.com/a/b").unwrap();
        let signature = parts().sign(page.as_str()).unwrap();
        assert_eq!(signature, "a8cb02e00c2759372954bf5516d110066b911aa4");
        let signer = Signer::new(&JsTicket::new("a4dcdk").unwrap());
        let time = UnixSeconds::new(1654850924);
        let same = signer.sign(&Nonce::new("1234").unwrap(), time, &page);
        assert_eq!(signature, same.as_str());
    }

    #[test]
    fn a_wrong_signature_is_traced_to_its_mistake() {
        let url = "https://YuanZhiBang.com/a/b//?x#y";
        let page = "https://yuanzhibang.com/a/b/";
        let clients = Client::ALL.map(|client| (client, client.page(url)));
        let of = |text: &str| parts().sign(text).unwrap();
        for (given, wanted) in [
            (of(page), "this page"),
            (of("https://YuanZhiBang.com/a/b/"), "the published python client"),
            (of(url), "the URL as it stands"),
            (of("https://YuanZhiBang.com/a/b//?x"), "with its query"),
            (of("https://yuanzhibang.com/a/b//"), "with a `/` at its end"),
            (of("https://yuanzhibang.com/a/b"), "without any `/`"),
            (of(page).to_uppercase(), "in upper case"),
            (parts().sign_at(page, 1_654_850_924_000).unwrap(), "in milliseconds"),
            ("0".repeat(40), "nothing near"),
        ] {
            let found = find(&given, url, page, &clients, &parts()).to_string();
            assert!(found.contains(wanted), "{wanted}: {found}");
        }
    }
}
