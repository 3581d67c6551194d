//! `GET /` and `GET /v1/openapi.json`: what people look at.

use axum::extract::{RawQuery, State};
use axum::http::HeaderName;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use yzb::Nonce;

use super::{NoQuery, as_json};
use crate::operation::{Access, Answer, Described, Operation, Parameter, Route, Verb};
use crate::page::{self, Language};
use crate::report::report;
use crate::service::Shared;
use crate::{Problem, ProblemKind, input, openapi};

pub(super) fn all() -> [Route; 2] {
    [document(), status_page()]
}

fn document() -> Route {
    let any = Described { schema: || json!({ "type": "object" }), parts: |_: &mut Map<_, _>| {} };
    let operation = Operation {
        verb: Verb::Get,
        path: "/v1/openapi.json",
        id: "openapi",
        summary: "This document",
        about: "",
        access: Access::Token,
        query: &[],
        body: None,
        answer: Answer {
            about: "The document.",
            media_type: "application/json",
            described: any,
            headers: &[],
        },
        problems: &[],
    };
    Route::new(operation, async |_: NoQuery| as_json(openapi::text()))
}

fn status_page() -> Route {
    let text = Described { schema: || json!({ "type": "string" }), parts: |_: &mut Map<_, _>| {} };
    let operation = Operation {
        verb: Verb::Get,
        path: "/",
        id: "statusPage",
        summary: "The status page",
        about: "For people. It refreshes itself. A browser may pass a token as the password.",
        access: Access::Browser,
        query: &[Parameter {
            name: "lang",
            required: false,
            about: "The language; that which the browser prefers unless said.",
            schema: languages,
        }],
        body: None,
        answer: Answer {
            about: "The page.",
            media_type: "text/html",
            described: text,
            headers: &[],
        },
        problems: &[ProblemKind::InvalidArgument, ProblemKind::Internal],
    };
    Route::new(operation, show)
}

fn languages() -> Value {
    json!({ "type": "string", "enum": ["en", "zh"] })
}

async fn show(
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    State(shared): State<Shared>,
) -> Result<Response, Problem> {
    let [wanted] = input::query(query.as_deref(), ["lang"])?;
    let language = match wanted {
        Some(name) => Language::named(&name).ok_or_else(|| {
            Problem::new(ProblemKind::InvalidArgument).with_detail("lang is neither en nor zh")
        })?,
        None => Language::preferred(headers.get(ACCEPT_LANGUAGE)),
    };
    let nonce = shared.random.bytes().map_err(yzb::Error::from)?;
    let nonce = Nonce::from_random(nonce);
    let html = page::render(&report(&shared, page::MOST_APPS), language, nonce.as_str());
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        nonce.as_str()
    );
    let headers: [(HeaderName, &str); 2] =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, &policy)];
    Ok((headers, html).into_response())
}
