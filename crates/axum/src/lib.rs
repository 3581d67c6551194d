//! The Yuanzhibang (猿之棒) open platform for [axum](https://docs.rs/axum): extractors for services
//! of one's own, and whole routes by which programs in other languages get logins, fresh codes and
//! signed pages.
//!
//! # Extractors
//!
//! [`extract`] has the server's token, the ticket, a signed page and a login as arguments of
//! handlers. `cargo run -p axum_service` shows them at work.
//!
//! # Routes
//!
//! A [`Gateway`] holds the apps, a [`Service`] is the routes over it:
//!
//! ```
//! # use yzb_emulator::{Emulator, World, demo};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let platform = Emulator::start(World::demo())?;
//! # let transport = yzb::transport_fn(move |request| {
//! #     let answer = platform.call(&request).map(yzb::Body::from);
//! #     async move { Ok(answer) }
//! # });
//! use yzb_axum::{Gateway, PageOrigins, Recorder, ServedApp, Service};
//!
//! let recorder = Recorder::new(yzb::SystemClock::new(), 32);
//! let app = yzb::App::builder(demo::APP_ID, demo::APP_SECRET)
//!     .observer(recorder.clone())
//! #   .transport(transport)
//!     .build()?;
//! let gateway = Gateway::new();
//! let pages = PageOrigins::parse(["https://shop.example"])?;
//! gateway.put(ServedApp::new(app).name("Shop").pages(pages));
//!
//! let router = Service::builder(gateway).recorder(recorder).build().router();
//! # use tower::ServiceExt as _;
//! # let request = axum::http::Request::get("/v1/apps/990001/js-config?url=https://shop.example/");
//! # let request = request.header("host", "localhost").body(axum::body::Body::empty())?;
//! # assert_eq!(router.oneshot(request).await?.status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! | route | |
//! |---|---|
//! | `GET /v1/apps/{app_id}/server-token`, `…/js-ticket` | a code that may be used now |
//! | `GET /v1/apps/{app_id}/js-config?url=` | a signed page, of listed origins only |
//! | `POST /v1/apps/{app_id}/login` | a page's code for the user |
//! | `POST /v1/apps/{app_id}/check` | whether a code is valid |
//! | `POST /v1/apps/{app_id}/invalidate` | "the platform refused this code" |
//! | `GET /v1/apps/{app_id}/users`, `…/user-count` | who has added the app |
//! | `GET /v1/apps/{app_id}/users/{open_id}/base-info`, `…/access`, `…/is-added` | about a user |
//! | `GET /v1/live`, `/v1/ready`, `/v1/apps/{app_id}/ready` | for whoever restarts and balances |
//! | `GET /v1/status`, `/v1/apps/{app_id}/status`, `/` | how the apps stand, for programs and for people |
//! | `GET /metrics` | what the host counts, for Prometheus |
//! | `GET /v1/openapi.json` | all of this, described |
//!
//! # Contract
//!
//! 1. **Errors** are `application/problem+json` with a stable [kind](ProblemKind), the remedy, and
//!    `Retry-After` where the pause is known. None has a body of the platform's; of its message they
//!    have what `yzb::Error` shows, made fit to print.
//! 2. **No signing oracle.** Pages are signed of the origins that an app's [`PageOrigins`] list, and
//!    of no others.
//! 3. **A complaint is not believed** before the platform was asked. One that is not true does
//!    nothing; of many at once the platform is asked once, and there is one renewal.
//! 4. **Tokens** are compared in a time that does not tell how much is right. A peer that is wrong
//!    too often is answered 429; from an address that is not this machine's, its right token is not
//!    looked at either until the pause is over.
//! 5. **Browsers** are kept out: a `Host` that is not a loopback name (unless there are tokens), an
//!    `Origin` that is not listed, and a request that another site's page made are refused; bodies
//!    must be labelled as JSON, which a page may not do unasked; no CORS header is ever sent.
//! 6. **Sizes and times are limited**: see [`Limits`] and `ServeLimits`.
//! 7. **The document is the code**: router and document are made from one table, and a test walks
//!    from each to the other.
//! 8. **Secrets** are in answers only where they are what was asked for, and never in logs, errors,
//!    the status page or `/v1/status`. Nothing is cached: `Cache-Control: no-store`.
//! 9. **Nothing is spawned** before `Server::run`, and by it only one task for each connection.
//!
//! # What is told to `tracing`
//!
//! Each request at DEBUG, with the [name](BearerToken::named) of who asks, method, route (without ids),
//! status and kind of problem; wrong tokens at WARN, as many as are looked at.
//!
//! # Limits
//!
//! What is no HTTP, or has a head of more than 64 KiB, is answered by hyper, with a status and no body.
//! Complaints are believed by what the platform said of the code up to 5 s ago. Details of events and
//! errors are in English in both languages of the page. The status page and `/v1/status` are made anew
//! for each request, of 200 and 1000 apps at the most.
//!
//! Nothing here keeps codes fresh: spawn [`yzb::App::keep_fresh`] or [`yzb::Apps::keep_fresh`].
//! Nothing is counted here either: `/metrics` answers what the host hands to
//! [`ServiceBuilder::metrics`]. TLS is a proxy's business. On loopback without a token, every program of
//! the machine may ask.
//!
//! # Speed
//!
//! Over kept connections a signed page cost 1.15 times what a bare axum handler costs that returns a
//! constant of the same bytes (`cargo bench -p yzb-axum`, median of the ratios; eight in ten were from
//! 0.74 to 1.42 on a machine with two cores that was busy with other work, 2026-11-26). Other routes
//! were not measured, nor latencies under load.
//!
//! # Features
//!
//! - `serve` (default): `Server`, which is safe against slow clients.

mod auth;
mod complaint;
mod events;
pub mod extract;
mod gateway;
mod guard;
mod input;
mod limits;
mod openapi;
mod operation;
mod origins;
mod page;
mod problem;
mod report;
mod routes;
#[cfg(feature = "serve")]
mod serve;
mod service;
mod shape;
mod time;

pub use auth::{BearerToken, InvalidBearerToken, Peer};
pub use events::{Failure, Record, Recorder};
pub use gateway::{Gateway, ServedApp};
pub use limits::Limits;
pub use origins::PageOrigins;
pub use problem::{Problem, ProblemKind, TYPE_PREFIX};
#[cfg(feature = "serve")]
pub use serve::{Listener, ServeError, ServeErrorKind, ServeLimits, Server, Stopped};
pub use service::{Service, ServiceBuilder};

pub use {axum, yzb};
