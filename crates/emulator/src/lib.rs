//! The Yuanzhibang open platform, offline.
//!
//! Nobody can test against the real platform: it lets in only listed addresses, and its tokens
//! live for hours. This crate answers in its place, in two forms:
//!
//! - [`Platform`]: a pure function of the time and a request, for whoever has no use for sockets.
//! - [`Emulator`]: the same behind a loopback server, for clients in any language.
//!
//! Both start from a [`World`] of apps, users and auth codes; [`World::demo`] is a ready one.
//!
//! ```
//! use yzb_emulator::{Platform, Rule, World, demo};
//!
//! let mut platform = Platform::new(World::demo());
//! let now = 1_654_569_706;
//! let (app_id, secret) = (demo::APP_ID, demo::APP_SECRET);
//! let form = format!("app_id={app_id}&secret={secret}&grant_type=client_credential");
//! let request = http::Request::post("/OAuth2/token").body(form)?;
//! let response = platform.answer(now, &request);
//!
//! assert_eq!(response.extensions().get(), Some(&Rule::ServerTokenIssued));
//! assert!(response.body().starts_with(br#"{"status":"2000","message":"ok","data":{"#));
//! # Ok::<(), http::Error>(())
//! ```
//!
//! And behind a socket, in one line:
//!
//! ```
//! use yzb_emulator::{Emulator, World, demo};
//!
//! let emulator = Emulator::start(World::demo())?;
//! let code = emulator.issue_code(demo::APP_ID, demo::ANGEL);
//! // Log in with the code at emulator.origin() ...
//! emulator.advance(300);
//! // ... and now it would be too late.
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What can be turned
//!
//! | what | library | over HTTP | in a file |
//! |---|---|---|---|
//! | what exists at the start | [`World`] | | `World::read` (feature `fixtures`) |
//! | what nobody documents | [`Dials`] | `dials` | `dials:` of the world |
//! | who may ask | [`World::allow`], [`Emulator::set_allow_list`] | `allow-list` | `allow:` of the world |
//! | how answers are spelled | [`Quirk`], [`Quirks`] | `quirks` | |
//! | what goes wrong | [`Fault`], [`FaultPlan`] | `faults` | `FaultPlan::read` (feature `fixtures`) |
//! | time | [`ClockMode`], [`Emulator::step`], [`Emulator::set_now`] | `clock` | |
//!
//! Over HTTP means the [`control`] API. What happened can be asked in the same two ways:
//! [`Emulator::journal`] with an explanation of each answer, [`Emulator::calls`],
//! [`Emulator::most_in_flight`], [`Emulator::verify_signature`]. Each call with curl, and its
//! answer, is in [`transcripts`].
//!
//! ```
//! use yzb_emulator::{Call, Emulator, Fault, FaultKind, Quirk, World};
//!
//! let emulator = Emulator::builder(World::demo())
//!     .quirks(Quirk::StatusNumber)
//!     .faults(Fault::new(FaultKind::ResetDuring).on(Call::JsTicket).nth(3))
//!     .start()?;
//! # let _ = emulator;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Without a socket, [`Emulator::call`] is a transport in one line.
//!
//! # A second witness
//!
//! The crate shares no code with the clients it is meant to try: it reads forms, writes JSON and
//! composes the signed string by itself, from the platform's published documents and from what the
//! published clients send. What an encoder gets wrong is therefore not undone by its own mirror
//! image. Where this crate and a client disagree, one of them misread the documents.
//!
//! # Contract
//!
//! Of each rule the docs say whether it is *documented* by the platform, *observed* (a published
//! client relies on it, no document says so) or *assumed* (nobody says; the choice is the one that
//! finds more faults in a client). [`Rule`] lists them all; [`life`] has the lifetimes.
//!
//! 1. Ten calls on nine paths, POST only. The body is read as a form, whatever its label says. Of
//!    two fields with one name the last counts; an empty field counts as absent; `name[]` and
//!    `name[0]` are `name`. (*assumed*)
//! 2. A call looks first for its fields, then at the app, then at the secret or token, and last at
//!    what was asked. What is refused changes nothing: a wrong secret does not cost an auth code,
//!    nor does another app's attempt on it. (*assumed*) Before all that it looks at the address
//!    asked from, if there is an allow-list.
//! 3. An auth code is good for one login, by its own app, before its end. (*assumed*)
//! 4. A server token lives [`life::SERVER_TOKEN`] seconds; a new one kills the one before at once.
//!    (*assumed*: nobody says what becomes of it) This and the other things nobody says are
//!    [`Dials`].
//! 5. A ticket lives [`life::TICKET`] seconds. A new one leaves the one before at most
//!    [`life::TICKET_GRACE`] seconds (*documented*), never more than it had, and a further one
//!    takes nothing from that (*assumed*; a [dial](TwiceReplaced)). Check code tells the nearer
//!    moment.
//! 6. A login or a refresh gives a user one access token and one refresh token for the app, and
//!    ends those before. Both are good for nothing but check code and refresh: what concerns users
//!    is asked with the *server's* token. (*documented* for the use, *assumed* for the end)
//! 7. The user list is in the order of ids; a page starts after `load_more_id` (*observed*), has
//!    at most 100 users whatever `load_more_count` says, and is 2011 when there are none left.
//!    Who has not added the app is 4104, and so is an open id nobody has; `is_added` is `false`
//!    for both. To log in, one need not have added it. (*assumed*)
//! 8. Every envelope comes with HTTP 200 and `application/json; charset=utf-8`. `status`, ids and
//!    `sex` are strings, spans, moments and counts are integers, `is_added` is a boolean;
//!    `message` and `data` are always there, and no data is `[]`. (What every published client
//!    accepts.) A [`Quirk`] changes that, and only that; a [`Fault`] does worse.
//! 9. Statuses nobody documents are 4000, the generic one: unknown app, wrong secret, field
//!    missing or out of range, body that is no form.
//! 10. Tokens, tickets and codes are 64 hexadecimal characters from a sequence that the world's
//!     seed decides. They are reproducible, so never secret.
//! 11. What a browser sends for a page of another origin is 403 before anything is looked at,
//!     unless a [dial](Dials::pages_may_ask) lets it: no page may end a developer's token.
//!     (*assumed*)
//! 12. No app secret, token, ticket or code shows in the Debug output of anything here, in the
//!     journal, in the state that the control API tells, or in an error.
//!
//! # Limits
//!
//! A request body is at most 64 KiB at the loopback server (413 beyond). For a request's head a
//! client has 30 seconds, which is also how long a connection may idle between two requests; for
//! the body it has 30 more (408 beyond). Of tokens and tickets that were replaced and still work an
//! app has the last 1024. Memory does not grow with
//! the number of requests, only with the world, with the users who log in, and with the auth codes
//! that are still good: the journal has the last 1000 requests, of each at most 4 KiB of headers,
//! 4 KiB of body and 2 KiB of target. What is no HTTP at all has a line in it too.
//!
//! What is not played: TLS, HTTP/2, compression on request, forms in parts (a body that is labelled
//! `multipart/form-data` and is none is read), and the pages where users log in.
//!
//! # Features
//!
//! `fixtures`: worlds and fault plans from YAML or JSON text. Off by default; it brings a YAML
//! reader.

