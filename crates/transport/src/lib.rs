//! One trait for sending requests to the Yuanzhibang (猿之棒) open platform, and a client over it.
//!
//! `yzb-proto` makes requests and reads answers; this crate carries them. With the default stack:
//!
#![cfg_attr(feature = "hyper", doc = "```")]
#![cfg_attr(not(feature = "hyper"), doc = "```ignore")]
//! use yzb_proto::oauth2::user_token::LogInUser;
//! use yzb_proto::{AppId, AppSecret, AuthCode};
//! use yzb_transport::{CallError, Client, HyperTransport, Origin, Retry};
//!
//! # #[allow(dead_code)]
//! async fn log_in(code: &AuthCode) -> Result<(), CallError> {
//!     # let (app_id, secret) = (AppId::new("1").unwrap(), AppSecret::new("s").unwrap());
//!     let client = Client::new(Retry::new(HyperTransport::new()), Origin::production());
//!     let user = client.call(&LogInUser { app_id: &app_id, secret: &secret, code }).await?;
//!     println!("hello, {}", user.open_id);
//!     Ok(())
//! }
//! ```
//!
//! # Which one to take
//!
//! | you have | take |
//! |---|---|
//! | nothing yet | [`HyperTransport`], in a [`Retry`] |
//! | an HTTP stack of your own | a closure in [`transport_fn`], or [`Transport`] for a type: one `async fn` |
//! | a reqwest client's builder | `ReqwestTransport` (feature `reqwest`) |
//! | a tower service | `TowerTransport` (feature `tower`) |
//! | no runtime | [`BlockingClient`], with `UreqTransport` (feature `ureq`) or [`blocking_transport_fn`] |
//! | a transport to choose at run time | [`SharedTransport`] |
//!
//! [`Retry`] and [`SharedTransport`] are transports over others, so that they compose.
//!
//! # Contract
//!
//! 1. **Any HTTP status is an answer.** Only an exchange that failed is an error:
//!    [`TransportError`], whose [kind](TransportErrorKind) says what to do, and which says whether
//!    the request [may have been sent](TransportError::may_have_been_sent). It says "no" only if it
//!    is sure.
//! 2. **A request is sent once** by every transport but [`Retry`], and by that as often as the call
//!    allows. A login, whose auth code is spent by arriving, is repeated only if it surely was not
//!    sent; a call that replaces a token or ticket at most once after it may have arrived.
//!    [`CallError::retry`] and [`CallError::may_have_taken_effect`] know which call it was, and
//!    whether an [earlier attempt](EarlierArrivals) may have arrived.
//! 3. **No redirect is followed.** It is an answer, which `yzb-proto` reports with the host that it
//!    points to. A transport of your own whose stack followed one nevertheless returns
//!    [`TransportErrorKind::Redirected`].
//! 4. **`https` only**, but for loopback addresses, unless plaintext is allowed explicitly. A
//!    certificate that is refused stays refused; there is no setting to accept it.
//! 5. **Two deadlines**: connecting (DNS, TCP, proxy and TLS together) 3 s, the whole exchange with
//!    its body 10 s. All attempts of a [`Retry`] with their pauses take 25 s at most. A call that
//!    must not be sent late has a third: [`SendWithin`].
//! 6. **Answers are bounded**: 64 KiB of body, 64 headers. One that is encoded (`Content-Encoding`)
//!    was not asked for and is refused unopened.
//! 7. **A connection whose exchange did not end well is not used again** by [`HyperTransport`],
//!    whether it failed, went over a limit, or was dropped by its caller. reqwest and ureq keep
//!    their connections by rules of their own: neither uses one again that broke, but either may
//!    after an answer that was whole and refused here.
//! 8. **The environment has no say** unless asked for. A proxy is given explicitly, or taken from
//!    variables that the program passes in; an explicit one wins. It is spoken to by CONNECT alone,
//!    and its password goes to it and nowhere else. Of `https` it sees the host. Plain `http` it
//!    could read, tunnel or not: so this machine is never reached through the environment's proxy,
//!    and an explicit one on another machine gets no plaintext unless that is allowed.
//! 9. **Nothing spawns and nothing opens** before the first request, and no runtime is needed to
//!    make anything. Sending over hyper or reqwest needs a Tokio runtime with IO and time; the
//!    connections live on it. Without a runtime it is refused; on one without IO or time, which
//!    cannot be seen beforehand, Tokio panics.
//! 10. **No secret is shown**: not in errors and their sources, not in `Debug`, and not in what is
//!     told to `tracing` at whatever level, by this crate or by those below. Of a URL errors have
//!     the host alone. No error holds anything of an answer.
//! 11. **Time and randomness are arguments** of [`Retry`]: see [`Timer`].
//! 12. No type of hyper, reqwest, ureq or rustls is in the API of anything but the adapter of that
//!     name.
//!
//! Rules 3 to 7 are kept by the transports of this crate as far as the stack below lets them; the
//! docs of each adapter say what is left to its user. An implementation of [`Transport`] keeps them
//! itself.
//!
//! # What is told to `tracing`
//!
//! A span `yzb.call` at DEBUG for each call: `path`, `host`, and in the end `http_status`, the
//! envelope's `status`, and `outcome` (`ok`, `rejected`, `undecodable`, or the
//! [name](TransportErrorKind::name) of what failed). An event at INFO for each repeated request.
//!
//! # Limits
//!
//! HTTP/1.1 only. Proxies are spoken to over plain TCP; `https` and SOCKS proxies are refused at
//! construction. A connection that the server closes at the very moment of sending counts as
//! perhaps sent, although mostly nothing arrived: a login then asks for a new code. Blocking
//! transports are not repeated by anything here.
//!
//! An answer that nobody asked for, sent late on a connection that is kept, cannot be told from the
//! next one by any client of HTTP/1.1. A flood of interim answers (1xx) keeps the thread that reads
//! it busy: where it is the runtime's only one, the deadline comes late.
//!
//! # Features
//!
//! - `hyper` (default): [`HyperTransport`].
//! - `ring` (default), `aws-lc-rs`: who does the cryptography of TLS. With both, aws-lc-rs. With
//!   neither, `https` is refused with [`TransportErrorKind::Config`].
//! - `webpki-roots`: Mozilla's roots, built in, as an alternative to the platform's.
//! - `reqwest`, `tower`, `ureq`: the adapters.
//! - `tokio` (with `hyper` and `reqwest`): [`TokioTimer`] and [`Retry::new`].
//!
//! Without any of them there are the traits, the clients, [`Retry`] with a timer of yours, and few
//! dependencies.

