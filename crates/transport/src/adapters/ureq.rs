//! Over ureq, for programs without a runtime.

use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use ::ureq::config::AutoHeaderValue;
use ::ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ::ureq::{Agent, Timeout};
use http::uri::Scheme;
use http::{Request, Response};
use rustls::crypto::CryptoProvider;
use tracing::subscriber::{NoSubscriber, with_default};
use yzb_proto::Body;

use crate::error::{find, kind_of_io};
use crate::{BlockingTransport, TransportError, TransportErrorKind, defaults, guard, tls};

/// A blocking transport over a [`ureq::Agent`](::ureq::Agent).
///
/// [`new`](Self::new) makes an agent of its own: no proxy from the environment, the platform's
/// trusted authorities, 3 s for connecting. For anything else, [`from_agent`](Self::from_agent)
/// takes yours. With either, redirects are not followed, the whole exchange has 10 s and the
/// answer's body 64 KiB.
///
/// ureq does not say whether it failed before or after sending: but for a refused connection, a
/// name that does not resolve and its own connect timeout, the request counts as perhaps sent.
///
/// At TRACE level ureq logs every byte that it sends and receives. Nothing of that reaches
/// `tracing`; while a logger of another kind would take it, sending is refused as
/// [`TransportErrorKind::Config`].
#[derive(Clone)]
pub struct UreqTransport {
    agent: Agent,
    /// In place of the agent's own, with which ureq would panic.
    tls: Option<Result<TlsConfig, TransportError>>,
    total_timeout: Duration,
    answer_limit: usize,
    allow_plaintext: bool,
}

impl UreqTransport {
    /// With an agent of its own.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Config`]: no cryptography is built in.
    pub fn new() -> Result<Self, TransportError> {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(tls::provider()?)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .timeout_connect(Some(defaults::CONNECT_TIMEOUT))
            .user_agent(defaults::USER_AGENT)
            .build();
        Ok(Self::from_agent(config.new_agent()))
    }

    /// With your agent. Its proxy, its authorities and its connect timeout are yours, its redirects
    /// and total timeout are not.
    ///
    /// Where its TLS is rustls and neither it nor the process names the cryptography, it gets that
    /// of this crate, and with it the platform's authorities in place of ureq's built-in ones.
    #[must_use]
    pub fn from_agent(agent: Agent) -> Self {
        let tls = lacks_cryptography(&agent).then(|| completed(agent.config().tls_config()));
        Self {
            agent,
            tls,
            total_timeout: defaults::TOTAL_TIMEOUT,
            answer_limit: guard::ANSWER_LIMIT,
            allow_plaintext: false,
        }
    }

    /// How long the whole exchange may take, in place of 10 s, up to a year. Zero, in which nothing
    /// could be sent, leaves what it was.
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

    fn collect(&self, body: ::ureq::Body) -> Result<Body, TransportError> {
        let limit = self.answer_limit as u64;
        let mut whole = Vec::new();
        // One byte more than allowed tells an answer at the limit from one beyond it.
        let mut reader = body.into_reader().take(limit.saturating_add(1));
        reader.read_to_end(&mut whole).map_err(|error| of(::ureq::Error::from(error)))?;
        if whole.len() > self.answer_limit {
            return Err(TransportErrorKind::TooLarge.into());
        }
        Ok(Body::from(whole))
    }
}

impl BlockingTransport for UreqTransport {
    fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        guard::check_request(&request, self.allow_plaintext)?;
        let is_https = request.uri().scheme() == Some(&Scheme::HTTPS);
        let request = request.map(Body::into_bytes).map(|body| body.to_vec());
        let mut request = self
            .agent
            .configure_request(request)
            .max_redirects(0)
            .http_status_as_error(false)
            .accept_encoding(AutoHeaderValue::None)
            .timeout_global(Some(self.total_timeout));
        if let Some(tls) = self.tls.as_ref().filter(|_| is_https) {
            request = request.tls_config(tls.clone()?);
        }
        muted(|| {
            let response = self.agent.run(request.build()).map_err(of)?;
            let (head, body) = response.into_parts();
            guard::check_head(&head.headers)?;
            Ok(Response::from_parts(head, self.collect(body)?))
        })
    }
}

impl fmt::Debug for UreqTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An agent's own Debug shows its proxy.
        f.debug_struct("UreqTransport")
            .field("total_timeout", &self.total_timeout)
            .field("answer_limit", &self.answer_limit)
            .field("allow_plaintext", &self.allow_plaintext)
            .finish_non_exhaustive()
    }
}

