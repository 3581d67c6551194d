//! Where the platform is: scheme and authority, parsed once.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use http::uri::{Authority, Scheme, Uri};

/// The scheme, host and port that calls go to.
///
/// ```
/// use yzb_proto::Origin;
/// assert_eq!(Origin::production().to_string(), "https://oauth.yuanzhibang.com");
/// let emulator: Origin = "http://127.0.0.1:8080".parse()?;
/// assert!("http://oauth.yuanzhibang.com".parse::<Origin>().is_err()); // the secret would be readable
/// # Ok::<(), yzb_proto::InvalidOrigin>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: Scheme,
    authority: Authority,
}

/// An origin was refused, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidOrigin {
    /// It is not `scheme://host` or `scheme://host:port`.
    NotAnOrigin,
    /// Its scheme is neither `https` nor `http`.
    Scheme,
    /// It has a user or a password.
    UserInfo,
    /// It has a path, a query or a fragment.
    Path,
    /// It is `http` and not a loopback address: the app's secret would be readable on the way.
    Plaintext,
}

impl Origin {
    /// `https://oauth.yuanzhibang.com`.
    #[must_use]
    pub fn production() -> Self {
        let authority = Authority::from_static("oauth.yuanzhibang.com");
        Self { scheme: Scheme::HTTPS, authority }
    }

    /// An `http` origin that is not a loopback address, such as an emulator in a container next
    /// door. Everything sent there, the app's secret first, can be read on the way.
    ///
    /// # Errors
    ///
    /// The text is not an origin.
    pub fn allowing_plaintext(text: &str) -> Result<Self, InvalidOrigin> {
        let without_fragment = text.split('#').next().unwrap_or_default();
        let uri: Uri = without_fragment.parse().map_err(|_| InvalidOrigin::NotAnOrigin)?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(InvalidOrigin::NotAnOrigin);
        };
        if *scheme != Scheme::HTTPS && *scheme != Scheme::HTTP {
            return Err(InvalidOrigin::Scheme);
        }
        if authority.as_str().contains('@') {
            return Err(InvalidOrigin::UserInfo);
        }
        let rest = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        if rest != "/" || without_fragment.len() != text.len() {
            return Err(InvalidOrigin::Path);
        }
        let authority = normal(scheme, authority).ok_or(InvalidOrigin::NotAnOrigin)?;
        Ok(Self { scheme: scheme.clone(), authority })
    }

    /// The scheme: `https`, or `http`.
    #[must_use]
    pub const fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// The host, with the port if one was given.
    #[must_use]
    pub const fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Whether the host is this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(self.authority.host())
    }

    /// The URL of a path, which is known to be one.
    pub(crate) fn url(&self, path: &'static str) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(http::uri::PathAndQuery::from_static(path));
        // With all three parts given there is nothing that could be wrong.
        Uri::from_parts(parts).unwrap_or_default()
    }
}

/// Whether a host, as a URL writes it, is this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let v4 = host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    let v6 = bracketed(host).is_some_and(|address| address.is_loopback());
    v4 || v6 || host.eq_ignore_ascii_case("localhost")
}

/// The one spelling of an authority: hosts in lower case, addresses in their short form, no port
/// where it is the scheme's own. Two spellings must not make two keys.
fn normal(scheme: &Scheme, authority: &Authority) -> Option<Authority> {
    let host = match bracketed(authority.host()) {
        Some(address) => format!("[{address}]"),
        None => name(authority.host())?,
    };
    let default_port = if *scheme == Scheme::HTTPS { 443 } else { 80 };
    match authority.as_str().get(authority.host().len()..) {
        Some("") => Authority::try_from(host).ok(),
        _ => match authority.port_u16()? {
            0 => None,
            port if port == default_port => Authority::try_from(host).ok(),
            port => Authority::try_from(format!("{host}:{port}")).ok(),
        },
    }
}

fn name(host: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(plain);
    host.split('.').all(is_label).then(|| host.to_ascii_lowercase())
}

fn bracketed(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

impl core::str::FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let origin = Self::allowing_plaintext(text)?;
        if origin.scheme == Scheme::HTTP && !origin.is_loopback() {
            return Err(InvalidOrigin::Plaintext);
        }
        Ok(origin)
    }
}

impl Default for Origin {
    fn default() -> Self {
        Self::production()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({self})")
    }
}

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnOrigin => "the origin must look like https://host or https://host:port",
            Self::Scheme => "the origin's scheme must be https (or http for a loopback address)",
            Self::UserInfo => "the origin must not have a user or password in it",
            Self::Path => {
                "the origin must end after host and port, without path, query or fragment"
            }
            Self::Plaintext => {
                "the origin must be https: over http the app's secret can be read on the way \
                 (http is for loopback addresses)"
            }
        })
    }
}

impl core::error::Error for InvalidOrigin {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_an_origin_says_why() {
        for (text, wanted) in [
            ("", InvalidOrigin::NotAnOrigin),
            ("oauth.yuanzhibang.com", InvalidOrigin::NotAnOrigin),
            ("https://", InvalidOrigin::NotAnOrigin),
            ("https://h:", InvalidOrigin::NotAnOrigin),
            ("https://h:0", InvalidOrigin::NotAnOrigin),
            ("https://h:99999", InvalidOrigin::NotAnOrigin),
            ("https://h\r\nx: y", InvalidOrigin::NotAnOrigin),
            ("https://*", InvalidOrigin::NotAnOrigin),
            ("https://..", InvalidOrigin::NotAnOrigin),
            ("https://h.", InvalidOrigin::NotAnOrigin),
            ("https://[zz]", InvalidOrigin::NotAnOrigin),
            ("https://[127.0.0.1]", InvalidOrigin::NotAnOrigin),
            ("https://a!b", InvalidOrigin::NotAnOrigin),
            ("gopher://h", InvalidOrigin::Scheme),
            ("ftp://h", InvalidOrigin::Scheme),
            ("https://user:pass@h", InvalidOrigin::UserInfo),
            ("https://h/OAuth2", InvalidOrigin::Path),
            ("https://h/?a=1", InvalidOrigin::Path),
            ("https://h#x", InvalidOrigin::Path),
            ("http://10.0.0.1", InvalidOrigin::Plaintext),
            ("http://localhost.evil.example", InvalidOrigin::Plaintext),
            ("http://127.0.0.1.evil.example", InvalidOrigin::Plaintext),
        ] {
            assert_eq!(text.parse::<Origin>(), Err(wanted), "{text:?}");
        }
    }

    #[test]
    fn loopback_may_be_plain_and_others_when_asked_for() {
        for text in
            ["http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:8080", "http://localhost"]
        {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), text);
        }
        assert!(Origin::allowing_plaintext("http://emulator:8080").is_ok());
    }

    #[test]
    fn spelling_does_not_make_a_second_origin() {
        let plain: Origin = "https://host.example".parse().unwrap();
        for same in
            ["https://HOST.example/", "https://host.example:443", "https://host.example:0443"]
        {
            assert_eq!(same.parse(), Ok(plain.clone()), "{same}");
        }
        let address: Origin = "http://[::1]:80".parse().unwrap();
        assert_eq!("http://[0:0::1]".parse(), Ok(address));
        assert_eq!(
            "http://LOCALHOST:80".parse::<Origin>().unwrap().to_string(),
            "http://localhost"
        );
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["127.0.0.1", "127.255.0.1", "[::1]", "localhost", "LocalHost"] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in ["[127.0.0.1]", "[127.0.0.1", "[[::1]]", "::1", "128.0.0.1", "[::2]", "a", ""] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }
}
