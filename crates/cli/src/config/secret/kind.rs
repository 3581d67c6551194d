//! What a secret must look like.

use yzb::proto::AppSecret;
use yzb::transport::Proxy;

use super::super::store::RedisUrl;
use super::LONGEST;

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretKind {
    /// An app's secret key.
    App,
    /// A proxy with its user and password.
    Proxy,
    /// The password of a Redis server. It may be empty: then there is none.
    RedisPassword,
    /// The URL of a Redis server, with its password.
    RedisUrl,
    /// What a client of the service shows.
    BearerToken,
}

/// The least bytes of a bearer token: sixteen random ones, written as letters, have more.
const SHORTEST_BEARER: usize = 20;

impl SecretKind {
    /// Whether a text can be such a secret.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as the end of a sentence that begins with its name. It is not quoted.
    pub(crate) fn check(self, text: &str) -> Result<(), String> {
        if text.len() > LONGEST {
            return Err(format!("has more than {LONGEST} bytes"));
        }
        match self {
            Self::App => AppSecret::new(text)
                .map(drop)
                .map_err(|error| format!("is no app secret: {}", error.problem())),
            Self::Proxy => Proxy::parse(text).map(drop).map_err(|error| proxy_words(&error)),
            Self::RedisPassword if text.contains(['\r', '\n', '\0']) => {
                Err("has a line end or a NUL in it".to_owned())
            }
            Self::RedisPassword => Ok(()),
            Self::RedisUrl => RedisUrl::parse(text).map(drop).map_err(str::to_owned),
            Self::BearerToken => bearer(text),
        }
    }

    /// What to do about one that cannot be.
    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Self::App => "copy it from the app's page in the open platform's console",
            Self::Proxy => "write it like http://user:password@host:port",
            Self::RedisPassword => "check that it is whole and alone",
            Self::RedisUrl => "write it like redis://user:password@host:port/database",
            Self::BearerToken => "draw one at random, such as by `openssl rand -hex 32`",
        }
    }

    /// Whether it is what the published template has in this place.
    pub(super) fn is_placeholder(self, text: &str) -> bool {
        match self {
            Self::App => text == "your_app_secret",
            Self::Proxy => text.ends_with("proxy_user:proxy_password@proxy_host:proxy_port"),
            Self::RedisPassword => text == "redis_auth",
            Self::RedisUrl | Self::BearerToken => false,
        }
    }
}

/// The part in parentheses, which says what is wrong in words that do not quote.
fn proxy_words(error: &yzb::transport::TransportError) -> String {
    let text = error.to_string();
    let words = text.split_once("(the proxy ").and_then(|(_, rest)| rest.split_once("):"));
    match words {
        Some((words, _)) => words.to_owned(),
        None => "is not of the form http://user:password@host:port".to_owned(),
    }
}

fn bearer(text: &str) -> Result<(), String> {
    if text.len() < SHORTEST_BEARER {
        return Err(format!("has fewer than {SHORTEST_BEARER} bytes, so that it can be guessed"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("has characters that no HTTP header may have".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_the_secret_is_said_without_it() {
        for (kind, text, why) in [
            (SecretKind::App, "", "is empty"),
            (SecretKind::App, "planted secret", "forbidden character at byte 7"),
            (SecretKind::Proxy, "socks5://u:planted@h", "must be an http:// one"),
            (SecretKind::Proxy, "http://u:planted@h:0", "1 to 65535"),
            (SecretKind::RedisPassword, "planted\n", "line end"),
            (SecretKind::RedisUrl, "http://planted", "begin with"),
            (SecretKind::BearerToken, "planted", "guessed"),
            (SecretKind::BearerToken, "planted and then some more", "header"),
        ] {
            let what = kind.check(text).unwrap_err();
            assert!(what.contains(why) && !what.contains("planted"), "{what}");
            assert!(!kind.remedy().is_empty());
        }
    }

    #[test]
    fn an_empty_redis_password_is_none() {
        assert_eq!(SecretKind::RedisPassword.check(""), Ok(()));
    }
}
