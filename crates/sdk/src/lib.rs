//! The Yuanzhibang (猿之棒) open platform's OAuth2 API.

mod app;
mod error;
mod issuer;
mod page;
mod random;
mod setting;
mod timer;
mod trace;

pub use app::{App, AppBuilder, TokenCall, Users};
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
    Anomaly, Clock, Code, Event, Kind, Lease, LeaseError, LeaseErrorKind, MemoryStore, Monotonic,
    Now, Observer, Policy, SharedStore, SlotKey, Store, StoreError, StoreErrorKind, Stored,
    SystemClock, Timer, TokenCache, TokioTimer, Turn,
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
