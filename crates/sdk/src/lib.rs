//! The Yuanzhibang (猿之棒) open platform's OAuth2 API: log users in, keep the server's token and the
//! ticket fresh, sign pages. This is the only crate that a program needs of ours.
//!
#![cfg_attr(feature = "hyper", doc = "```")]
#![cfg_attr(not(feature = "hyper"), doc = "```ignore")]
//! # use yzb_emulator::{Emulator, World, demo};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let platform = Emulator::start(World::demo())?;
//! # let (app_id, secret, code) = (demo::APP_ID, demo::APP_SECRET, demo::AUTH_CODE);
//! # let url = "https://example.com/shop/";
//! let app = yzb::App::builder(app_id, secret)
//! #   .origin(platform.origin().parse()?)
//!     .build()?;
//! let user = app.login(code).await?; // the page's code, good for one login
//! let info = app.base_info(&user.open_id).await?; // asked with the server's token
//! let signed = app.sign_page(url).await?; // signed with the ticket
//! println!("{}", signed.to_json()); // what the page hands to `core.config`
//! # assert_eq!(user.open_id.as_str(), demo::ANGEL);
//! # assert!(matches!(info, yzb::BaseInfoAccess::Granted(_)));
//! # Ok(())
//! # }
//! ```
//!
//! Tokens and tickets are got when they are first wanted, kept, and renewed ahead of their end. To
//! have no caller wait for a renewal, spawn [`App::keep_fresh`].
//!
//! # More than one process
//!
//! **Processes that serve one app share a [`Store`]**, or they break each other. A new ticket leaves
//! the one before ten minutes (documented), and a new server token ends the one before at once (nobody
//! says; the safe side is assumed). A process that keeps its codes to itself cannot know that another
//! replaced them: it goes on signing pages with a dead ticket, [`SignedPage::sure_until`] promises what
//! is not so, and nobody tells it but its users.
//!
//! | three processes sign a page a minute for two days | pages | refused by the platform |
//! |---|---|---|
//! | with one store for all | 8640 | 0 |
//! | without | 8640 | 5134 |
//!
//! (One run of this crate's test `replicas`, in virtual time, against the emulator, which takes the
//! safe side; each page is judged at the moment at which it is signed. How many fail depends on when
//! each process happens to renew.) At run time the observer says it: [`Event::Invalidated`] with much
//! time `left` means that somebody else issues codes for this app. In that run it came 67 times
//! without the shared store, and once with it: a process hears of a new token up to 72 s late, and a
//! call made meanwhile finds its own refused and takes the stored one. One now and then is ordinary in a
//! fleet; one at each renewal is not.
//!
//! The processes of one machine share a `FileStore` (feature `file`). A store of your own is two
//! methods: see [`Store`].
//!
//! # More than one app
//!
//! [`Apps`] makes apps on demand, keeps them apart by platform, id and secret, and keeps all of them
//! fresh by one future.
//!
//! # What can be injected
//!
//! | part | by | default |
//! |---|---|---|
//! | the platform | [`AppBuilder::origin`] | the real one |
//! | what carries requests: [`Transport`] | [`AppBuilder::transport`] | hyper with rustls, in a [`transport::Retry`] (feature `hyper`) |
//! | where codes are kept beyond this process: [`Store`] | [`AppBuilder::store`] | nowhere |
//! | how early, how often, how long: [`Policy`] | [`AppBuilder::policy`] | renewal at 900 s left |
//! | time: [`Clock`] | [`AppBuilder::clock`] | the machine's |
//! | waiting: [`Timer`] | [`AppBuilder::timer`] | Tokio's |
//! | who is told: [`Observer`] | [`AppBuilder::observer`] | `tracing` alone, which is always told |
//! | chance: [`Random`] | [`AppBuilder::random`] | the operating system's |
//!
//! The platform lets in listed addresses only, so that most programs reach it through a proxy:
//!
#![cfg_attr(feature = "hyper", doc = "```")]
#![cfg_attr(not(feature = "hyper"), doc = "```ignore")]
//! use yzb::transport::Retry;
//! use yzb::{App, HyperTransport, Proxy};
//!
//! let proxy = Proxy::parse("http://user:password@proxy.example:3128")?;
//! let http = HyperTransport::builder().proxy(proxy).build()?;
//! let app = App::builder("100027", "from-the-console").transport(Retry::new(http)).build()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Contract
//!
//! 1. **A login is sent once**, unless it surely was not sent: its code is spent by arriving.
//!    [`Retry::NewAuthCode`] says when the page must be asked for another.
//! 2. **A server token that died** (status 4102) is dropped, one other is got, and the call is made
//!    once more. All who noticed share that one renewal. A second refusal is
//!    [`ErrorKind::TokenRefused`]; there is no loop.
//! 3. **Codes are kept as [`cache`] promises**: one renewal at a time, a failed one displaces nothing
//!    that works, callers share an outcome, time counts from before the request was sent.
//! 4. **Nothing is sent late.** Where a store gives turns, no request for a token or ticket leaves
//!    once the turn may be another process's: see [`transport::SendWithin`] for how well which
//!    transport keeps that.
//! 5. **A ticket request without a definite answer** counts as a replacement: the held ticket ends at
//!    most 600 s after it was sent. [`SignedPage::sure_until`] says until when a page is sure to be
//!    accepted, as far as this process and its store know.
//! 6. **Pages are signed as a browser reports them**; any other URL is refused with the part that is
//!    unusual. Nonces are of 16 bytes from the operating system.
//! 7. **Nothing is spawned or opened** by making an app, and no runtime is needed to make one.
//!    [`App::keep_fresh`] is a future that you spawn and drop.
//! 8. **Errors** say what to do ([`Error::retry`]), can be cloned, and hold no body.
//! 9. **No secret is shown** in `Debug`, `Display`, errors, events, spans or logs, at any level.
//!
//! # What is told to `tracing`
//!
//! A span `yzb.app` at DEBUG for each call, with `app_id`, `call`, whether it was `repeated` after a
//! refused token, and in the end `outcome`: `ok` or the [name](ErrorKind::name) of what failed. A span
//! `yzb.renewal` for each renewal that asks the platform, with `app_id`, `kind`, `attempt` and
//! `outcome`: `ok` or the [name](Retry::name) of what is to be done. In both is the span `yzb.call` of
//! each request: see [`transport`]. What the caches observe is an event each; what needs a person is
//! at WARN. No user is named.
//!
//! # Limits
//!
//! The budget of one code in 30 s counts renewals; with [`transport::Retry`] each of them may send
//! its request twice, if the first got no answer. Whether a page is accepted is never asked of the
//! platform: a ticket that somebody outside the store replaced is noticed only when it is renewed or
//! [checked](App::check). Calls need Tokio only as far as their transport and the [`Timer`] do.
//!
//! # Features
//!
//! - `hyper`, `ring` (default): the default stack, and who does its cryptography. `aws-lc-rs` and
//!   `webpki-roots` as in [`transport`]. Without `hyper` a transport is injected, or
//!   [`build`](AppBuilder::build) says that there is none.
//! - `tokio` (with `hyper`): Tokio's time for a [`transport::Retry`] around a transport of your own.
//! - `reqwest`, `tower`: the adapters of [`transport`].
//! - `file`: `FileStore`, by which the processes of one machine share codes (Unix).
//! - `conformance`: checks for authors of a [`Store`].
//! - `url`: `PageUrl::rewrite` makes of any URL what a browser would report.

