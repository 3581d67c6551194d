//! One trait for sending requests to the Yuanzhibang open platform, and a client over it.

#[cfg(any(feature = "reqwest", feature = "tower", feature = "ureq"))]
mod adapters;
mod blocking;
mod client;
#[cfg(any(feature = "hyper", feature = "reqwest", feature = "ureq"))]
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

#[cfg(feature = "reqwest")]
pub use adapters::ReqwestTransport;
#[cfg(feature = "tower")]
pub use adapters::TowerTransport;
#[cfg(feature = "ureq")]
pub use adapters::UreqTransport;
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
pub use yzb_proto::{Body, Origin};
