//! How the apps stand: what `/v1/status` answers and the status page shows.

use yzb::cache::Issuer;
use yzb::{Kind, Now, SharedStore, Source, TokenCache};

use crate::gateway::Entry;
use crate::service::Inner;
use crate::shape::{shape, words};
use crate::{Failure, Recorder};

words! {
    /// A kind of code.
    CodeKind {
        /// The server's access token.
        ServerToken = "server-token",
        /// The ticket with which pages are signed.
        JsTicket = "js-ticket",
    }
}

words! {
    /// Who issued a code.
    Issued {
        /// This process.
        Here = "here",
        /// Another process, which put it into the shared store.
        Elsewhere = "elsewhere",
    }
}

shape! { answer
    /// How the service stands. Codes are named by fingerprint.
    StatusReport {
        /// The service's time, in unix seconds.
        now: u64,
        /// Whether every app has both codes at hand.
        ready: bool,
        /// How many apps there are.
        count: u64,
        /// How many of them are not ready.
        not_ready: u64,
        /// The apps, at most 1000 of them, those that are not ready first.
        apps: Vec<AppReport>,
    }
}

shape! { answer
    /// How one app stands.
    AppReport {
        /// The app's id.
        app_id: String,
        /// Its name, if it has one.
        name: Option<String>,
        /// Whether both codes are at hand.
        ready: bool,
        /// The server's token.
        server_token: CodeReport,
        /// The ticket.
        js_ticket: CodeReport,
        /// What happened to them lately, the latest first.
        events: Vec<EventReport>,
    }
}

shape! { answer
    /// How one code stands.
    CodeReport {
        /// Whether one may be used now.
        held: bool,
        /// By what it may be told apart.
        fingerprint: Option<String>,
        /// Who issued it.
        issued: Option<Issued>,
        /// How long ago it was asked for, in seconds, where that is known.
        age: Option<u64>,
        /// When it expires, in unix seconds.
        expires_at: Option<u64>,
        /// How long that is from now, in seconds.
        left: Option<u64>,
        /// In how many seconds there is something to do about it: a renewal, or a look at the store.
        /// Left out while that is being done.
        next_look_in: Option<u64>,
        /// The last failure to renew it.
        last_error: Option<FailureReport>,
    }
}

shape! { answer
    /// Why a renewal failed.
    FailureReport {
        /// When, in unix seconds.
        at: u64,
        /// What happened.
        detail: String,
        /// What to do about it, as the name of an advice.
        retry: String,
        /// The same as half a sentence.
        remedy: String,
        /// Whether a code came since.
        recovered: bool,
    }
}

shape! { answer
    /// Something that happened.
    EventReport {
        /// When, in unix seconds.
        at: u64,
        /// To which code.
        code: CodeKind,
        /// What: a stable name.
        name: String,
        /// What there is to say about it.
        detail: String,
        /// Whether a person should look at it.
        attention: bool,
    }
}

/// How all apps stand now, with at most so many of them told about.
pub(crate) fn report(inner: &Inner, most: usize) -> StatusReport {
    let now = inner.clock.now();
    let entries = inner.gateway.entries();
    // In the order of ids among themselves.
    let (ready, missing): (Vec<_>, Vec<_>) = entries.values().partition(|entry| is_ready(entry));
    let told = missing.iter().chain(&ready).take(most);
    StatusReport {
        now: now.wall.as_secs(),
        ready: missing.is_empty(),
        count: entries.len() as u64,
        not_ready: missing.len() as u64,
        apps: told.map(|entry| app(entry, inner.recorder.as_ref(), now)).collect(),
    }
}

/// How one app stands now.
pub(crate) fn report_of(inner: &Inner, entry: &Entry) -> AppReport {
    app(entry, inner.recorder.as_ref(), inner.clock.now())
}

/// Whether an app has both codes at hand. Nothing is renewed for that.
pub(crate) fn is_ready(entry: &Entry) -> bool {
    let app = entry.app();
    app.server_tokens().peek().is_some() && app.tickets().peek().is_some()
}

fn app(entry: &Entry, recorder: Option<&Recorder>, now: Now) -> AppReport {
    let app = entry.app();
    let id = app.app_id().as_str();
    let failure = |kind| recorder.and_then(|recorder| recorder.last_failure(app, kind));
    let server_token = code(app.server_tokens(), failure(Kind::ServerToken), now);
    let js_ticket = code(app.tickets(), failure(Kind::JsTicket), now);
    AppReport {
        app_id: id.to_owned(),
        name: entry.served.display_name().map(str::to_owned),
        ready: server_token.held && js_ticket.held,
        server_token,
        js_ticket,
        events: recorder.map_or_else(Vec::new, |recorder| {
            recorder.events(app).into_iter().map(EventReport::from).collect()
        }),
    }
}

fn code<I: Issuer>(
    cache: &TokenCache<I, SharedStore>,
    last_error: Option<(Failure, bool)>,
    now: Now,
) -> CodeReport {
    let held = cache.peek();
    let lease = held.as_deref();
    let next = cache.next_deadline();
    CodeReport {
        held: lease.is_some(),
        fingerprint: lease.map(|lease| lease.fingerprint().to_string()),
        issued: lease.map(|lease| match lease.source() {
            Source::Issued => Issued::Here,
            _ => Issued::Elsewhere,
        }),
        age: lease.and_then(|lease| Some(now.wall.since(lease.issued_at()?).as_secs())),
        expires_at: lease.map(|lease| lease.expires_at().as_secs()),
        left: lease.map(|lease| lease.expires_at().since(now.wall).as_secs()),
        next_look_in: next.map(|next| next.since(now.monotonic).as_secs()),
        last_error: last_error.map(|(failure, recovered)| FailureReport {
            at: failure.at.as_secs(),
            detail: failure.detail,
            retry: failure.retry.name().to_owned(),
            remedy: failure.retry.advice().to_owned(),
            recovered,
        }),
    }
}

impl From<Kind> for CodeKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::JsTicket => Self::JsTicket,
            _ => Self::ServerToken,
        }
    }
}

impl From<CodeKind> for Kind {
    fn from(kind: CodeKind) -> Self {
        match kind {
            CodeKind::JsTicket => Self::JsTicket,
            CodeKind::ServerToken => Self::ServerToken,
        }
    }
}

impl From<crate::events::Record> for EventReport {
    fn from(record: crate::events::Record) -> Self {
        Self {
            at: record.at.as_secs(),
            code: record.code.into(),
            name: record.name.to_owned(),
            detail: record.detail,
            attention: record.attention,
        }
    }
}
