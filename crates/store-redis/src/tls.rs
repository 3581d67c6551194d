//! Certificates for `rediss://`, and who does the cryptography.

use redis::ConnectionInfo;

use crate::InvalidSetting;

/// What was said about certificates, in PEM.
#[derive(Default)]
pub(crate) struct Certificates {
    #[cfg(feature = "tls")]
    pub(crate) trust: Option<Vec<u8>>,
    #[cfg(feature = "tls")]
    pub(crate) identity: Option<(Vec<u8>, Vec<u8>)>,
}

#[cfg(feature = "tls")]
impl Certificates {
    /// Adds them to an address.
    pub(crate) fn dress(&self, info: ConnectionInfo) -> Result<ConnectionInfo, InvalidSetting> {
        cryptography()?;
        let Some(pem) = self.pem() else { return Ok(info) };
        // The client library takes a text without any for an empty list of whom to trust.
        let chain = self.identity.as_ref().map(|(certificate, _)| certificate);
        if self.trust.iter().chain(chain).any(|pem| !has_certificate(pem)) {
            return Err(InvalidSetting::Certificates);
        }
        let client = redis::Client::build_with_tls(info, pem);
        let client = client.map_err(|_| InvalidSetting::Certificates)?;
        Ok(client.get_connection_info().clone())
    }

    /// In the form that the client library takes; none if nothing was said.
    pub(crate) fn pem(&self) -> Option<redis::TlsCertificates> {
        if self.trust.is_none() && self.identity.is_none() {
            return None;
        }
        let identity = self.identity.clone();
        let client_tls = identity
            .map(|(client_cert, client_key)| redis::ClientTlsConfig { client_cert, client_key });
        Some(redis::TlsCertificates { client_tls, root_cert: self.trust.clone() })
    }
}

#[cfg(not(feature = "tls"))]
impl Certificates {
    pub(crate) fn dress(&self, _: ConnectionInfo) -> Result<ConnectionInfo, InvalidSetting> {
        Err(InvalidSetting::TlsIsOff)
    }
}

#[cfg(feature = "tls")]
fn has_certificate(pem: &[u8]) -> bool {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    CertificateDer::pem_slice_iter(pem).next().is_some()
}

/// The client library takes the cryptography that is installed for the process, and panics if there is
/// none. So ours is installed if nobody else's is.
#[cfg(feature = "tls")]
fn cryptography() -> Result<(), InvalidSetting> {
    use rustls::crypto::CryptoProvider;
    #[cfg(feature = "aws-lc-rs")]
    let ours = Some(rustls::crypto::aws_lc_rs::default_provider());
    #[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
    let ours = Some(rustls::crypto::ring::default_provider());
    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    let ours: Option<CryptoProvider> = None;
    if let (None, Some(ours)) = (CryptoProvider::get_default(), ours) {
        // Refused if somebody installed one just now, which is as good.
        let _ = ours.install_default();
    }
    match CryptoProvider::get_default() {
        Some(_) => Ok(()),
        None => Err(InvalidSetting::NoCryptography),
    }
}