/// Whether ureq would panic for want of cryptography.
fn lacks_cryptography(agent: &Agent) -> bool {
    let tls = agent.config().tls_config();
    let names_none = tls.unversioned_rustls_crypto_provider().is_none();
    names_none && tls.provider() == TlsProvider::Rustls && CryptoProvider::get_default().is_none()
}

/// The same with our cryptography.
fn completed(tls: &TlsConfig) -> Result<TlsConfig, TransportError> {
    let authorities = match tls.root_certs() {
        // ureq's own may not be built in either, which would be the next panic.
        RootCerts::WebPki => RootCerts::PlatformVerifier,
        authorities => authorities.clone(),
    };
    Ok(TlsConfig::builder()
        .unversioned_rustls_crypto_provider(tls::provider()?)
        .root_certs(authorities)
        .client_cert(tls.client_cert().cloned())
        .use_sni(tls.use_sni())
        .disable_verification(tls.disable_verification())
        .build())
}

/// Runs ureq with its mouth shut: at TRACE it writes requests and answers into the log, byte by
/// byte. What goes to `tracing` can be held back; from a logger of another kind there is no way to
/// hide, so that nothing is sent while one listens to that.
fn muted<T>(exchange: impl FnOnce() -> Result<T, TransportError>) -> Result<T, TransportError> {
    with_default(NoSubscriber::new(), || {
        if log::log_enabled!(target: "ureq_proto::util", log::Level::Trace) {
            let what = "the logger takes TRACE from `ureq_proto`, which logs secrets: \
                        take no more than DEBUG from it";
            return Err(TransportError::new(TransportErrorKind::Config).with_subject(what));
        }
        exchange()
    })
}

fn of(error: ::ureq::Error) -> TransportError {
    use ::ureq::Error as Ureq;
    let kind = match &error {
        Ureq::Io(io) => return of_io(io),
        Ureq::Timeout(Timeout::Connect | Timeout::Resolve) => TransportErrorKind::ConnectTimeout,
        Ureq::Timeout(_) => TransportErrorKind::Timeout,
        Ureq::HostNotFound => TransportErrorKind::Dns,
        Ureq::ConnectionFailed => TransportErrorKind::Connect,
        Ureq::ConnectProxyFailed(reason) if reason.contains("407") => TransportErrorKind::ProxyAuth,
        Ureq::ConnectProxyFailed(_) => TransportErrorKind::Proxy,
        Ureq::Rustls(error) => tls::kind_of(error),
        Ureq::Tls(_) | Ureq::TlsRequired => TransportErrorKind::Tls,
        Ureq::LargeResponseHeader(..) => TransportErrorKind::TooLarge,
        // Their texts quote what was received, so they are no source.
        Ureq::Protocol(error) if error.to_string().contains("too many headers") => {
            return TransportErrorKind::TooLarge.into();
        }
        Ureq::Protocol(_) => return TransportErrorKind::Malformed.into(),
        Ureq::BadUri(_) | Ureq::RequireHttpsOnly(_) | Ureq::Http(_) => {
            return TransportErrorKind::InvalidRequest.into();
        }
        _ => return TransportErrorKind::Other.into(),
    };
    TransportError::new(kind).with_source(error)
}

fn of_io(error: &io::Error) -> TransportError {
    let (kind, source) = match find::<rustls::Error>(error) {
        Some(error) => (tls::kind_of(error), error.to_string()),
        None => (kind_of_unencrypted(error), error.to_string()),
    };
    TransportError::new(kind).with_source(source)
}

fn kind_of_unencrypted(error: &io::Error) -> TransportErrorKind {
    // The resolver's errors have no kind of their own.
    if error.to_string().contains("failed to lookup address") {
        return TransportErrorKind::Dns;
    }
    match kind_of_io(error) {
        // A network can become unreachable in the middle of an exchange too; only a refusal comes
        // surely before it.
        Some(TransportErrorKind::Connect) if error.kind() != io::ErrorKind::ConnectionRefused => {
            TransportErrorKind::Closed
        }
        kind => kind.unwrap_or(TransportErrorKind::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Curious;

    impl log::Log for Curious {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }

        fn log(&self, _: &log::Record<'_>) {}

        fn flush(&self) {}
    }

    #[test]
    fn nothing_is_sent_while_a_logger_takes_every_byte() {
        assert!(muted(|| Ok(())).is_ok());
        log::set_logger(&Curious).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        let error = muted(|| Ok(())).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Config);
        assert!(error.to_string().contains("take no more than DEBUG"), "{error}");
        log::set_max_level(log::LevelFilter::Debug);
        assert!(muted(|| Ok(())).is_ok());
    }
}
