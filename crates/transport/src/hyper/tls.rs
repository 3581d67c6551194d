//! Whom the default stack trusts.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::TransportError;
use crate::tls::{client_config, misconfigured};

/// Whom to trust.
#[derive(Default)]
pub(super) enum Roots {
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
pub(super) struct Tls {
    roots: Roots,
    config: OnceLock<Result<Arc<ClientConfig>, TransportError>>,
}

impl Tls {
    pub(super) fn new(roots: Roots) -> Self {
        Self { roots, config: OnceLock::new() }
    }

    /// The configuration; an error stays an error.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, TransportError> {
        self.config.get_or_init(|| self.roots.config().map(Arc::new)).clone()
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
pub(super) fn add_ca_file(roots: &mut RootCertStore, path: &Path) -> Result<(), TransportError> {
    let what = format!("the CA file {}", path.display());
    match std::fs::read(path) {
        Ok(pem) => add_ca_pem(roots, &pem, &what),
        Err(error) => Err(misconfigured(format!("{what} cannot be read")).with_source(error)),
    }
}

/// Adds the certificates of a PEM text, all or none.
pub(super) fn add_ca_pem(
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

impl Roots {
    fn config(&self) -> Result<ClientConfig, TransportError> {
        match self {
            Self::Platform => client_config(None),
            #[cfg(feature = "webpki-roots")]
            Self::Mozilla => {
                client_config(Some(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()))
            }
            Self::Only(roots) => client_config(Some(roots.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransportErrorKind;

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
