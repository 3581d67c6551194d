//! What failed in an exchange, and the remedy for each.

use std::fmt;

use yzb_proto::Retry;

/// What failed. Each kind says what its reader should do, and whether repeating helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The host's name did not resolve. Check the origin's spelling and the machine's DNS; a
    /// passing fault of DNS heals by itself.
    Dns,
    /// The host refused the connection or cannot be reached. Check the origin, the network and the
    /// firewall. Repeating helps once the host is back.
    Connect,
    /// DNS, TCP, the proxy and TLS together took longer than the connect deadline. As
    /// [`Connect`](Self::Connect): a silent firewall looks like this.
    ConnectTimeout,
    /// The whole exchange took longer than its deadline. Repeating helps when the platform has
    /// recovered; the request may have been received.
    Timeout,
    /// The connection was closed or reset in the middle of the exchange. Repeating helps; the
    /// request may have been received.
    Closed,
    /// The server's certificate is signed by an authority that is not trusted here. If the
    /// authority is your own, name its file as the CA; if not, somebody is in between. Repeating
    /// does not help, and TLS is never weakened to go on.
    UnknownIssuer,
    /// The server's certificate has expired or is not valid yet. Check this machine's clock first;
    /// otherwise the server's operator must renew it.
    CertificateExpired,
    /// The server's certificate is for another host. Check the origin's host; do not go on.
    WrongHost,
    /// The server's certificate cannot be used for another reason, which the source names: it is an
    /// authority's own (as a self-signed one often is), malformed, revoked, or for another purpose.
    /// Its operator must give it another; repeating does not help.
    BadCertificate,
    /// The server wants a certificate of its clients, and there is none to show. The platform wants
    /// none: check the origin, or put a proxy that has one in between.
    ClientCertificate,
    /// TLS failed in another way: no common version or cipher, or something that is not TLS at the
    /// other end. Check that the port speaks TLS.
    Tls,
    /// The proxy cannot be reached, or refuses to connect to the host. Check its address and what
    /// it allows; repeating helps when it has recovered.
    Proxy,
    /// The proxy wants a user and password, or other ones (HTTP 407). Correct them; repeating does
    /// not help.
    ProxyAuth,
    /// The answer is larger than the limit, or has too many headers. The platform's are under
    /// 1 KiB, so something else answered.
    TooLarge,
    /// The answer is not HTTP, or HTTP that contradicts itself. Check that the port speaks HTTP;
    /// otherwise it is a passing fault of something in between.
    Malformed,
    /// The answer came compressed or otherwise encoded, which was not asked for. Look for what
    /// stands in between.
    UnexpectedEncoding,
    /// The origin is `http://` and not a loopback address, so that the app's secret could be read
    /// on the way. Use `https://`; or allow plaintext, for an emulator next door.
    Insecure,
    /// The HTTP stack behind an adapter followed a redirect, and with it sent the app's secret
    /// elsewhere. Switch redirects off in it, and give the app a new secret.
    Redirected,
    /// The request cannot be sent as it is: no scheme, no host, or a method or header that the
    /// stack refuses. A mistake in the program.
    InvalidRequest,
    /// The time within which it might be sent was over, so that nothing was: see
    /// [`SendWithin`](crate::SendWithin). Repeating helps.
    TooLate,
    /// The transport cannot be set up as asked: the subject names the setting.
    Config,
    /// Anything else; the source says what.
    Other,
}

use TransportErrorKind as Kind;

