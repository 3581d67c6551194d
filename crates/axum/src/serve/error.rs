//! Why there is no serving.

use std::fmt;
use std::io;
use std::net::SocketAddr;

/// Serving did not begin. It holds no secret.
#[derive(Debug)]
pub struct ServeError {
    kind: ServeErrorKind,
    address: Option<SocketAddr>,
    source: Option<io::Error>,
}

/// What failed. Each says what its reader should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServeErrorKind {
    /// Whoever reaches the address could ask for anything: give the service a bearer token, or listen
    /// on a loopback address or a Unix socket. Repeating does not help.
    OpenAddress,
    /// The address or path cannot be listened on: free it, or choose another. Repeating helps once
    /// it is free.
    Bind,
    /// The listener that was handed in is not usable. Repeating does not help.
    Listener,
}

impl ServeError {
    pub(super) const fn new(kind: ServeErrorKind, error: io::Error) -> Self {
        Self { kind, address: None, source: Some(error) }
    }

    pub(super) const fn open(address: SocketAddr) -> Self {
        Self { kind: ServeErrorKind::OpenAddress, address: Some(address), source: None }
    }

    /// What failed.
    #[must_use]
    pub const fn kind(&self) -> ServeErrorKind {
        self.kind
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ServeErrorKind::OpenAddress => {
                f.write_str("without a bearer token anybody who reaches ")?;
                match self.address {
                    Some(address) => write!(f, "{address}")?,
                    None => f.write_str("the address")?,
                }
                f.write_str(
                    " could ask for anything: configure a token, or listen on a loopback address or \
                     a Unix socket",
                )
            }
            ServeErrorKind::Bind => f.write_str("cannot listen there: free it, or choose another"),
            ServeErrorKind::Listener => f.write_str("the listener is not usable"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}
