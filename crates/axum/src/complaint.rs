//! "The platform refused this one": who complains is believed only as far as the platform agrees.

use std::time::Duration;

use tokio::sync::Mutex;
use yzb::cache::Issuer;
use yzb::{
    CheckedCode, Clock, Error, JsTicket, Kind, Lease, Lifetime, Monotonic, ServerAccessToken,
    SharedStore, TokenCache, Validity,
};

use crate::gateway::Entry;
use crate::shape::words;

/// For so long what the platform said of a lease is said again without asking: however many
/// complain at once, it is asked once.
const VERDICT_LIVES: Duration = Duration::from_secs(5);

/// A ticket that ends so much sooner than we were told was replaced by somebody else.
const SLACK: Lifetime = Lifetime::from_secs(60);

words! {
    /// What became of a complaint.
    Outcome {
        /// It was true: that code is not handed out any more, and the next who asks gets another.
        Dropped = "dropped",
        /// It was not true: the platform says that the code is good. Nothing was done.
        StillValid = "still-valid",
        /// It is about another code than the one that is held, which is perhaps its successor. Nothing
        /// was done: ask for the code again.
        NotHeld = "not-held",
    }
}

/// Where complaints about an app's codes are heard, one after the other.
#[derive(Default)]
pub(crate) struct Desk {
    token: Mutex<Option<Heard>>,
    ticket: Mutex<Option<Heard>>,
}

/// What the platform said of a lease, and when.
struct Heard {
    serial: u64,
    at: Monotonic,
    said: Result<Validity, Error>,
}

/// Which code somebody complains about.
pub(crate) enum Complaint<'a> {
    /// The one of this fingerprint, as it is shown.
    Fingerprint(&'a str),
    /// This server token.
    ServerToken(ServerAccessToken),
    /// This ticket.
    JsTicket(JsTicket),
}

/// Hears a complaint about a code of an app.
///
/// # Errors
///
/// The platform cannot be asked whether it is true, so nothing was done.
pub(crate) async fn hear(
    entry: &Entry,
    kind: Kind,
    complaint: &Complaint<'_>,
    clock: &dyn Clock,
) -> Result<Outcome, Error> {
    let app = entry.app();
    if kind == Kind::JsTicket {
        let Some(lease) = app.tickets().peek().filter(|lease| complaint.is_about_ticket(lease))
        else {
            return Ok(Outcome::NotHeld);
        };
        let asking = app.check(CheckedCode::JsTicket(lease.token()));
        let said = once(&entry.desk.ticket, lease.serial(), clock, asking).await?;
        return Ok(judge(app.tickets(), &lease, said));
    }
    let Some(lease) = app.server_tokens().peek().filter(|lease| complaint.is_about_token(lease))
    else {
        return Ok(Outcome::NotHeld);
    };
    let asking = app.check(CheckedCode::ServerToken(lease.token()));
    let said = once(&entry.desk.token, lease.serial(), clock, asking).await?;
    Ok(judge(app.server_tokens(), &lease, said))
}

/// What the platform says of a lease. Whoever comes while it is asked, or a moment after, hears the
/// same.
async fn once(
    desk: &Mutex<Option<Heard>>,
    serial: u64,
    clock: &dyn Clock,
    asking: impl Future<Output = Result<Validity, Error>>,
) -> Result<Validity, Error> {
    let mut heard = desk.lock().await;
    if let Some(heard) = &*heard {
        let age = clock.now().monotonic.since(heard.at);
        if heard.serial == serial && age < VERDICT_LIVES {
            return heard.said.clone();
        }
    }
    let said = asking.await;
    *heard = Some(Heard { serial, at: clock.now().monotonic, said: said.clone() });
    said
}

/// Drops the code if what the platform says is against it.
fn judge<I: Issuer>(
    cache: &TokenCache<I, SharedStore>,
    lease: &Lease<I::Token>,
    said: Validity,
) -> Outcome {
    match said {
        Validity::ValidUntil(until) if until + SLACK >= lease.expires_at() => Outcome::StillValid,
        _ => {
            // Somebody who complained at the same time may have been first.
            if cache.peek().is_some_and(|held| held.serial() == lease.serial()) {
                cache.invalidate(lease);
            }
            Outcome::Dropped
        }
    }
}

impl Complaint<'_> {
    fn is_about_ticket(&self, lease: &Lease<JsTicket>) -> bool {
        match self {
            Self::Fingerprint(text) => lease.fingerprint().to_string() == *text,
            Self::JsTicket(ticket) => lease.token().same_as(ticket),
            Self::ServerToken(_) => false,
        }
    }

    fn is_about_token(&self, lease: &Lease<ServerAccessToken>) -> bool {
        match self {
            Self::Fingerprint(text) => lease.fingerprint().to_string() == *text,
            Self::ServerToken(token) => lease.token().same_as(token),
            Self::JsTicket(_) => false,
        }
    }
}
