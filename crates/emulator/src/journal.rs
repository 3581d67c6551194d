//! What was asked and what was decided, for the last requests.

mod entry;
mod known;
mod mask;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::IpAddr;

use http::{Method, Request};

pub use entry::Entry;
pub(crate) use known::Known;
pub(crate) use mask::fingerprint;

use crate::call::Call;
use crate::fault::FaultKind;
use crate::quirk::Quirks;
use crate::rule::Rule;

/// How many requests the journal remembers.
pub(crate) const LENGTH: usize = 1000;

/// Of a body, and of all header lines together, this much is kept.
const KEPT: usize = 4096;

/// Of a request's path and query this much is kept.
const PATH_KEPT: usize = 1024;

/// Of the scheme and host that a target may begin with this much is kept.
const HOST_KEPT: usize = 256;

/// A ring of the last requests. They are kept as they came and made presentable when read, so that
/// writing costs little.
#[derive(Debug)]
pub(crate) struct Journal {
    ring: VecDeque<Held>,
    written: u64,
    known: Known,
}

/// One request as it came, and what was decided about it.
pub(crate) struct Held {
    number: u64,
    at: u64,
    source: Option<IpAddr>,
    method: Cow<'static, str>,
    /// Of an absolute target `scheme://host`, without credentials.
    host: String,
    path: String,
    path_is_cut: bool,
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
    pub(crate) fn new(known: Known) -> Self {
        Self { ring: VecDeque::new(), written: 0, known }
    }

    pub(crate) fn write<B: AsRef<[u8]>>(&mut self, at: u64, asked: &Request<B>, decided: Decided) {
        let body = asked.body().as_ref();
        let path = asked.uri().path_and_query().map_or("", |path| path.as_str());
        let kept = cut(path, PATH_KEPT);
        self.push(Held {
            number: 0,
            at,
            source: asked.extensions().get().copied(),
            method: method(asked.method()),
            host: host(asked.uri()),
            path: kept.to_owned(),
            path_is_cut: kept.len() < path.len(),
            headers: headers(asked.headers()),
            body: body[..body.len().min(KEPT)].to_vec(),
            body_length: body.len(),
            decided,
        });
    }

    /// Notes that somebody came and said nothing that is a request.
    pub(crate) fn write_noise(&mut self, at: u64, source: IpAddr, decided: Decided) {
        self.push(Held {
            number: 0,
            at,
            source: Some(source),
            method: Cow::Borrowed(""),
            host: String::new(),
            path: String::new(),
            path_is_cut: false,
            headers: Vec::new(),
            body: Vec::new(),
            body_length: 0,
            decided,
        });
    }

    fn push(&mut self, held: Held) {
        if self.ring.len() == LENGTH {
            self.ring.pop_front();
        }
        self.written += 1;
        self.ring.push_back(Held { number: self.written, ..held });
    }

    /// Those with a number above `after`, oldest first.
    pub(crate) fn entries(&self, after: u64) -> impl DoubleEndedIterator<Item = Entry> {
        let first = self.ring.partition_point(|held| held.number <= after);
        self.ring.range(first..).map(|held| Entry::of(held, &self.known))
    }

    pub(crate) fn clear(&mut self) {
        self.ring.clear();
    }
}

/// Not even Debug shows what came.
impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{} {}", self.number, self.decided.rule)
    }
}

/// A method that HTTP knows; of any other, which is the client's to choose, the fingerprint.
fn method(method: &Method) -> Cow<'static, str> {
    const KNOWN: [(Method, &str); 9] = [
        (Method::POST, "POST"),
        (Method::GET, "GET"),
        (Method::HEAD, "HEAD"),
        (Method::PUT, "PUT"),
        (Method::DELETE, "DELETE"),
        (Method::OPTIONS, "OPTIONS"),
        (Method::CONNECT, "CONNECT"),
        (Method::TRACE, "TRACE"),
        (Method::PATCH, "PATCH"),
    ];
    let known = KNOWN.iter().find(|(known, _)| known == method);
    known.map_or_else(|| fingerprint(method.as_str().as_bytes()).into(), |(_, name)| (*name).into())
}

/// What an absolute target begins with, without credentials.
fn host(uri: &http::Uri) -> String {
    match (uri.scheme_str(), uri.host()) {
        (Some(scheme), Some(host)) => {
            format!("{}://{}", cut(scheme, HOST_KEPT), cut(host, HOST_KEPT))
        }
        _ => String::new(),
    }
}

/// At most so many bytes, and whole characters.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
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

    #[test]
    fn what_is_cut_ends_with_a_whole_character() {
        let path = format!("/{}", "天".repeat(500));
        let kept = cut(&path, PATH_KEPT);
        assert!((PATH_KEPT - 3..=PATH_KEPT).contains(&kept.len()));
        assert!(kept.ends_with('天'));
        assert_eq!(cut("天", 9), "天");
    }

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
        let mut journal = Journal::new(Known::default());
        let huge = "x".repeat(60_000);
        let target = format!("http://{}/{}", &huge[..9000], &huge[..9000]);
        let method = Method::from_bytes(&huge.as_bytes()[..9000]).unwrap();
        let request = Request::builder().method(method).uri(target);
        let request = request.header("user-agent", &huge[..8000]).body(huge).unwrap();
        for at in 0..2500 {
            journal.write(at, &request, decided());
        }
        let numbers: Vec<_> = journal.entries(0).map(|entry| entry.number).collect();
        assert_eq!((numbers.len(), numbers[0], numbers[999]), (LENGTH, 1501, 2500));
        assert_eq!(journal.entries(2498).count(), 2);
        assert_eq!(journal.entries(9999).count(), 0);
        for held in &journal.ring {
            assert!(held.headers.len() + held.body.len() <= 2 * KEPT);
            let target = held.method.len() + held.host.len() + held.path.len();
            assert!(target <= 16 + 2 * HOST_KEPT + PATH_KEPT, "{target}");
        }
    }
}
