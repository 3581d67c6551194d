//! TLS for every stack of ours: who does the cryptography, whom to trust, and what went wrong.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::{TransportError, TransportErrorKind};

/// Whom to trust.
#[derive(Clone, Default)]
pub(crate) enum Roots {
    /// Whom the operating system trusts.
    #[default]
    Platform,
    /// Mozilla's roots, as built in.
    #[cfg(feature = "webpki-roots")]
    Mozilla,
    /// These authorities and no others.
    Only(RootCertStore),
}

/// How to speak TLS, made at the first use: reading the system's roots takes milliseconds, and a
/// loopback origin needs none.
#[derive(Clone)]
pub(crate) struct Tls {
    roots: Roots,
    config: Arc<OnceLock<Result<Arc<ClientConfig>, TransportError>>>,
}

impl Tls {
    pub(crate) fn new(roots: Roots) -> Self {
        Self { roots, config: Arc::default() }
    }

    /// The configuration; an error stays an error.
    pub(crate) fn config(&self) -> Result<Arc<ClientConfig>, TransportError> {
        self.config.get_or_init(|| configure(&self.roots).map(Arc::new)).clone()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.roots {
            Roots::Platform => "Tls(the platform's roots)",
            #[cfg(feature = "webpki-roots")]
            Roots::Mozilla => "Tls(Mozilla's roots)",
            Roots::Only(_) => "Tls(roots of our own)",
        })
    }
}

/// Adds the certificates of a PEM file.
pub(crate) fn add_ca_file(roots: &mut RootCertStore, path: &Path) -> Result<(), TransportError> {
    let what = format!("the CA file {}", path.display());
    match std::fs::read(path) {
        Ok(pem) => add_ca_pem(roots, &pem, &what),
        Err(error) => Err(misconfigured(format!("{what} cannot be read")).with_source(error)),
    }
}

/// Adds the certificates of a PEM text, all or none.
pub(crate) fn add_ca_pem(
    roots: &mut RootCertStore,
    pem: &[u8],
    what: &str,
) -> Result<(), TransportError> {
    let mut found = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        // The source is left out: it can quote lines of a file that may hold a key.
        let certificate = certificate.map_err(|_| misconfigured(format!("{what} is not PEM")))?;
        found.add(certificate).map_err(|error| {
            misconfigured(format!("{what} has a certificate that is none")).with_source(error)
        })?;
    }
    if found.is_empty() {
        return Err(misconfigured(format!("{what} has no certificate in PEM form")));
    }
    roots.roots.extend(found.roots);
    Ok(())
}

/// What a TLS error means. TLS is never weakened to get around one.
pub(crate) fn kind_of(error: &rustls::Error) -> TransportErrorKind {
    use CertificateError as Flaw;
    let rustls::Error::InvalidCertificate(flaw) = error else { return TransportErrorKind::Tls };
    match flaw {
        Flaw::UnknownIssuer => TransportErrorKind::UnknownIssuer,
        Flaw::Expired
        | Flaw::ExpiredContext { .. }
        | Flaw::NotValidYet
        | Flaw::NotValidYetContext { .. } => TransportErrorKind::CertificateExpired,
        Flaw::NotValidForName | Flaw::NotValidForNameContext { .. } => {
            TransportErrorKind::WrongHost
        }
        _ => TransportErrorKind::Tls,
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

fn configure(roots: &Roots) -> Result<ClientConfig, TransportError> {
    let builder = ClientConfig::builder_with_provider(provider()?)
        .with_safe_default_protocol_versions()
        .map_err(|error| misconfigured("the TLS versions").with_source(error))?;
    let builder = match roots {
        Roots::Platform => builder.with_platform_verifier().map_err(|error| {
            misconfigured(
                "this machine's certificate store is empty or unreadable: install its CA \
                 certificates, name a CA file, or use the built-in roots",
            )
            .with_source(error)
        })?,
        #[cfg(feature = "webpki-roots")]
        Roots::Mozilla => {
            let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect::<RootCertStore>();
            builder.with_root_certificates(roots)
        }
        Roots::Only(roots) => builder.with_root_certificates(roots.clone()),
    };
    Ok(builder.with_no_client_auth())
}

fn misconfigured(what: impl Into<Box<str>>) -> TransportError {
    TransportError::new(TransportErrorKind::Config).with_subject(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(pem: &str) -> String {
        let mut roots = RootCertStore::empty();
        let error = add_ca_pem(&mut roots, pem.as_bytes(), "the CA").unwrap_err();
        assert!(roots.is_empty());
        error.to_string()
    }

    #[test]
    fn a_bad_ca_says_what_is_wrong_with_it() {
        assert!(refusal("").contains("has no certificate in PEM form"));
        assert!(refusal("planted-secret").contains("has no certificate in PEM form"));
        let cut = "-----BEGIN CERTIFICATE-----\nplanted-secret\n";
        assert!(refusal(cut).contains("is not PEM"), "{}", refusal(cut));
        let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(refusal(empty).contains("a certificate that is none"), "{}", refusal(empty));
        assert!(!refusal(cut).contains("planted"));
    }

    #[test]
    fn a_missing_ca_file_is_named() {
        let mut roots = RootCertStore::empty();
        let error = add_ca_file(&mut roots, Path::new("/no/such/ca.pem")).unwrap_err();
        assert!(
            error.to_string().contains("the CA file /no/such/ca.pem cannot be read"),
            "{error}"
        );
        assert_eq!(error.kind(), TransportErrorKind::Config);
    }
}
