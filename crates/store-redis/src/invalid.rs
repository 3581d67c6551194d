//! Settings that cannot be.

use core::fmt;

/// Something that was said to a [`Builder`](crate::Builder) cannot be. Retrying does not help; the
/// text says what to mend, and quotes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSetting {
    /// It was not said where Redis is.
    NoServer,
    /// A URL is none of Redis.
    Url,
    /// A URL asks for TLS without checks (`#insecure`).
    InsecureTls,
    /// A URL asks for TLS, and the feature `tls` is off.
    TlsIsOff,
    /// There is no cryptography for TLS in this program.
    NoCryptography,
    /// A certificate or key is no PEM.
    Certificates,
    /// There is no such database there.
    Database,
    /// The master that the Sentinels are to be asked for has no name.
    NoService,
    /// The URLs of a Cluster's nodes do not go together.
    Cluster,
    /// The text in front of keys is too long, or has a character that it must not have.
    KeyPrefix,
    /// A time is too short to be one, or longer than an hour.
    Time,
    /// The program's name cannot be made.
    Name,
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoServer => "say where Redis is: a server, Sentinels or a Cluster",
            Self::Url => {
                "a URL of Redis looks like redis://user:password@host:6379/0, rediss://… with TLS, \
                 or redis+unix:///path; escape what is special in a password with %"
            }
            Self::InsecureTls => {
                "TLS without checks is no TLS: drop #insecure and trust the server's certificate"
            }
            Self::TlsIsOff => "rediss:// needs the feature `tls` of yzb-store-redis",
            Self::NoCryptography => {
                "rediss:// needs cryptography: switch the feature `ring` or `aws-lc-rs` on, or \
                 install a rustls CryptoProvider for the process first"
            }
            Self::Certificates => "the certificates or the key for Redis cannot be read as PEM",
            Self::Database => "Sentinels and Clusters have database 0 only, and none is negative",
            Self::NoService => "give the name by which the Sentinels know the master",
            Self::Cluster => {
                "the nodes of a Cluster are TCP addresses that all have TLS or all have none"
            }
            Self::KeyPrefix => "the key prefix must be up to 64 visible ASCII characters",
            Self::Time => {
                "a time-out must not be zero, a lease must be a second or more, and none may be longer \
                 than an hour"
            }
            Self::Name => "the program's name cannot be made; give one",
        })
    }
}

impl core::error::Error for InvalidSetting {}