impl TransportErrorKind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Dns,
        Self::Connect,
        Self::ConnectTimeout,
        Self::Timeout,
        Self::Closed,
        Self::UnknownIssuer,
        Self::CertificateExpired,
        Self::WrongHost,
        Self::BadCertificate,
        Self::ClientCertificate,
        Self::Tls,
        Self::Proxy,
        Self::ProxyAuth,
        Self::TooLarge,
        Self::Malformed,
        Self::UnexpectedEncoding,
        Self::Insecure,
        Self::Redirected,
        Self::InvalidRequest,
        Self::TooLate,
        Self::Config,
        Self::Other,
    ];

    /// A short name, for logs and counters: `dns`, `connect-timeout`, …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Dns => "dns",
            Kind::Connect => "connect",
            Kind::ConnectTimeout => "connect-timeout",
            Kind::Timeout => "timeout",
            Kind::Closed => "closed",
            Kind::UnknownIssuer => "unknown-issuer",
            Kind::CertificateExpired => "certificate-expired",
            Kind::WrongHost => "wrong-host",
            Kind::BadCertificate => "bad-certificate",
            Kind::ClientCertificate => "client-certificate",
            Kind::Tls => "tls",
            Kind::Proxy => "proxy",
            Kind::ProxyAuth => "proxy-auth",
            Kind::TooLarge => "too-large",
            Kind::Malformed => "malformed",
            Kind::UnexpectedEncoding => "unexpected-encoding",
            Kind::Insecure => "insecure",
            Kind::Redirected => "redirected",
            Kind::InvalidRequest => "invalid-request",
            Kind::TooLate => "too-late",
            Kind::Config => "config",
            Kind::Other => "other",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn retry(self) -> Retry {
        match self {
            Kind::UnknownIssuer
            | Kind::CertificateExpired
            | Kind::WrongHost
            | Kind::BadCertificate
            | Kind::ClientCertificate
            | Kind::ProxyAuth
            | Kind::Insecure
            | Kind::Redirected
            | Kind::Config => Retry::FixConfiguration,
            Kind::InvalidRequest => Retry::Never,
            Kind::Dns
            | Kind::Connect
            | Kind::ConnectTimeout
            | Kind::Timeout
            | Kind::Closed
            | Kind::Tls
            | Kind::Proxy
            | Kind::TooLarge
            | Kind::Malformed
            | Kind::UnexpectedEncoding
            | Kind::TooLate
            | Kind::Other => Retry::Later(None),
        }
    }

    /// Whether it can happen after the first byte of the request was sent.
    pub(super) const fn comes_after_sending(self) -> bool {
        match self {
            Kind::Dns
            | Kind::Connect
            | Kind::ConnectTimeout
            | Kind::UnknownIssuer
            | Kind::CertificateExpired
            | Kind::WrongHost
            | Kind::BadCertificate
            | Kind::Proxy
            | Kind::ProxyAuth
            | Kind::Insecure
            | Kind::InvalidRequest
            | Kind::TooLate
            | Kind::Config => false,
            Kind::Timeout
            | Kind::Closed
            // TLS 1.3 says so after the client's first bytes.
            | Kind::ClientCertificate
            | Kind::Tls
            | Kind::TooLarge
            | Kind::Malformed
            | Kind::UnexpectedEncoding
            | Kind::Redirected
            | Kind::Other => true,
        }
    }

    pub(super) const fn what(self) -> &'static str {
        match self {
            Kind::Dns => "the host's name did not resolve",
            Kind::Connect => "the host cannot be reached",
            Kind::ConnectTimeout => "connecting took too long",
            Kind::Timeout => "the answer took too long",
            Kind::Closed => "the connection was closed before the answer was whole",
            Kind::UnknownIssuer => "the server's certificate is signed by an unknown authority",
            Kind::CertificateExpired => "the server's certificate has expired or is not valid yet",
            Kind::WrongHost => "the server's certificate is for another host",
            Kind::BadCertificate => "the server's certificate cannot be used",
            Kind::ClientCertificate => "the server wants a certificate of its clients",
            Kind::Tls => "TLS failed",
            Kind::Proxy => "the proxy cannot be reached or refuses to connect",
            Kind::ProxyAuth => "the proxy refuses the user and password, or wants some",
            Kind::TooLarge => "the answer is too large",
            Kind::Malformed => "the answer is not HTTP",
            Kind::UnexpectedEncoding => "the answer is compressed, which was not asked for",
            Kind::Insecure => "the secret would be readable on the way",
            Kind::Redirected => "the HTTP stack followed a redirect",
            Kind::InvalidRequest => "the request cannot be sent",
            Kind::TooLate => "it took too long until the request could be sent, so nothing was",
            Kind::Config => "the transport cannot be set up",
            Kind::Other => "the exchange failed",
        }
    }

    pub(super) const fn remedy(self) -> &'static str {
        match self {
            Kind::Dns => "check the origin's spelling and this machine's DNS",
            Kind::Connect => "check the origin, the network and the firewall, or repeat later",
            Kind::ConnectTimeout => {
                "check the network, the proxy and the firewall, or repeat later"
            }
            Kind::Timeout | Kind::Closed => "repeat later, unless the request is spent by arriving",
            Kind::UnknownIssuer => {
                "if the authority is your own, name its CA file; if not, find out who is in between"
            }
            Kind::CertificateExpired => {
                "check this machine's clock, or have the server's operator renew it"
            }
            Kind::WrongHost => "check the origin's host",
            Kind::BadCertificate => {
                "have the server's operator give it one that is no authority's own and is whole"
            }
            Kind::ClientCertificate => "check the origin: the platform wants none",
            Kind::Tls => "check that the port speaks TLS 1.2 or 1.3",
            Kind::Proxy => "check the proxy's address and what it allows, or repeat later",
            Kind::ProxyAuth => "correct the user and password in the proxy's setting",
            Kind::TooLarge => "find out what answers in the platform's place, or raise the limit",
            Kind::Malformed => "check that the port speaks HTTP/1.1, or repeat later",
            Kind::UnexpectedEncoding => "find out what stands in between, or repeat later",
            Kind::Insecure => "use https, or allow plaintext if the network is your own",
            Kind::Redirected => "switch redirects off in it, and give the app a new secret",
            Kind::InvalidRequest => "correct the program that made it",
            Kind::TooLate => "look for what is slow, or repeat later",
            Kind::Config => "correct the setting named",
            Kind::Other => "see the cause, and repeat later",
        }
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::TransportError;

    #[test]
    fn every_kind_has_a_name_a_text_and_a_remedy_of_its_own() {
        let names: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        let texts: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.what()).collect();
        assert_eq!((names.len(), texts.len()), (Kind::ALL.len(), Kind::ALL.len()));
        for &kind in Kind::ALL {
            let shown = TransportError::new(kind).to_string();
            assert!(shown.ends_with(kind.remedy()) && kind.remedy().len() > 10, "{shown}");
        }
    }

    #[test]
    fn what_happens_while_connecting_happens_before_sending() {
        for kind in [Kind::Dns, Kind::Connect, Kind::ConnectTimeout, Kind::ProxyAuth] {
            assert!(!kind.comes_after_sending(), "{kind:?}");
        }
        for kind in [Kind::Timeout, Kind::Closed, Kind::Tls, Kind::TooLarge, Kind::Other] {
            assert!(kind.comes_after_sending(), "{kind:?}");
        }
    }
}
