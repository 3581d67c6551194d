//! `yzb explain`: why a signature is what it is.

mod clients;
mod compare;
mod input;
mod shown;

use std::io::{Read, Write};
use std::process::ExitCode;

use serde_json::{Value, json};
use yzb::proto::{JsTicket, Lint, Lints, Nonce, PageUrl, UnixSeconds};

use crate::environment::Environment;
use crate::output::while_read;
use clients::Client;
use compare::Match;

pub(crate) use input::Arguments;

/// Another signature than the one that was given, or no page that could be signed.
const DIFFERENT: u8 = 1;

/// Explains, to `output`.
pub(crate) fn run(
    arguments: &Arguments,
    environment: &Environment,
    input: impl Read,
    mut output: impl Write,
) -> anyhow::Result<ExitCode> {
    let ticket = arguments.ticket(environment, input)?;
    let nonce = arguments.nonce.as_deref().map(Nonce::new).transpose()?;
    let rewritten = PageUrl::rewrite(&arguments.url)?;
    let parts = Parts { ticket, nonce, timestamp: arguments.timestamp.map(UnixSeconds::new) };
    let page = rewritten.page.as_str();
    let clients = Client::ALL.map(|client| (client, client.page(&arguments.url)));
    let signature = parts.sign(page);
    let matching = match (&arguments.signature, &signature) {
        (Some(given), Some(_)) => {
            Some(compare::find(given, &arguments.url, page, &clients, &parts))
        }
        (Some(_), None) => anyhow::bail!(
            "a signature is compared only with the ticket, the nonce and the timestamp it was made \
             with: --ticket-file (or YZB_JS_TICKET), --nonce, --timestamp"
        ),
        (None, _) => None,
    };
    let explained = Explained {
        page,
        lints: rewritten.lints,
        canonical: parts.canonical(page),
        clients: &clients,
        signature,
        matching,
    };
    let written = if arguments.json {
        writeln!(output, "{}", explained.json())
    } else {
        shown::print(&explained, &mut output)
    };
    while_read(written)?;
    let is_ours = explained.matching.as_ref().is_none_or(|found| *found == Match::Ours);
    Ok(if is_ours { ExitCode::SUCCESS } else { ExitCode::from(DIFFERENT) })
}

/// What is signed beside the page.
struct Parts<'a> {
    ticket: Option<JsTicket>,
    nonce: Option<Nonce<'a>>,
    timestamp: Option<UnixSeconds>,
}

/// Everything that is told.
struct Explained<'a> {
    page: &'a str,
    lints: Lints,
    /// What is hashed, with the ticket as its fingerprint.
    canonical: String,
    /// What each published client signs, if it can read the URL.
    clients: &'a [(Client, Option<String>)],
    signature: Option<String>,
    /// Whose signature it is that was given.
    matching: Option<Match>,
}

impl Parts<'_> {
    /// The string that is hashed, as far as it is known. The ticket is its fingerprint.
    fn canonical(&self, page: &str) -> String {
        let ticket = match &self.ticket {
            Some(ticket) => format!("#{}", ticket.fingerprint()),
            None => "…".to_owned(),
        };
        let nonce = self.nonce.as_ref().map_or("…", Nonce::as_str);
        let timestamp = self.timestamp.map_or("…".to_owned(), |time| time.as_secs().to_string());
        format!("js_ticket={ticket}&nonce_str={nonce}&timestamp={timestamp}&url={page}")
    }

    /// The signature of a page, if everything is there.
    fn sign(&self, page: &str) -> Option<String> {
        self.sign_at(page, self.timestamp?.as_secs())
    }

    /// The same at another time.
    fn sign_at(&self, page: &str, timestamp: u64) -> Option<String> {
        let (ticket, nonce) = (self.ticket.as_ref()?, self.nonce.as_ref()?);
        Some(compare::signature(ticket, nonce, timestamp, page))
    }
}

impl Explained<'_> {
    fn json(&self) -> Value {
        let lints: Vec<_> = self
            .lints
            .iter()
            .map(|lint| json!({ "lint": lint.name(), "meaning": lint.explanation() }))
            .collect();
        let clients: serde_json::Map<_, _> = self
            .clients
            .iter()
            .map(|(client, page)| {
                let same = page.as_deref() == Some(self.page);
                let shown = page.as_deref().map(shown::without_user);
                (client.name().to_owned(), json!({ "page": shown, "same": same }))
            })
            .collect();
        json!({
            "page": self.page,
            "canonical": self.canonical,
            "signature": self.signature,
            "lints": lints,
            "clients": clients,
            "is_of_this_page": self.matching.as_ref().map(|found| *found == Match::Ours),
            "matches": self.matching.as_ref().map(ToString::to_string),
        })
    }
}

/// Whether the clients may differ because of it: query and fragment are not signed.
const fn is_signed(lint: Lint) -> bool {
    !matches!(lint, Lint::QueryCharacter | Lint::FragmentCharacter)
}
