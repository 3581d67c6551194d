//! One trait for sending requests to the Yuanzhibang open platform, and a client over it.

mod blocking;
mod client;
mod error;
#[cfg(any(feature = "hyper", feature = "reqwest", feature = "tower", feature = "ureq"))]
mod guard;
#[cfg(feature = "hyper")]
mod hyper;
mod shared;
#[cfg(any(feature = "hyper", feature = "reqwest", feature = "ureq"))]
mod tls;
mod trace;
mod transport;

pub use blocking::{BlockingClient, BlockingTransport, BlockingTransportFn, blocking_transport_fn};
pub use client::Client;
pub use error::{CallError, CallFailure, TransportError, TransportErrorKind};
#[cfg(feature = "hyper")]
pub use hyper::{HyperBuilder, HyperTransport, Proxy};
pub use shared::SharedTransport;
pub use transport::{Transport, TransportFn, transport_fn};
pub use yzb_proto::{Body, Origin};
