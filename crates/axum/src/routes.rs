//! The routes, and what they have in common.

mod check;
mod codes;
mod health;
mod invalidate;
mod login;
mod metrics;
mod page;
mod pages;
mod users;

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::gateway::Entry;
use crate::operation::Route;
use crate::service::Shared;
use crate::{Problem, ProblemKind, input};

/// All of them, in the document's order.
pub(crate) fn all() -> Vec<Route> {
    let mut all = vec![codes::server_token(), codes::js_ticket(), pages::js_config()];
    all.extend([login::login(), check::check(), invalidate::invalidate()]);
    all.extend(users::all());
    all.extend(health::all());
    all.push(metrics::metrics());
    all.extend(page::all());
    all
}

/// The app that the path names.
struct AppAt(Arc<Entry>);

impl FromRequestParts<Shared> for AppAt {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let app_id = input::path_value(parts, "app_id").await?;
        shared.gateway.entry(&app_id).map(Self).ok_or_else(|| ProblemKind::NoSuchApp.into())
    }
}

/// There are no parameters.
struct NoQuery;

impl FromRequestParts<Shared> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        input::query(parts.uri.query(), []).map(|[]| Self)
    }
}

/// A body of JSON.
struct Sent<T>(T);

impl<T: DeserializeOwned> FromRequest<Shared> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let limits = &shared.limits;
        input::json(&parts.headers, body, limits.body, limits.body_time).await.map(Self)
    }
}

/// An answer of JSON.
struct Json<T>(T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(json) => as_json(json),
            // Texts and numbers: there is nothing in them that could fail to be written.
            Err(_) => ProblemKind::Internal.into_response(),
        }
    }
}

fn as_json(json: impl Into<axum::body::Body>) -> Response {
    let mut response = (StatusCode::OK, json.into()).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What is wrong with an id or a code, without the value.
fn invalid(error: &yzb::proto::InvalidValue) -> Problem {
    Problem::new(ProblemKind::InvalidArgument).with_detail(error.to_string())
}

/// What can go wrong wherever the platform is asked.
macro_rules! asking_problems {
    ($($Other:ident),*) => {
        &[
            $crate::ProblemKind::Exchange,
            $crate::ProblemKind::Undecodable,
            $crate::ProblemKind::PlatformRefused,
            $crate::ProblemKind::PlatformBusy,
            $($crate::ProblemKind::$Other,)*
        ]
    };
}

use asking_problems;
