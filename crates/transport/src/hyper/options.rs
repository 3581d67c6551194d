//! How a [`HyperTransport`] is set up.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;

use super::HyperTransport;
use super::connect::Connector;
use super::proxy::Proxy;
use super::route::Route;
use super::tls::{Roots, Tls, add_ca_file, add_ca_pem};
use crate::{TransportError, TransportErrorKind, defaults, guard};

/// The longest idle time of a connection: below that of common servers and balancers, so that ours
/// is rarely the side that is surprised.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// The most bytes that an answer's head may have.
const LARGEST_HEAD: usize = 64 * 1024;

/// How many idle connections are kept.
const MOST_IDLE: usize = 32;

/// How a [`HyperTransport`] is set up; see there for the defaults. Of timeouts beyond a year a year
/// is left.
///
/// ```
/// use std::time::Duration;
/// use yzb_transport::{HyperTransport, Proxy};
/// let transport = HyperTransport::builder()
///     .proxy(Proxy::parse("http://user:password@proxy.example:3128")?)
///     .total_timeout(Duration::from_secs(5))
///     .build()?;
/// # Ok::<(), yzb_transport::TransportError>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is made before `build`"]
pub struct HyperBuilder {
    connect_timeout: Option<Duration>,
    total_timeout: Duration,
    idle_timeout: Duration,
    answer_limit: usize,
    allow_plaintext: bool,
    authorities: Vec<Authority>,
    #[cfg(feature = "webpki-roots")]
    webpki_roots: bool,
    proxy: Option<Proxy>,
    env_route: Option<Result<Route, TransportError>>,
}

/// An authority to trust.
enum Authority {
    File(PathBuf),
    Pem(Vec<u8>),
}