mod app;
mod apps;
mod error;
mod issuer;
mod join;
mod page;
mod random;
mod setting;
mod timer;
mod trace;

pub use app::{App, AppBuilder, TokenCall, Users};
pub use apps::{Apps, AppsBuilder};
pub use error::{Error, ErrorKind};
pub use issuer::{JsTicketIssuer, ServerTokenIssuer, ServerTokens, Tickets};
pub use page::SignedPage;
pub use random::{OsRandom, Random, RandomError};

pub use http;
#[cfg(all(feature = "file", unix))]
pub use yzb_cache::FileStore;
#[cfg(feature = "conformance")]
pub use yzb_cache::conformance;
pub use yzb_cache::{
    Anomaly, Clock, Code, Event, InvalidPolicy, Kind, Lease, LeaseError, LeaseErrorKind,
    MemoryStore, Monotonic, Now, Observer, Operation, Policy, PolicyBuilder, SharedStore, SlotKey,
    Source, Store, StoreError, StoreErrorKind, Stored, SystemClock, Timer, TokenCache, TokioTimer,
    Turn,
};
pub use yzb_proto::common_resource::user_list::ListedUser;
pub use yzb_proto::oauth2::check_code::{CheckedCode, Validity};
pub use yzb_proto::oauth2::user_token::UserToken;
pub use yzb_proto::user_resource::base_info::{BaseInfo, BaseInfoAccess};
pub use yzb_proto::{
    AppId, AppSecret, AuthCode, Body, Endpoint, Fingerprint, JsTicket, Lifetime, Nonce, OpenId,
    Origin, PageUrl, RefreshToken, Retry, Scope, ServerAccessToken, Sex, Signature, Status,
    UnixSeconds, UserAccessToken, UserId,
};
pub use yzb_transport::{
    CallError, SharedTransport, Transport, TransportError, TransportErrorKind, transport_fn,
};
#[cfg(feature = "hyper")]
pub use yzb_transport::{HyperTransport, Proxy};
pub use {yzb_cache as cache, yzb_proto as proto, yzb_transport as transport};

/// The repository's README, whose code is compiled and run with this crate's doc tests.
#[cfg(all(doctest, feature = "hyper", feature = "ring"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
