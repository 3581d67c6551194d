//! What is told to `tracing`: spans of calls and renewals, and what the caches observe. There is no
//! secret and no user in it.

use tracing::field::Empty;
use tracing::{Instrument, Span};
use yzb_cache::{Event, IssueError, Kind, Observer, SlotKey};
use yzb_proto::AppId;

use crate::Error;

/// The span of one call of a program's.
pub(crate) fn call_span(app_id: &AppId, call: &'static str) -> Span {
    let app_id = app_id.as_str();
    tracing::debug_span!("yzb.app", app_id, call, repeated = Empty, outcome = Empty)
}

/// The span of one renewal that asks the platform.
pub(crate) fn renewal_span(app_id: &AppId, kind: Kind, attempt: u64) -> Span {
    let (app_id, kind) = (app_id.as_str(), kind.name());
    tracing::debug_span!("yzb.renewal", app_id, kind, attempt, outcome = Empty)
}

/// Works within a span; one that nobody listens to costs nothing.
pub(crate) async fn within<T>(span: &Span, work: impl Future<Output = T>) -> T {
    if span.is_disabled() { work.await } else { work.instrument(span.clone()).await }
}

/// Writes down how a call ended.
pub(crate) fn record_call<T>(span: &Span, outcome: &Result<T, Error>) {
    span.record("outcome", outcome.as_ref().map_or_else(|error| error.kind().name(), |_| "ok"));
}

/// Writes down how a renewal ended.
pub(crate) fn record_renewal<T>(span: &Span, outcome: &Result<T, IssueError>) {
    span.record("outcome", outcome.as_ref().map_or_else(|error| error.retry().name(), |_| "ok"));
}

/// Tells `tracing` what happens to codes, and then somebody else.
///
/// What needs a person is at WARN: another issuer at work, a failed renewal, a store that fails, an
/// answer that differs from what was promised. The rest is at DEBUG.
pub(crate) struct Log<O>(pub(crate) O);

impl<O: Observer> Observer for Log<O> {
    fn observe(&self, key: &SlotKey, event: &Event) {
        let (app_id, kind) = (key.app_id().as_str(), key.kind().name());
        let (name, host) = (event.name(), key.origin().authority().as_str());
        if needs_a_person(event) {
            tracing::warn!(app_id, kind, host, name, ?event, "observed");
        } else {
            tracing::debug!(app_id, kind, host, name, ?event, "observed");
        }
        self.0.observe(key, event);
    }
}

const fn needs_a_person(event: &Event) -> bool {
    matches!(
        event,
        Event::ForeignWriter { .. }
            | Event::Failed { .. }
            | Event::ServedDoubtful { .. }
            | Event::Invalidated { .. }
            | Event::PerhapsReplaced { .. }
            | Event::ClockJumped { .. }
            | Event::StoreFailed { .. }
            | Event::Anomaly(_)
    )
}
