//! What was asked and what was decided, for the last requests.

mod entry;
mod mask;

use std::collections::VecDeque;
use std::net::IpAddr;

use http::Request;

pub use entry::Entry;
pub(crate) use mask::fingerprint;

use crate::call::Call;
use crate::fault::FaultKind;
use crate::quirk::Quirks;
use crate::rule::Rule;

/// How many requests the journal remembers.
pub(crate) const LENGTH: usize = 1000;

/// Of a body, and of all header lines together, this much is kept.
const KEPT: usize = 4096;

/// Of a request target this much is kept.
const TARGET_KEPT: usize = 1024;

/// A ring of the last requests. They are kept as they came and made presentable when read, so that
/// writing costs little.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    ring: VecDeque<Held>,
    written: u64,
}

/// One request as it came, and what was decided about it.
pub(crate) struct Held {
    number: u64,
    at: u64,
    source: Option<IpAddr>,
    method: http::Method,
    target: String,
    /// `name: value` lines.
    headers: Vec<u8>,
    body: Vec<u8>,
    body_length: usize,
    decided: Decided,
}

/// What was made of a request.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub(crate) call: Option<Call>,
    pub(crate) rule: Rule,
    pub(crate) status: Option<u16>,
    pub(crate) http_status: u16,
    pub(crate) faults: Vec<FaultKind>,
    pub(crate) quirks: Quirks,
}

impl Journal {
    pub(crate) fn write<B: AsRef<[u8]>>(&mut self, at: u64, asked: &Request<B>, decided: Decided) {
        if self.ring.len() == LENGTH {
            self.ring.pop_front();
        }
        self.written += 1;
        let body = asked.body().as_ref();
        self.ring.push_back(Held {
            number: self.written,
            at,
            source: asked.extensions().get().copied(),
            method: asked.method().clone(),
            target: target(asked.uri()),
            headers: headers(asked.headers()),
            body: body[..body.len().min(KEPT)].to_vec(),
            body_length: body.len(),
            decided,
        });
    }

    /// Those with a number above `after`, oldest first.
    pub(crate) fn entries(&self, after: u64) -> impl DoubleEndedIterator<Item = Entry> {
        let first = self.ring.partition_point(|held| held.number <= after);
        self.ring.range(first..).map(Entry::of)
    }

    pub(crate) fn clear(&mut self) {
        self.ring.clear();
    }
}

/// Not even Debug shows what came.
impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", Entry::of(self))
    }
}

/// The target as it was spelled, without credentials in front of a host.
fn target(uri: &http::Uri) -> String {
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let path = path.get(..TARGET_KEPT).unwrap_or(path);
    match (uri.scheme_str(), uri.host()) {
        (Some(scheme), Some(host)) => format!("{scheme}://{host}{path}"),
        _ => path.to_owned(),
    }
}

fn headers(headers: &http::HeaderMap) -> Vec<u8> {
    let mut lines = Vec::with_capacity(256);
    for (name, value) in headers {
        if lines.len() + name.as_str().len() + value.len() > KEPT {
            break;
        }
        lines.extend_from_slice(name.as_str().as_bytes());
        lines.extend_from_slice(b": ");
        lines.extend_from_slice(value.as_bytes());
        lines.push(b'\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided() -> Decided {
        Decided {
            call: Some(Call::JsTicket),
            rule: Rule::TicketIssued,
            status: Some(2000),
            http_status: 200,
            faults: Vec::new(),
            quirks: Quirks::none(),
        }
    }

    #[test]
    fn it_remembers_the_last_thousand_and_no_more_of_each_than_it_says() {
        let mut journal = Journal::default();
        let huge = "x".repeat(60_000);
        let request = Request::post("/x").header("user-agent", &huge[..8000]).body(huge).unwrap();
        for at in 0..2500 {
            journal.write(at, &request, decided());
        }
        let numbers: Vec<_> = journal.entries(0).map(|entry| entry.number).collect();
        assert_eq!((numbers.len(), numbers[0], numbers[999]), (LENGTH, 1501, 2500));
        assert_eq!(journal.entries(2498).count(), 2);
        assert_eq!(journal.entries(9999).count(), 0);
        let kept: usize =
            journal.ring.iter().map(|held| held.headers.len() + held.body.len()).sum();
        assert!(kept <= LENGTH * 2 * KEPT);
    }
}
