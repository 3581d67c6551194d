//! What is told to `tracing`: paths, hosts, numbers and kinds, never a field of a form.

use http::Response;
use tracing::Span;
use tracing::field::{Empty, display};
use yzb_proto::{Answer, Body, Origin};

use crate::TransportError;
use crate::error::{CallError, CallFailure};

/// The span of one call.
pub(crate) fn call_span(path: &'static str, origin: &Origin) -> Span {
    tracing::debug_span!(
        "yzb.call",
        path,
        host = origin.authority().as_str(),
        http_status = Empty,
        status = Empty,
        outcome = Empty,
    )
}

/// Writes down the HTTP status, if an answer came.
pub(crate) fn record_sent(span: &Span, sent: &Result<Response<Body>, TransportError>) {
    if let Ok(response) = sent {
        span.record("http_status", response.status().as_u16());
    }
}

/// Writes down how the call ended.
pub(crate) fn record_outcome<T>(span: &Span, outcome: &Result<Answer<T>, CallError>) {
    if span.is_disabled() {
        return;
    }
    match outcome {
        Ok(answer) => {
            span.record("status", display(answer.status)).record("outcome", "ok");
        }
        Err(error) => record_failure(span, error),
    }
    span.in_scope(|| match outcome {
        Ok(answer) => tracing::debug!(drift = ?answer.drift, "answered"),
        Err(error) => tracing::debug!(%error, "failed"),
    });
}

fn record_failure(span: &Span, error: &CallError) {
    match error.failure() {
        CallFailure::Transport(error) => {
            span.record("outcome", error.kind().name());
        }
        CallFailure::Answer(error) => {
            if let Some(status) = error.status() {
                span.record("status", display(status));
            }
            let rejected = matches!(error, yzb_proto::Error::Rejected(_));
            span.record("outcome", if rejected { "rejected" } else { "undecodable" });
        }
    }
}
