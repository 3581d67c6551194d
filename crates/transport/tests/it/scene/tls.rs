//! A certificate authority of our own.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};

/// An authority that nobody knows.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    /// Its own certificate, for a CA file.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server with a certificate for `name`.
    pub(crate) fn server(&self, name: &str) -> ServerConfig {
        self.server_with(&CertificateParams::new([name.to_owned()]).unwrap())
    }

    /// A server whose certificate ended long ago.
    pub(crate) fn expired_server(&self, name: &str) -> ServerConfig {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.server_with(&params)
    }

    /// A server whose certificate begins in a time to come.
    pub(crate) fn early_server(&self, name: &str) -> ServerConfig {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(3000, 1, 1);
        params.not_after = date_time_ymd(3001, 1, 1);
        self.server_with(&params)
    }

    /// A server with an authority's certificate in place of one of its own.
    pub(crate) fn server_with_an_authority_s_certificate(&self, name: &str) -> ServerConfig {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        self.server_with(&params)
    }

    /// A server that wants a certificate of its clients.
    pub(crate) fn server_that_wants_one_too(&self, name: &str) -> ServerConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        self.server_verifying(&params, Some(verifier.build().unwrap()))
    }

    fn server_with(&self, params: &CertificateParams) -> ServerConfig {
        self.server_verifying(params, None)
    }

    fn server_verifying(
        &self,
        params: &CertificateParams,
        clients: Option<Arc<dyn ClientCertVerifier>>,
    ) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(clients.unwrap_or_else(WebPkiClientVerifier::no_client_auth))
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }
}
