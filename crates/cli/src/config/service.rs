//! `service`: where the service listens, and who may ask.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::PathBuf;

use super::reader::{At, Fields, Reader};
use super::secret::{Secret, SecretKind};

/// The HTTP side of the service.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) listen: Vec<Listen>,
    /// Whoever shows one of these may ask. Without any, everybody who reaches the address may: so
    /// addresses that others than this machine reach are refused then.
    pub(crate) bearer_tokens: Vec<Bearer>,
    /// Further names that a `Host` header may have, beside the addresses themselves: a page that makes
    /// a browser call us by another name is refused.
    pub(crate) hosts: Vec<String>,
}

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Listen {
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// A client of the service.
#[derive(Debug)]
pub(crate) struct Bearer {
    /// Who it is, for the log.
    pub(crate) name: String,
    pub(crate) token: Secret,
}

/// Where the service listens if the file does not say.
const DEFAULT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8180);

pub(super) fn read(reader: &mut Reader, root: &Fields<'_>) -> Service {
    let mut service = Service {
        listen: vec![Listen::Tcp(DEFAULT)],
        bearer_tokens: Vec::new(),
        hosts: Vec::new(),
    };
    let keys = ["listen", "bearer_tokens", "hosts"];
    let fields = root.find("service").and_then(|at| reader.map(&at, &keys));
    let Some(fields) = fields else { return service };
    let bearers = fields.find("bearer_tokens");
    service.bearer_tokens = bearers.as_ref().map(|at| bearer_list(reader, at)).unwrap_or_default();
    if let Some(at) = fields.find("listen") {
        // A list in which every token is wrong is still one that was meant to guard.
        let guarded = bearers.as_ref().is_some_and(At::has_items);
        service.listen = addresses(reader, &at, guarded);
    }
    if let Some(at) = fields.find("hosts") {
        service.hosts = hosts(reader, &at);
    }
    service
}

fn addresses(reader: &mut Reader, at: &At<'_>, guarded: bool) -> Vec<Listen> {
    let (mut listen, mut known) = (Vec::new(), HashSet::new());
    for item in reader.list(at) {
        let Some(text) = reader.text(&item) else { continue };
        let address = match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') && !path.chars().any(char::is_control) => {
                Some(Listen::Unix(PathBuf::from(path)))
            }
            Some(_) => None,
            None => text.parse().ok().map(Listen::Tcp),
        };
        match address {
            None => {
                let remedy = "write it like `127.0.0.1:8180`, `[::1]:8180` or `unix:/run/yzb.sock`";
                reader.wrong(&item, "is no address to listen on", remedy);
            }
            Some(address) if known.contains(&address) => {
                reader.wrong(&item, "is listed already", "keep one of the two");
            }
            Some(address) if !guarded && !address.is_local() => {
                let what = "is reached by other machines, and no bearer token guards it";
                let remedy = "listen on 127.0.0.1, or add `bearer_tokens`";
                reader.wrong(&item, what, remedy);
            }
            Some(address) => {
                known.insert(address.clone());
                listen.push(address);
            }
        }
    }
    listen
}

fn bearer_list(reader: &mut Reader, at: &At<'_>) -> Vec<Bearer> {
    let mut lines = HashMap::new();
    let mut bearers = Vec::new();
    for item in reader.list(at) {
        let Some(fields) = reader.map(&item, &["name", "token"]) else { continue };
        let name = reader.required(&fields, "name", "say who shows this token, for the log");
        let name = name.and_then(|at| bearer_name(reader, &at, &mut lines));
        let token = reader.required(&fields, "token", SecretKind::BearerToken.remedy());
        let token = token.and_then(|at| Secret::read(reader, &at, SecretKind::BearerToken));
        if let (Some(name), Some(token)) = (name, token) {
            bearers.push(Bearer { name, token });
        }
    }
    bearers
}

fn bearer_name(
    reader: &mut Reader,
    at: &At<'_>,
    lines: &mut HashMap<String, usize>,
) -> Option<String> {
    let name = reader.text(at)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
        let what = "is not 1 to 64 letters, digits, `-`, `_` and `.`";
        reader.wrong(at, what, "write a short name, not the token");
        return None;
    }
    if let Some(first) = lines.insert(name.to_owned(), at.place().line) {
        let what = format!("is the name in line {first} already");
        reader.wrong(at, what, "give each token a name of its own");
        return None;
    }
    Some(name.to_owned())
}

fn hosts(reader: &mut Reader, at: &At<'_>) -> Vec<String> {
    let mut hosts = Vec::new();
    for item in reader.list(at) {
        let Some(text) = reader.text(&item) else { continue };
        let known = text.parse::<http::uri::Authority>().ok();
        match known.filter(|authority| !authority.as_str().contains('@')) {
            Some(authority) => hosts.push(authority.as_str().to_ascii_lowercase()),
            None => {
                let remedy = "write it like `tokens.internal` or `tokens.internal:8180`";
                reader.wrong(&item, "is no host", remedy);
            }
        }
    }
    hosts
}

impl Listen {
    /// Whether only this machine reaches it.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

/// As the file writes it.
impl std::fmt::Display for Listen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
