//! `GET /metrics`: what the host counts, for Prometheus.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, json};

use super::NoQuery;
use crate::operation::{Access, Answer, Described, Operation, Route, Verb};
use crate::service::Shared;
use crate::{Problem, ProblemKind};

/// The text format that Prometheus asks for.
const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) fn metrics() -> Route {
    let text = Described { schema: || json!({ "type": "string" }), parts: |_: &mut Map<_, _>| {} };
    let operation = Operation {
        verb: Verb::Get,
        path: "/metrics",
        id: "metrics",
        summary: "What the service counts",
        about: "For Prometheus. A service that counts nothing has no such route.",
        access: Access::Token,
        query: &[],
        body: None,
        answer: Answer {
            about: "The metrics, as OpenMetrics text.",
            media_type: "application/openmetrics-text",
            described: text,
            headers: &[],
        },
        problems: &[ProblemKind::NoSuchRoute],
    };
    Route::new(operation, async |_: NoQuery, State(shared): State<Shared>| -> Response {
        match &shared.metrics {
            Some(metrics) => ([(CONTENT_TYPE, TYPE)], metrics()).into_response(),
            None => Problem::new(ProblemKind::NoSuchRoute).into_response(),
        }
    })
}