#[cfg(any(feature = "reqwest", feature = "tower", feature = "ureq"))]
mod adapters;
mod arrivals;
mod blocking;
mod client;
mod defaults;
mod error;
#[cfg(any(feature = "hyper", feature = "reqwest", feature = "tower", feature = "ureq"))]
mod guard;
#[cfg(feature = "hyper")]
mod hyper;
mod retry;
mod shared;
mod timer;
#[cfg(any(feature = "hyper", feature = "reqwest", feature = "ureq"))]
mod tls;
mod trace;
mod transport;
mod within;

#[cfg(feature = "reqwest")]
pub use adapters::ReqwestTransport;
#[cfg(feature = "tower")]
pub use adapters::TowerTransport;
#[cfg(feature = "ureq")]
pub use adapters::UreqTransport;
pub use arrivals::EarlierArrivals;
pub use blocking::{BlockingClient, BlockingTransport, BlockingTransportFn, blocking_transport_fn};
pub use client::Client;
pub use error::{CallError, CallFailure, TransportError, TransportErrorKind};
#[cfg(feature = "hyper")]
pub use hyper::{HyperBuilder, HyperTransport, Proxy};
pub use retry::Retry;
pub use shared::SharedTransport;
pub use timer::Timer;
#[cfg(feature = "tokio")]
pub use timer::TokioTimer;
pub use transport::{Transport, TransportFn, transport_fn};
pub use within::SendWithin;
pub use yzb_proto::{Body, Origin};
