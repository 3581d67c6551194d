//! `GET /v1/apps/{app_id}/js-config?url=`: a signed page, for pages of listed origins only.

use axum::extract::RawQuery;
use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{AppAt, as_json};
use crate::operation::{Access, Answer, Operation, Parameter, Route, Verb};
use crate::shape::shape;
use crate::{Problem, ProblemKind, input};

/// Until when the platform is sure to accept the page, in unix seconds.
const SURE_UNTIL: &str = "yzb-sure-until";

shape! { answer
    /// What the page's script hands to `core.config`, but for `js_api_list`.
    CoreConfig {
        /// The app.
        app_id: String,
        /// When it was signed, in unix seconds: ten digits.
        timestamp: String,
        /// The nonce that it was signed with.
        nonce_str: String,
        /// The signature.
        signature: String,
        /// The page as it was signed: without query, fragment and one trailing slash.
        url: String,
    }
}

fn page_url() -> Value {
    json!({ "type": "string", "pattern": "^https?://[^/]+/" })
}

pub(super) fn js_config() -> Route {
    let operation = Operation {
        verb: Verb::Get,
        path: "/v1/apps/{app_id}/js-config",
        id: "jsConfig",
        summary: "A signed page",
        about: "Signs the page of this URL, if its origin is listed for the app.",
        access: Access::Token,
        query: &[Parameter {
            name: "url",
            required: true,
            about: "What the page's `location.href` reports, percent-encoded.",
            schema: page_url,
        }],
        body: None,
        answer: Answer {
            headers: &[(
                SURE_UNTIL,
                "Until when the platform is sure to accept it, in unix seconds. Whoever keeps the \
                 answer asks for another before that.",
            )],
            ..Answer::json::<CoreConfig>("The payload, whole.")
        },
        problems: &[
            ProblemKind::InvalidPage,
            ProblemKind::PageNotListed,
            ProblemKind::NoTicket,
            ProblemKind::Internal,
        ],
    };
    Route::new(operation, async |AppAt(entry): AppAt, RawQuery(query): RawQuery| {
        let [url] = input::query(query.as_deref(), ["url"])?;
        let url = url.ok_or_else(|| {
            Problem::new(ProblemKind::MalformedQuery).with_detail("the parameter url is missing")
        })?;
        let page = entry.served.page_origins().admit(&url)?;
        let signed = entry.app().sign(page).await?;
        let sure_until = [(HeaderName::from_static(SURE_UNTIL), signed.sure_until().to_string())];
        Ok::<Response, Problem>((sure_until, as_json(signed.to_json())).into_response())
    })
}
