//! An HTTP proxy, as a text names it.

use std::fmt;

use http::HeaderValue;
use http::uri::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::{TransportError, TransportErrorKind};

const FORM: &str = "is not of the form http://user:password@host:port";

/// An HTTP proxy, reached without TLS, that connects by CONNECT.
///
/// ```
/// use yzb_transport::Proxy;
/// let proxy = Proxy::parse("http://user:p%40ss@proxy.example:3128")?;
/// assert_eq!(format!("{proxy:?}"), "Proxy(proxy.example:3128, with a password)");
/// # Ok::<(), yzb_transport::TransportError>(())
/// ```
#[derive(Clone)]
pub struct Proxy {
    /// Scheme, host and port.
    uri: Uri,
    authorization: Option<HeaderValue>,
    credentials: Credentials,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Credentials {
    None,
    User,
    UserAndPassword,
}

impl Proxy {
    /// Reads `http://host:port` or `http://user:password@host:port`; `http://` may be left out, and
    /// a `/` may follow. The port is 1 to 65535; without one it is 80. An IPv6 address stands in
    /// brackets. In user and password everything but letters, digits and `-._~!$&'()*+,;=` is
    /// percent-encoded UTF-8 (`%40` for `@`); a second `:` belongs to the password.
    ///
    /// # Errors
    ///
    /// It is not such a text. The error does not quote it.
    pub fn parse(text: &str) -> Result<Self, TransportError> {
        Self::parse_named(text, "the proxy")
    }

    pub(super) fn parse_named(text: &str, name: &str) -> Result<Self, TransportError> {
        read(text.trim()).map_err(|why| {
            let subject = format!("{name} {why}");
            TransportError::new(TransportErrorKind::Config).with_subject(subject)
        })
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    pub(super) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = match self.credentials {
            Credentials::None => "without password",
            Credentials::User => "with a user",
            Credentials::UserAndPassword => "with a password",
        };
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        write!(f, "Proxy({authority}, {credentials})")
    }
}

/// Takes the text apart by rules of our own: what a URI's parser makes of a password that was not
/// encoded would end up in a host's name, and with it in a log.
fn read(text: &str) -> Result<Proxy, &'static str> {
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
        Some(_) => return Err("must be an http:// one; https and socks proxies are not supported"),
        None => text,
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(['/', '?', '#']) || rest.matches('@').count() > 1 {
        return Err("has a /, ?, # or second @ where none may be: in a password they are \
                    percent-encoded (%2F, %3F, %23, %40), and nothing follows the port");
    }
    let (user_info, host_port) = match rest.split_once('@') {
        Some((user_info, host_port)) => (Some(user_info), host_port),
        None => (None, rest),
    };
    let credentials = user_info.map_or(Ok(Credentials::None), credentials)?;
    let port = port(host_port)?;
    let uri: Uri = format!("http://{}/", host_port.strip_suffix(":80").unwrap_or(host_port))
        .parse()
        .map_err(|_| FORM)?;
    let is_bare = uri.authority().is_some_and(|known| !known.as_str().contains('@'));
    if !is_bare || uri.host().is_none_or(str::is_empty) || uri.port_u16().unwrap_or(80) != port {
        return Err(FORM);
    }
    let authorization = match (credentials, user_info) {
        (Credentials::None, _) | (_, None) => None,
        (_, Some(user_info)) => Some(authorization(user_info, &uri).ok_or(FORM)?),
    };
    Ok(Proxy { uri, authorization, credentials })
}

/// The port, 80 where none is given.
fn port(host_port: &str) -> Result<u16, &'static str> {
    // The colons of an IPv6 address stand in brackets.
    let after_host = host_port.rfind(']').map_or(host_port, |end| &host_port[end + 1..]);
    let Some((_, port)) = after_host.split_once(':') else { return Ok(80) };
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(port) if is_number && port > 0 => Ok(port),
        _ => Err("has a port that is none: it is 1 to 65535, and without one 80"),
    }
}

