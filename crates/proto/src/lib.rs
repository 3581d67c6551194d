//! Types and bytes of the Yuanzhibang (猿之棒) open platform's API.
//!
//! A request goes out as an [`http::Request`], an answer comes in as an [`http::Response`]; what
//! carries them is somebody else's business. There is no async, no clock, no socket and no
//! randomness here: time and nonces are arguments.
//!
//! ```
//! use yzb_proto::oauth2::user_token::LogInUser;
//! use yzb_proto::{AppId, AppSecret, AuthCode, EndpointExt, Error, Origin, Retry};
//!
//! let (app_id, secret) = (AppId::new("100027")?, AppSecret::new("from-the-console")?);
//! let code = AuthCode::new("from-the-page")?;
//! let login = LogInUser { app_id: &app_id, secret: &secret, code: &code };
//!
//! // Send this with whatever you have, once, without following redirects ...
//! let request = login.to_request(&Origin::production());
//! assert_eq!(request.uri(), "https://oauth.yuanzhibang.com/OAuth2/token");
//!
//! // ... and hand back what came, whatever its HTTP status.
//! let response = http::Response::new(
//!     r#"{"status":"4102","message":"authorization_code is invalid","data":[]}"#,
//! );
//! match login.read_output(&response) {
//!     Ok(user) => println!("hello, {}", user.open_id),
//!     Err(error) => assert_eq!(error.retry(), Retry::NewAuthCode, "{error}"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The calls
//!
//! | call | type | output |
//! |---|---|---|
//! | server token | [`IssueServerToken`](oauth2::server_token::IssueServerToken) | [`ServerToken`](oauth2::server_token::ServerToken) |
//! | user login | [`LogInUser`](oauth2::user_token::LogInUser) | [`UserToken`](oauth2::user_token::UserToken) |
//! | user refresh | [`RefreshUserToken`](oauth2::refresh_token::RefreshUserToken) | [`UserToken`](oauth2::user_token::UserToken) |
//! | ticket | [`IssueTicket`](oauth2::ticket::IssueTicket) | [`Ticket`](oauth2::ticket::Ticket) |
//! | check code | [`CheckCode`](oauth2::check_code::CheckCode) | [`Validity`](oauth2::check_code::Validity) |
//! | user count | [`CountUsers`](common_resource::user_count::CountUsers) | `u64` |
//! | user list | [`ListUsers`](common_resource::user_list::ListUsers) | list of [`ListedUser`](common_resource::user_list::ListedUser) |
//! | app access | [`ReadAppAccess`](user_resource::app_access::ReadAppAccess) | list of [`Scope`] |
//! | app is added | [`ReadAppIsAdded`](user_resource::app_is_added::ReadAppIsAdded) | `bool` |
//! | user base info | [`ReadBaseInfo`](user_resource::base_info::ReadBaseInfo) | [`BaseInfoAccess`](user_resource::base_info::BaseInfoAccess) |
//!
//! A call that is not here is a type of your own with [`Endpoint`]. Pages are signed with
//! [`Signer`]; the records in the shared store are [`Record`].
//!
//! # Contract
//!
//! 1. **Requests** are `POST` with an `application/x-www-form-urlencoded` body. Secrets are in the
//!    body alone, never in the URL or a header. [`Endpoint::REPEAT`] says whether one may be sent
//!    again when its answer was lost.
//! 2. **Answers** are read whatever their HTTP status and content type. Success is a 2xxx status
//!    under a 2xx HTTP status. A 4xxx status is [`Error::Rejected`], with the HTTP status beside it,
//!    unless it is itself what was asked for (4102 at check code, 4103 at base info). Anything else
//!    is [`Error::Undecodable`].
//! 3. **4102 is blamed by call**, not by message: at login the auth code is spent, at tickets and
//!    resources the server token died. [`Error::retry`] says what to do.
//! 4. **Tolerances**: what differs from the documents and can be understood is read, and reported
//!    in [`Answer::drift`]. What cannot is refused with the field's name. A key that is read and
//!    stands there twice is refused.
//! 5. **Spans and moments** are different types. `expires_in` is a span ([`Lifetime`]) in token
//!    and ticket answers, and a moment ([`UnixSeconds`]) in check code answers and stored records.
//!    A zero or missing span means due at once.
//! 6. **Secrets** have a type each, are wiped on drop, and show in no `Debug`, `Display` or error.
//!    No error holds a body; the platform's message is bounded, escaped, and has the request's
//!    secrets and anything like a token masked.
//! 7. **Nothing panics** on any input, and reading takes time proportional to the input. How large
//!    a body may be is for whoever receives it to limit: 64 KiB is plenty.
//! 8. **Pages** are signed as a browser reports them. [`PageUrl::scan`] takes a URL in that form
//!    and refuses any other by the part that is unusual.
#![cfg_attr(
    feature = "url",
    doc = "    [`PageUrl::rewrite`] (feature `url`) turns any other into that form by the WHATWG rules."
)]
//!
//! # Limits
//!
//! Request and answer bodies are not wiped from memory after use; HTTP stacks copy them anyway. Nor
//! are a [`Signer`], which holds the end of its ticket, and the JSON of a [`Record`]. A secret with
//! escapes in its JSON passes through a buffer of the JSON parser's that is not wiped.
//! A [`Fingerprint`] of a guessable secret lets a guess be checked. Lone characters that newer
//! browsers escape in a path and older ones do not (`^`) are signed as they are given.
//!
//! # Features
//!
//! - `url`: `PageUrl::rewrite`, with the `url` crate. Without it the crate builds with few
//!   dependencies, for any target that has `std`.

mod body;
mod data;
mod decimal;
mod drift;
mod endpoint;
mod envelope;
mod error;
mod fields;
mod form;
mod headers;
mod id;
mod json;
mod open;
mod origin;
mod page;
mod record;
mod secret;
mod serialize;
mod set;
mod sign;
mod status;
mod time;
mod value;
mod wire;
mod word;

pub mod common_resource;
pub mod oauth2;
pub mod user_resource;

pub use body::Body;
pub use data::Data;
pub use drift::{Drift, Tolerance};
pub use endpoint::{Endpoint, EndpointExt, Repeat};
pub use envelope::Answer;
pub use error::{
    Credential, DecodeError, DecodeErrorKind, Error, FieldProblem, MediaType, Message, Rejection,
    Retry,
};
pub use fields::Fields;
pub use form::Form;
pub use headers::retry_after;
pub use id::{AppId, OpenId, Scope, UserId, WriterName};
pub use open::Sex;
pub use origin::{InvalidOrigin, Origin, is_loopback_host};
#[cfg(feature = "url")]
pub use page::Rewritten;
pub use page::{InvalidPage, Lint, Lints, PageUrl};
pub use record::{Record, RecordDetails, RecordError, Replaced, StoredCode};
pub use secret::{
    AppSecret, AuthCode, Fingerprint, JsTicket, LONGEST_TOKEN, RefreshToken, Secret,
    ServerAccessToken, TICKET_STORAGE_CHARS, UserAccessToken,
};
pub use sign::{CoreConfig, Nonce, Signature, Signer};
pub use status::Status;
pub use time::{Lifetime, UnixSeconds};
pub use value::{InvalidValue, ValueProblem};
pub use wire::Leaf;
