//! Certificates of the test's own.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::folder::Folder;

/// Who signs, and what it signed.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        // OpenSSL takes two certificates of one name for one.
        params.distinguished_name.push(DnType::CommonName, "the test's own authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for these names and addresses, and its key.
    pub(crate) fn issue(&self, names: &[&str]) -> (String, String) {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// The same with a certificate that was over years ago.
    pub(crate) fn expired_lines(&self, folder: &Folder, names: &[&str], port: u16) -> String {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        self.lines_of(folder, (certificate.pem(), key.serialize_pem()), port)
    }

    /// The lines by which a server speaks TLS on this port, and no more than TLS there.
    pub(crate) fn lines(&self, folder: &Folder, names: &[&str], port: u16) -> String {
        self.lines_of(folder, self.issue(names), port)
    }

    fn lines_of(&self, folder: &Folder, (certificate, key): (String, String), port: u16) -> String {
        let certificate = folder.write("server.pem", &certificate);
        let key = folder.write("server.key", &key);
        let trust = folder.write("trust.pem", &self.pem());
        format!(
            "tls-port {port}\ntls-cert-file {}\ntls-key-file {}\ntls-ca-cert-file {}\n",
            certificate.display(),
            key.display(),
            trust.display()
        )
    }
}
