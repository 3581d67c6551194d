//! Types and bytes of the Yuanzhibang open platform's API.
#![doc = ""]

mod body;
mod drift;
mod endpoint;
mod envelope;
mod error;
mod fields;
mod form;
mod headers;
mod id;
mod open;
mod origin;
mod page;
mod record;
mod secret;
mod set;
mod sign;
mod status;
mod time;
mod value;
mod wire;

pub mod common_resource;
pub mod oauth2;
pub mod user_resource;

pub use body::Body;
pub use drift::{Drift, Tolerance};
pub use endpoint::{Endpoint, EndpointExt, Repeat};
pub use envelope::{Answer, Data};
pub use error::{
    Credential, DecodeError, DecodeErrorKind, Error, FieldProblem, MediaType, Message, Rejection,
    Retry,
};
pub use fields::Fields;
pub use form::Form;
pub use headers::retry_after;
pub use id::{AppId, OpenId, UserId};
pub use open::{Scope, Sex};
pub use origin::{InvalidOrigin, Origin, is_loopback_host};
#[cfg(feature = "url")]
pub use page::Rewritten;
pub use page::{InvalidPage, Lint, Lints, PageUrl};
pub use record::{Record, RecordError, StoredCode};
pub use secret::{
    AppSecret, AuthCode, Fingerprint, JsTicket, LONGEST_TOKEN, RefreshToken, Secret,
    ServerAccessToken, TICKET_STORAGE_CHARS, UserAccessToken,
};
pub use sign::{CoreConfig, Nonce, Signature, Signer};
pub use status::Status;
pub use time::{Lifetime, UnixSeconds};
pub use value::{InvalidValue, ValueProblem};
pub use wire::Leaf;
