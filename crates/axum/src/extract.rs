//! Extractors, for services that have routes of their own.
//!
//! The state of such a service says which app it is about, by [`FromRef`]: `yzb::App` for all of
//! them, and [`PageOrigins`] beside it for [`SignedPage`]. What they reject with
//! is a [`Problem`].

use std::sync::Arc;

use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use yzb::{App, JsTicket, Lease, ServerAccessToken, UserToken};

use crate::{Limits, PageOrigins, Problem, ProblemKind, input};

/// The app's server token, which may be used now.
///
/// ```
/// use yzb_axum::extract::ServerToken;
/// async fn handler(ServerToken(lease): ServerToken) -> String {
///     format!("the token {} expires at {}", lease.fingerprint(), lease.expires_at())
/// }
/// let router: axum::Router<yzb::App> =
///     axum::Router::new().route("/token", axum::routing::get(handler));
/// ```
#[derive(Clone, Debug)]
pub struct ServerToken(pub Arc<Lease<ServerAccessToken>>);

/// The app's ticket, which may be used now.
#[derive(Clone, Debug)]
pub struct Ticket(pub Arc<Lease<JsTicket>>);

/// The page of the query's `url`, signed, if its origin is one of the state's
/// [`PageOrigins`]. As a response it is the JSON that the page's script hands to `core.config`.
///
/// ```
/// use axum::extract::FromRef;
/// use yzb_axum::PageOrigins;
/// use yzb_axum::extract::SignedPage;
///
/// #[derive(Clone)]
/// struct Site {
///     app: yzb::App,
///     pages: PageOrigins,
/// }
///
/// impl FromRef<Site> for yzb::App {
///     fn from_ref(site: &Site) -> Self {
///         site.app.clone()
///     }
/// }
///
/// impl FromRef<Site> for PageOrigins {
///     fn from_ref(site: &Site) -> Self {
///         site.pages.clone()
///     }
/// }
///
/// async fn js_config(page: SignedPage) -> SignedPage {
///     page
/// }
/// let router: axum::Router<Site> =
///     axum::Router::new().route("/js-config", axum::routing::get(js_config));
/// ```
#[derive(Clone, Debug)]
pub struct SignedPage(pub yzb::SignedPage<'static>);

/// The user of the code in the body, `{"code": "…"}`, logged in. The code is spent then: what
/// follows should not fail for a reason that could have been known before. It takes the body, so it is
/// a handler's last argument.
#[derive(Clone, Debug)]
pub struct LoggedIn(pub UserToken);

/// The body of a login.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    code: String,
}

impl<S: Sync> FromRequestParts<S> for ServerToken
where
    App: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        Ok(Self(app.server_token().await?))
    }
}

impl<S: Sync> FromRequestParts<S> for Ticket
where
    App: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        Ok(Self(app.js_ticket().await?))
    }
}

impl<S: Sync> FromRequestParts<S> for SignedPage
where
    App: FromRef<S>,
    PageOrigins: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let [url] = input::query(parts.uri.query(), ["url"])?;
        let url = url.ok_or_else(|| {
            Problem::new(ProblemKind::MalformedQuery).with_detail("the parameter url is missing")
        })?;
        let page = PageOrigins::from_ref(state).admit(&url)?.into_owned();
        let app = App::from_ref(state);
        let signed = app.sign(page).await?;
        Ok(Self(signed.into_owned()))
    }
}

impl<S: Sync> FromRequest<S> for LoggedIn
where
    App: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        let (parts, body) = request.into_parts();
        let limits = Limits::default();
        let sent: Code = input::json(&parts.headers, body, limits.body, limits.body_time).await?;
        Ok(Self(app.login(&sent.code).await?))
    }
}

impl IntoResponse for SignedPage {
    fn into_response(self) -> Response {
        use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
        let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
        (headers, self.0.to_json()).into_response()
    }
}
