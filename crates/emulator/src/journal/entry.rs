//! One line of the journal.

use std::fmt;
use std::net::IpAddr;

use serde::Serialize;

use super::{Held, KEPT, Known, mask};
use crate::call::Call;
use crate::fault::FaultKind;
use crate::quirk::Quirks;
use crate::rule::Rule;

/// One request and what was decided, fit to be shown to anybody: secrets, tokens, tickets and codes
/// are fingerprints (`~` and eight hexadecimal digits, the same for the same value), control
/// characters are escaped, and what is long is cut.
///
/// That holds wherever a client puts them: whatever is or contains a secret or a planted code of
/// the world, or 32 hexadecimal digits in a row, as all that is issued does, is a fingerprint too.
/// So is a method that HTTP does not know, a choice that the platform does not know, and each
/// segment of a path that is longer than 32 bytes.
///
/// Displayed it is one line. Serialized, its rule is the one-line text and its explanation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// Counts the requests from 1.
    pub number: u64,
    /// The platform's moment, in unix seconds.
    pub at: u64,
    /// Where it came from, if over a socket.
    pub source: Option<IpAddr>,
    /// The method; empty if there was no request to speak of ([`Rule::NotHttp`]).
    pub method: String,
    /// The target as the client spelled it.
    pub target: String,
    /// The header lines; names in lower case. Beyond 4 KiB they are not kept.
    pub headers: Vec<(String, String)>,
    /// The body as the client spelled it, as far as it is a form. At most 4 KiB.
    pub body: String,
    /// The length of the whole body, in bytes.
    pub body_length: usize,
    /// Which of the ten calls it was taken for.
    pub call: Option<Call>,
    /// By which rule it was decided.
    #[serde(serialize_with = "rule_as_text")]
    pub rule: Rule,
    /// The rule in a sentence.
    pub because: &'static str,
    /// The envelope's status, before any quirk of it; `None` for a page without an envelope.
    pub status: Option<u16>,
    /// The HTTP status that was sent, or would have been.
    pub http_status: u16,
    /// The faults that struck it.
    pub faults: Vec<FaultKind>,
    /// The quirks of its answer.
    pub quirks: Quirks,
}

impl Entry {
    pub(super) fn of(held: &Held, known: &Known) -> Self {
        let Held { decided, .. } = held;
        Self {
            number: held.number,
            at: held.at,
            source: held.source,
            method: held.method.to_string(),
            target: mask::target(known, &held.host, &held.path, held.path_is_cut),
            headers: mask::headers(known, &held.headers),
            body: mask::form(known, &held.body, held.body_length > KEPT),
            body_length: held.body_length,
            call: decided.call,
            rule: decided.rule,
            because: decided.rule.because(),
            status: decided.status,
            http_status: decided.http_status,
            faults: decided.faults.clone(),
            quirks: decided.quirks,
        }
    }
}

/// `#12 02:41:46 js-ticket app_id=990001&access_token=~1f3a9c2d&type=js_ticket -> 4102
/// server_access_token is invalid (Replaced): a newer one took its place`, in one line.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes) = (self.at / 3600 % 24, self.at / 60 % 60);
        write!(f, "#{} {hours:02}:{minutes:02}:{:02} ", self.number, self.at % 60)?;
        match self.call {
            Some(call) => write!(f, "{call} {} ", self.body)?,
            None if self.method.is_empty() => {}
            None => write!(f, "{} {} {} ", self.method, self.target, self.body)?,
        }
        write!(f, "-> {}: {}", self.rule, self.because)?;
        if self.http_status != self.rule.http_status().as_u16() {
            write!(f, " [http {}]", self.http_status)?;
        }
        for fault in &self.faults {
            write!(f, " [fault {fault}]")?;
        }
        for quirk in self.quirks.iter() {
            write!(f, " [quirk {quirk}]")?;
        }
        Ok(())
    }
}

fn rule_as_text<S: serde::Serializer>(rule: &Rule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(rule)
}
