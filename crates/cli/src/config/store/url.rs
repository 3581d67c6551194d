//! The URL of a Redis server.

use std::net::Ipv6Addr;

/// What a Redis URL says, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedisUrl {
    pub(crate) tls: bool,
    /// `host:port`, or the path of a socket.
    pub(crate) address: String,
    pub(crate) database: u32,
}

impl RedisUrl {
    /// Reads `redis://`, `rediss://` or `unix://`.
    ///
    /// # Errors
    ///
    /// What is wrong, as the end of a sentence that begins with the setting's name.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const SCHEME: &str = "does not begin with redis://, rediss:// or unix://";
        if text.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err("has white space or control characters in it");
        }
        let (scheme, rest) = text.split_once("://").ok_or(SCHEME)?;
        match scheme {
            "redis" => Self::server(rest, false),
            "rediss" => Self::server(rest, true),
            "unix" | "redis+unix" => Self::socket(rest),
            _ => Err(SCHEME),
        }
    }

    fn server(rest: &str, tls: bool) -> Result<Self, &'static str> {
        if rest.contains(['?', '#']) {
            return Err("has a `?` or `#`; in a password they are written %3F and %23");
        }
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.matches('@').count() > 1 || database.contains('@') {
            return Err("has a `/` or second `@`; in a password they are written %2F and %40");
        }
        let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
        let address = match address {
            _ if is_host_and_port(address) => address.to_owned(),
            _ if is_bracketed(address) || (is_host(address) && !address.contains(':')) => {
                format!("{address}:6379")
            }
            _ => return Err("has no host, or a port that is none"),
        };
        Ok(Self { tls, address, database: number(database)? })
    }

    fn socket(rest: &str) -> Result<Self, &'static str> {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if !path.starts_with('/') {
            return Err("has no absolute path of a socket");
        }
        let mut database = "";
        for part in query.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("db", value)) => database = value,
                Some(("user" | "pass", _)) => {}
                _ => return Err("has something other than `db`, `user` and `pass` behind the `?`"),
            }
        }
        Ok(Self { tls: false, address: path.to_owned(), database: number(database)? })
    }
}

fn number(database: &str) -> Result<u32, &'static str> {
    if database.is_empty() {
        return Ok(0);
    }
    let is_plain = database.bytes().all(|byte| byte.is_ascii_digit());
    let number = database.parse().ok().filter(|_| is_plain);
    number.ok_or("has a database that is not a number")
}

/// Whether a text is a name or an address, without a port.
pub(super) fn is_host(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_name = !text.is_empty() && text.len() <= 253 && text.bytes().all(plain);
    is_name || text.parse::<Ipv6Addr>().is_ok()
}

/// Whether a text is `host:port`, an IPv6 address in brackets.
pub(super) fn is_host_and_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let is_plain = port.bytes().all(|byte| byte.is_ascii_digit());
    let is_port = is_plain && port.parse::<u16>().is_ok_and(|port| port > 0);
    is_port && (is_bracketed(host) || (is_host(host) && !host.contains(':')))
}

fn is_bracketed(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(tls: bool, address: &str, database: u32) -> RedisUrl {
        RedisUrl { tls, address: address.to_owned(), database }
    }

    #[test]
    fn what_a_url_says_is_read_without_its_password() {
        for (text, wanted) in [
            ("redis://h", url(false, "h:6379", 0)),
            ("redis://h:7000/3", url(false, "h:7000", 3)),
            ("rediss://user:planted@h.example/", url(true, "h.example:6379", 0)),
            ("redis://:planted@127.0.0.1:1/0", url(false, "127.0.0.1:1", 0)),
            ("redis://[::1]:6379", url(false, "[::1]:6379", 0)),
            ("redis://[::1]", url(false, "[::1]:6379", 0)),
            ("unix:///run/redis.sock?db=2&pass=planted", url(false, "/run/redis.sock", 2)),
        ] {
            assert_eq!(RedisUrl::parse(text), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_redis_url_says_why() {
        for (text, why) in [
            ("", "begin with"),
            ("127.0.0.1:6379", "begin with"),
            ("http://h", "begin with"),
            ("redis://", "no host"),
            ("redis://h:0", "no host"),
            ("redis://h:65536", "no host"),
            ("redis://::1", "no host"),
            ("redis://u:pl anted@h", "white space"),
            ("redis://u:p@planted@h", "second `@`"),
            ("redis://u:/planted@h", "second `@`"),
            ("redis://u:?planted@h", "`?`"),
            ("redis://h/planted", "not a number"),
            ("redis://h/+1", "not a number"),
            ("unix://planted", "absolute"),
            ("unix:///s?planted=1", "behind the `?`"),
        ] {
            let what = RedisUrl::parse(text).unwrap_err();
            assert!(what.contains(why) && !what.contains("planted"), "{text}: {what}");
        }
    }
}