impl HyperBuilder {
    /// How long DNS, TCP, a proxy's CONNECT and TLS may take together. No longer than
    /// [`total_timeout`](Self::total_timeout), beyond which it could not be reached.
    pub const fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = Some(limit);
        self
    }

    /// How long the whole exchange may take, connecting and the answer's body included.
    pub const fn total_timeout(mut self, limit: Duration) -> Self {
        self.total_timeout = limit;
        self
    }

    /// After how long without use a connection is closed; zero for at once.
    pub const fn idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = limit;
        self
    }

    /// How many bytes the body of an answer may have.
    pub const fn answer_limit(mut self, bytes: usize) -> Self {
        self.answer_limit = bytes;
        self
    }

    /// Allows `http://` to hosts that are not this machine: everything sent there, the app's
    /// secret first, can be read on the way. For an emulator next door. (TLS is not affected: a
    /// certificate that is refused stays refused.)
    pub const fn allow_plaintext(mut self, allow: bool) -> Self {
        self.allow_plaintext = allow;
        self
    }

    /// Trusts the authorities of this PEM file, and none but those given here. The file is read by
    /// [`build`](Self::build).
    pub fn ca_file(mut self, path: impl AsRef<Path>) -> Self {
        self.authorities.push(Authority::File(path.as_ref().to_owned()));
        self
    }

    /// Trusts the authorities of this PEM text, and none but those given here.
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authorities.push(Authority::Pem(pem.into()));
        self
    }

    /// Trusts Mozilla's roots as they are built in, in place of the platform's. Of no effect beside
    /// [`ca_file`](Self::ca_file) and [`ca_pem`](Self::ca_pem).
    #[cfg(feature = "webpki-roots")]
    pub const fn webpki_roots(mut self) -> Self {
        self.webpki_roots = true;
        self
    }

    /// Reaches every host through this proxy, by CONNECT, also a loopback one. It beats the
    /// environment. User and password go to the proxy only.
    ///
    /// A tunnel does not encrypt: what is sent to an `http://` origin can be read by the proxy. So
    /// that is refused as [`TransportErrorKind::Insecure`], unless the proxy is on this machine or
    /// [`allow_plaintext`](Self::allow_plaintext) says that it may.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Takes proxies from the environment. Without this call it has no say.
    ///
    /// - `HTTPS_PROXY` is for `https` origins, `HTTP_PROXY` for `http` ones, `ALL_PROXY` for either
    ///   where its own is not set. Of each name upper case wins; an empty variable is none.
    /// - This machine, that is, `localhost` and loopback addresses, is never reached through them.
    /// - Nor is what `NO_PROXY` lists, by commas or spaces: `*` for every host; a name for itself
    ///   and all below it, with a leading `.` or `*.` or without; an address, in brackets or not;
    ///   a network (`10.0.0.0/8`). After `:` may stand the only port that is meant. Case and a dot
    ///   at the end make no difference. What is none of these excepts nothing.
    /// - Where `REQUEST_METHOD` is set, that is, in a CGI program, `HTTP_PROXY` is ignored in either
    ///   case: there it is a header of somebody's request.
    ///
    /// ```
    /// # use yzb_transport::HyperTransport;
    /// let transport =
    ///     HyperTransport::builder().proxy_from_env(|name| std::env::var(name).ok()).build()?;
    /// # Ok::<(), yzb_transport::TransportError>(())
    /// ```
    pub fn proxy_from_env(mut self, variable: impl FnMut(&str) -> Option<String>) -> Self {
        self.env_route = Some(Route::from_env(variable));
        self
    }

    /// Makes the transport. It opens nothing yet; the platform's trusted authorities are read at
    /// the first `https` connection.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Config`]: a CA file cannot be read, a CA has no usable certificate,
    /// the environment's proxy is of no supported form, a limit is zero, or the connect timeout is
    /// longer than the total one.
    pub fn build(mut self) -> Result<HyperTransport, TransportError> {
        self.check_limits()?;
        let roots = self.roots()?;
        let route = match (&self.proxy, self.env_route.take()) {
            (Some(proxy), _) => Route::through(proxy, self.allow_plaintext),
            (None, Some(route)) => route?,
            (None, None) => Route::direct(),
        };
        Ok(self.assemble(roots, route))
    }

    fn check_limits(&self) -> Result<(), TransportError> {
        let refuse =
            |what: &str| Err(TransportError::new(TransportErrorKind::Config).with_subject(what));
        let connect = self.connect_timeout.unwrap_or(defaults::CONNECT_TIMEOUT);
        if connect.is_zero() || self.total_timeout.is_zero() || self.answer_limit == 0 {
            return refuse("a timeout or limit is zero, so that no exchange could succeed");
        }
        if self.connect_timeout.is_some_and(|connect| connect > self.total_timeout) {
            return refuse(
                "the connect timeout is longer than the total timeout, which ends first",
            );
        }
        Ok(())
    }

    fn assemble(&self, roots: Roots, route: Route) -> HyperTransport {
        let connect_timeout = self.connect_timeout.unwrap_or(defaults::CONNECT_TIMEOUT);
        let connect_timeout = defaults::within_reason(connect_timeout, defaults::CONNECT_TIMEOUT);
        let connector = Connector::new(route, Tls::new(roots), connect_timeout);
        HyperTransport {
            client: Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(defaults::within_reason(self.idle_timeout, Duration::ZERO))
                .pool_max_idle_per_host(MOST_IDLE)
                .http1_max_buf_size(LARGEST_HEAD)
                .build(connector),
            total_timeout: defaults::within_reason(self.total_timeout, defaults::TOTAL_TIMEOUT),
            answer_limit: self.answer_limit,
            allow_plaintext: self.allow_plaintext,
        }
    }

    fn roots(&self) -> Result<Roots, TransportError> {
        let mut store = RootCertStore::empty();
        for authority in &self.authorities {
            match authority {
                Authority::File(path) => add_ca_file(&mut store, path)?,
                Authority::Pem(pem) => add_ca_pem(&mut store, pem, "the CA given as text")?,
            }
        }
        #[cfg(feature = "webpki-roots")]
        if store.is_empty() && self.webpki_roots {
            return Ok(Roots::Mozilla);
        }
        Ok(if store.is_empty() { Roots::Platform } else { Roots::Only(store) })
    }
}

/// The defaults cannot fail.
pub(super) fn default_transport() -> HyperTransport {
    HyperBuilder::default().assemble(Roots::Platform, Route::direct())
}

impl Default for HyperBuilder {
    fn default() -> Self {
        Self {
            connect_timeout: None,
            total_timeout: defaults::TOTAL_TIMEOUT,
            idle_timeout: IDLE_TIMEOUT,
            answer_limit: guard::ANSWER_LIMIT,
            allow_plaintext: false,
            authorities: Vec::new(),
            #[cfg(feature = "webpki-roots")]
            webpki_roots: false,
            proxy: None,
            env_route: None,
        }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Pem(pem) => write!(f, "{} bytes of PEM", pem.len()),
        }
    }
}