fn credentials(user_info: &str) -> Result<Credentials, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:".contains(&byte);
    let mut bytes = user_info.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        if is_plain(byte) {
            decoded.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
        match (byte, digit(), digit()) {
            (b'%', Some(high), Some(low)) => decoded.extend(u8::try_from(high * 16 + low)),
            _ => return Err("has a user or password that is not percent-encoded"),
        }
    }
    if String::from_utf8(decoded).is_err() {
        return Err("has a user or password that is not UTF-8");
    }
    Ok(match user_info.split_once(':') {
        _ if user_info.is_empty() => Credentials::None,
        Some((_, password)) if !password.is_empty() => Credentials::UserAndPassword,
        _ => Credentials::User,
    })
}

/// The header's value.
fn authorization(user_info: &str, proxy: &Uri) -> Option<HeaderValue> {
    let with_user = format!("http://{user_info}@{}", proxy.authority()?);
    let matcher = Matcher::builder().all(with_user).build();
    let intercept = matcher.intercept(&Uri::from_static("https://any.example/"))?;
    let mut value = intercept.basic_auth()?.clone();
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        format!("{:?}", Proxy::parse(text).unwrap())
    }

    #[test]
    fn a_proxy_has_a_host_and_perhaps_a_port_and_a_password() {
        for (text, wanted) in [
            ("http://h.example:3128", "Proxy(h.example:3128, without password)"),
            ("HTTP://h:1/", "Proxy(h:1, without password)"),
            (" h ", "Proxy(h, without password)"),
            ("http://h:80", "Proxy(h, without password)"),
            ("[::1]:3128", "Proxy([::1]:3128, without password)"),
            ("http://@h", "Proxy(h, without password)"),
            ("http://user@h", "Proxy(h, with a user)"),
            ("http://user:@h", "Proxy(h, with a user)"),
            ("user:planted@h:65535", "Proxy(h:65535, with a password)"),
            ("http://:planted@h", "Proxy(h, with a password)"),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn user_and_password_are_decoded_for_the_header() {
        let header = |text| {
            let proxy = Proxy::parse(text).unwrap();
            let value = proxy.authorization().unwrap();
            assert!(value.is_sensitive());
            value.to_str().unwrap().to_owned()
        };
        // `user:pass@word`, `user:a:b` and `user:`.
        assert_eq!(header("http://user:pass%40word@h"), "Basic dXNlcjpwYXNzQHdvcmQ=");
        assert_eq!(header("http://user:a:b@h"), "Basic dXNlcjphOmI=");
        assert_eq!(header("http://user@h"), "Basic dXNlcjo=");
    }

    #[test]
    fn a_bad_proxy_is_refused_without_being_quoted() {
        for (text, why) in [
            ("", FORM),
            ("http://", FORM),
            ("://", "must be an http:// one"),
            ("not a proxy", FORM),
            ("http://user:planted@", FORM),
            ("socks5://u:planted@h:1", "must be an http:// one"),
            ("https://u:planted@h", "must be an http:// one"),
            ("http://u:p@planted@h:1", "second @"),
            ("http://u:/planted@h:1", "second @"),
            ("http://u:?planted@h:1", "second @"),
            ("http://u:#planted@h:1", "second @"),
            ("http://h:1/planted", "nothing follows the port"),
            ("http://h:1?planted", "nothing follows the port"),
            ("http://h:0", "1 to 65535"),
            ("http://h:65536", "1 to 65535"),
            ("http://h:", "1 to 65535"),
            ("http://h:planted", "1 to 65535"),
            ("http://h:+1", "1 to 65535"),
            ("::1", "1 to 65535"),
            ("http://[::1", "1 to 65535"),
            ("http://u:%zzplanted@h", "not percent-encoded"),
            ("http://u:planted%4@h", "not percent-encoded"),
            ("http://u:pl anted@h", "not percent-encoded"),
            ("http://u:planted%ff@h", "not UTF-8"),
        ] {
            let error = Proxy::parse(text).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Config, "{text}");
            assert!(error.to_string().contains(why), "{text}: {error}");
            assert!(!format!("{error} {error:?}").contains("planted"), "{error}");
        }
    }
}
