//! TLS for every stack of ours: who does the cryptography, and what went wrong.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{AlertDescription, CertificateError};
#[cfg(any(feature = "hyper", feature = "reqwest"))]
use rustls::{ClientConfig, RootCertStore};
#[cfg(any(feature = "hyper", feature = "reqwest"))]
use rustls_platform_verifier::BuilderVerifierExt;

use crate::{TransportError, TransportErrorKind};

/// What a TLS error means. TLS is never weakened to get around one.
pub(crate) fn kind_of(error: &rustls::Error) -> TransportErrorKind {
    use CertificateError as Flaw;
    let flaw = match error {
        rustls::Error::InvalidCertificate(flaw) => flaw,
        rustls::Error::NoCertificatesPresented => return TransportErrorKind::BadCertificate,
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            return TransportErrorKind::ClientCertificate;
        }
        _ => return TransportErrorKind::Tls,
    };
    match flaw {
        // A bad signature is what an impostor who borrowed the authority's name has.
        Flaw::UnknownIssuer | Flaw::BadSignature => TransportErrorKind::UnknownIssuer,
        Flaw::Expired
        | Flaw::ExpiredContext { .. }
        | Flaw::NotValidYet
        | Flaw::NotValidYetContext { .. } => TransportErrorKind::CertificateExpired,
        Flaw::NotValidForName | Flaw::NotValidForNameContext { .. } => {
            TransportErrorKind::WrongHost
        }
        _ => TransportErrorKind::BadCertificate,
    }
}

/// The provider is always named: rustls's own choice panics when two are built in.
pub(crate) fn provider() -> Result<Arc<CryptoProvider>, TransportError> {
    #[cfg(feature = "aws-lc-rs")]
    return Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
    return Ok(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    return Err(misconfigured("no cryptography is built in: enable feature `ring` or `aws-lc-rs`"));
}

/// How to speak TLS, trusting these authorities, or without any the operating system's.
#[cfg(any(feature = "hyper", feature = "reqwest"))]
pub(crate) fn client_config(roots: Option<RootCertStore>) -> Result<ClientConfig, TransportError> {
    let builder = ClientConfig::builder_with_provider(provider()?)
        .with_safe_default_protocol_versions()
        .map_err(|error| misconfigured("the TLS versions").with_source(error))?;
    let builder = match roots {
        Some(roots) => builder.with_root_certificates(roots),
        None => builder.with_platform_verifier().map_err(|error| {
            let what = "this machine's certificate store is empty or unreadable: install its CA \
                        certificates, name a CA file, or use the built-in roots";
            misconfigured(what).with_source(error)
        })?,
    };
    Ok(builder.with_no_client_auth())
}

#[cfg(any(
    feature = "hyper",
    feature = "reqwest",
    not(any(feature = "ring", feature = "aws-lc-rs"))
))]
pub(crate) fn misconfigured(what: impl Into<Box<str>>) -> TransportError {
    TransportError::new(TransportErrorKind::Config).with_subject(what)
}