mod answer;
mod call;
mod calls;
mod clock;
pub mod control;
mod delivery;
mod dials;
mod emulator;
mod fault;
#[cfg(feature = "fixtures")]
mod fixtures;
mod form;
mod hidden;
mod in_flight;
mod journal;
pub mod life;
mod mint;
mod page;
mod platform;
mod quirk;
mod rule;
mod server;
mod signature;
mod state;
#[doc = include_str!("../TRANSCRIPTS.md")]
pub mod transcripts {}
mod wire;
mod world;

pub use call::{Call, UnknownCall};
pub use clock::{ClockMode, UnknownClock};
pub use delivery::{Delivery, Manner};
pub use dials::{Dials, PreviousToken, TwiceReplaced};
pub use emulator::{Builder, DEFAULT_NOW, Emulator};
pub use fault::{BadFault, Fault, FaultKind, FaultPlan, UnknownFault};
#[cfg(feature = "fixtures")]
pub use fixtures::FixtureError;
pub use form::read_form;
pub use journal::Entry;
pub use platform::Platform;
pub use quirk::{Quirk, Quirks, UnknownQuirk};
pub use rule::{Code, Rule, Why};
pub use signature::Verdict;
pub use world::{AuthCode, SCOPE_BASE_INFO, User, World, demo};
