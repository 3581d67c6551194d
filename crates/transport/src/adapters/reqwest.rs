//! Over a reqwest client.

use std::fmt;
use std::time::Duration;

use ::reqwest::ClientBuilder;
use http::{Request, Response};
use yzb_proto::Body;

use crate::error::{find, kind_of_io};
use crate::{Transport, TransportError, TransportErrorKind, defaults, guard, tls};

/// A transport over a [`reqwest::Client`](::reqwest::Client).
///
/// [`new`](Self::new) makes a client of its own: no redirects, no proxy from the environment, no
/// decompression, the platform's trusted authorities, 3 s for connecting. For anything else, go on
/// from [`client_builder`](Self::client_builder) and hand it to
/// [`from_builder`](Self::from_builder). Of either, the whole exchange has 10 s and the answer's
/// body 64 KiB.
///
/// Sending needs a Tokio runtime with IO and time: without a runtime it is refused; on one without
/// IO or time, Tokio panics. reqwest keeps the connections: it may use one again whose answer was
/// refused by its head (too many headers, encoded) once the rest of that answer was read.
///
/// ```no_run
/// use yzb_transport::ReqwestTransport;
/// let builder = ReqwestTransport::client_builder()?;
/// let builder = builder.proxy(reqwest::Proxy::https("http://proxy.example:3128")?);
/// let transport = ReqwestTransport::from_builder(builder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ReqwestTransport {
    client: ::reqwest::Client,
    total_timeout: Duration,
    answer_limit: usize,
    allow_plaintext: bool,
}

impl ReqwestTransport {
    /// With a client of its own.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Config`]: this machine's certificate store is empty, or no
    /// cryptography is built in.
    pub fn new() -> Result<Self, TransportError> {
        Self::from_builder(Self::client_builder()?)
    }

    /// What [`new`](Self::new) builds its client by, to be changed and handed to
    /// [`from_builder`](Self::from_builder).
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn client_builder() -> Result<ClientBuilder, TransportError> {
        Ok(ClientBuilder::new()
            .tls_backend_preconfigured(tls::client_config(None)?)
            .no_proxy()
            .connect_timeout(defaults::CONNECT_TIMEOUT)
            .user_agent(defaults::USER_AGENT))
    }

    /// With a client that this builder makes. Its proxies, authorities, connect timeout and
    /// whatever else it has are yours. Not so redirects and repeats, by which the app's secret
    /// would go where it should not or twice, decompression, by which an answer grows, and
    /// `connection_verbose`, which logs the secret: they are switched off.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Config`]: reqwest refuses what the builder says. (One that names no
    /// TLS at all, where the process has no cryptography for rustls, makes reqwest panic; one that
    /// began as [`client_builder`](Self::client_builder) has TLS.)
    pub fn from_builder(builder: ClientBuilder) -> Result<Self, TransportError> {
        let client = builder
            .redirect(::reqwest::redirect::Policy::none())
            .retry(::reqwest::retry::never())
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .referer(false)
            .connection_verbose(false)
            .build()
            .map_err(|error| {
                tls::misconfigured("the reqwest client").with_source(error.without_url())
            })?;
        Ok(Self {
            client,
            total_timeout: defaults::TOTAL_TIMEOUT,
            answer_limit: guard::ANSWER_LIMIT,
            allow_plaintext: false,
        })
    }

    /// How long the whole exchange may take, in place of 10 s, up to a year. It replaces the
    /// client's own. Zero, in which nothing could be sent, leaves what it was.
    #[must_use]
    pub const fn total_timeout(mut self, limit: Duration) -> Self {
        self.total_timeout = defaults::within_reason(limit, self.total_timeout);
        self
    }

    /// How many bytes the body of an answer may have, in place of 65536.
    #[must_use]
    pub const fn answer_limit(mut self, bytes: usize) -> Self {
        self.answer_limit = bytes;
        self
    }

    /// Allows `http://` to hosts that are not this machine: everything sent there, the app's
    /// secret first, can be read on the way.
    #[must_use]
    pub const fn allow_plaintext(mut self, allow: bool) -> Self {
        self.allow_plaintext = allow;
        self
    }

    async fn collect(&self, response: &mut ::reqwest::Response) -> Result<Body, TransportError> {
        let too_large = || Err(TransportErrorKind::TooLarge.into());
        let limit = self.answer_limit as u64;
        if response.content_length().is_some_and(|announced| announced > limit) {
            return too_large();
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(of)? {
            if chunk.len() > self.answer_limit - body.len() {
                return too_large();
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Body::from(body))
    }
}

impl Transport for ReqwestTransport {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        guard::check_request(&request, self.allow_plaintext)?;
        guard::check_runtime()?;
        let request = request.map(|body| ::reqwest::Body::from(body.into_bytes()));
        let mut request = ::reqwest::Request::try_from(request).map_err(of)?;
        *request.timeout_mut() = Some(self.total_timeout);
        let mut response = self.client.execute(request).await.map_err(of)?;
        guard::check_head(response.headers())?;
        let mut answer = Response::new(self.collect(&mut response).await?);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // reqwest's own Debug shows default headers, which may hold a password.
        f.debug_struct("ReqwestTransport")
            .field("total_timeout", &self.total_timeout)
            .field("answer_limit", &self.answer_limit)
            .field("allow_plaintext", &self.allow_plaintext)
            .finish_non_exhaustive()
    }
}

fn of(error: ::reqwest::Error) -> TransportError {
    // Only the host may be shown, and whoever calls knows it.
    let error = error.without_url();
    let is_connect = error.is_connect();
    let ours = TransportError::new(kind_of(&error)).with_source(error);
    if is_connect { ours.surely_unsent() } else { ours }
}

fn kind_of(error: &::reqwest::Error) -> TransportErrorKind {
    if let Some(error) = find::<rustls::Error>(error) {
        return tls::kind_of(error);
    }
    let io = find::<std::io::Error>(error).and_then(kind_of_io);
    match (error.is_connect(), error.is_timeout()) {
        (true, true) => TransportErrorKind::ConnectTimeout,
        (true, false) => of_connect(error, io),
        (false, true) => TransportErrorKind::Timeout,
        (false, false) if error.is_builder() => TransportErrorKind::InvalidRequest,
        (false, false) => match io {
            Some(TransportErrorKind::Connect) => TransportErrorKind::Closed,
            Some(kind) => kind,
            None if says(error, "message head is too large") => TransportErrorKind::TooLarge,
            None if says(error, "invalid HTTP") => TransportErrorKind::Malformed,
            None if says(error, "connection closed") => TransportErrorKind::Closed,
            None => TransportErrorKind::Other,
        },
    }
}

fn of_connect(error: &::reqwest::Error, io: Option<TransportErrorKind>) -> TransportErrorKind {
    if says(error, "proxy authorization required") {
        TransportErrorKind::ProxyAuth
    } else if says(error, "tunnel error") {
        TransportErrorKind::Proxy
    } else if says(error, "dns error") {
        TransportErrorKind::Dns
    } else {
        match io {
            Some(TransportErrorKind::Closed) => TransportErrorKind::Tls,
            _ => TransportErrorKind::Connect,
        }
    }
}

/// Whether an error in the chain says so. reqwest keeps the types of its causes to itself; if
/// their words change, the kind becomes a coarser one and nothing else.
fn says(error: &::reqwest::Error, words: &str) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if error.to_string().contains(words) {
            return true;
        }
        next = error.source();
    }
    false
}
