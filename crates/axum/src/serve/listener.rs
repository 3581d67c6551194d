//! Where connections come from: TCP or a Unix socket.

use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};

use super::{ServeError, ServeErrorKind};
use crate::Peer;

/// Listens on an address or at a path.
#[derive(Debug)]
pub struct Listener(Kind);

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        // Before the listener: a successor that finds nobody listening takes the path, which is not to
        // be removed under it.
        _bound: Option<Bound>,
        listener: UnixListener,
    },
}

/// A socket that we made, which is removed at the end.
#[cfg(unix)]
#[derive(Debug)]
struct Bound(PathBuf);

/// Either kind of stream.
pub(super) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Listener {
    /// Listens on this address. Port 0 is any free one.
    ///
    /// # Errors
    ///
    /// It is in use, not this machine's, or not permitted ([`ServeErrorKind::Bind`]).
    pub async fn tcp(address: SocketAddr) -> Result<Self, ServeError> {
        let listener = TcpListener::bind(address).await;
        listener.map(Self::from).map_err(|error| ServeError::new(ServeErrorKind::Bind, error))
    }

    /// Listens at this path, with these permissions, such as 0o600 for this user alone or 0o660 for
    /// the group too. A socket that a dead process left there is replaced; the path is removed when
    /// this is dropped.
    ///
    /// # Errors
    ///
    /// Somebody listens there, something else is there, or the folder cannot be written
    /// ([`ServeErrorKind::Bind`]).
    #[cfg(unix)]
    pub async fn unix(path: &Path, permissions: u32) -> Result<Self, ServeError> {
        let listener = bind(path, permissions).await;
        let listener = listener.map_err(|error| ServeError::new(ServeErrorKind::Bind, error))?;
        Ok(Self(Kind::Unix { _bound: Some(Bound(path.to_owned())), listener }))
    }

    /// Where it listens, if that is an address.
    ///
    /// # Errors
    ///
    /// The system does not say.
    pub fn address(&self) -> io::Result<Option<SocketAddr>> {
        match &self.0 {
            Kind::Tcp(listener) => listener.local_addr().map(Some),
            #[cfg(unix)]
            Kind::Unix { .. } => Ok(None),
        }
    }

    /// Whether it may be served, by a service that wants tokens or does not.
    pub(super) fn check(&self, wants_token: bool) -> Result<(), ServeError> {
        let address =
            self.address().map_err(|error| ServeError::new(ServeErrorKind::Listener, error))?;
        match address {
            Some(address) if !wants_token && !address.ip().to_canonical().is_loopback() => {
                Err(ServeError::open(address))
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match &self.0 {
            Kind::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Answers are small, and whoever asked waits for the whole of them.
                let _ = stream.set_nodelay(true);
                Ok((Stream::Tcp(stream), Peer::Address(peer.ip().to_canonical())))
            }
            #[cfg(unix)]
            Kind::Unix { listener, .. } => {
                let (stream, _) = listener.accept().await?;
                let peer = stream.peer_cred().map_or(Peer::Unknown, |user| Peer::User(user.uid()));
                Ok((Stream::Unix(stream), peer))
            }
        }
    }
}

/// Binds beside the path and moves the socket there once it has its permissions, so that nobody finds
/// it with others.
#[cfg(unix)]
async fn bind(path: &Path, permissions: u32) -> io::Result<UnixListener> {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
    if let Ok(there) = fs::symlink_metadata(path) {
        if !there.file_type().is_socket() {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, "it is not a socket"));
        }
        match UnixStream::connect(path).await {
            Ok(_) => {
                return Err(io::Error::new(io::ErrorKind::AddrInUse, "somebody listens there"));
            }
            // Nobody listens. Any other error, such as that of a full queue, does not say so.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
            Err(error) => return Err(error),
        }
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let _ = fs::remove_file(&beside);
    let listener = UnixListener::bind(&beside)?;
    let moved = fs::set_permissions(&beside, Permissions::from_mode(permissions))
        .and_then(|()| fs::rename(&beside, path));
    moved.inspect_err(|_| _ = fs::remove_file(&beside))?;
    Ok(listener)
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self(Kind::Tcp(listener))
    }
}

#[cfg(unix)]
impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self(Kind::Unix { _bound: None, listener })
    }
}

#[cfg(unix)]
impl Drop for Bound {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

macro_rules! either {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Tcp($stream) => $call,
            #[cfg(unix)]
            Stream::Unix($stream) => $call,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_read(cx, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}
