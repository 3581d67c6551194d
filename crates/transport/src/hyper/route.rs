//! Which hosts are reached through which proxy.

use std::net::IpAddr;

use http::uri::{Scheme, Uri};
use yzb_proto::is_loopback_host;

use super::proxy::Proxy;
use crate::{TransportError, TransportErrorKind};

/// Which hosts are reached through which proxy. Its `Debug` hides the passwords.
#[derive(Debug, Default)]
pub(super) struct Route(Kind);

#[derive(Debug, Default)]
enum Kind {
    #[default]
    Direct,
    /// Every host; `plaintext` says whether the proxy may read what is sent to one by `http`.
    All { proxy: Proxy, plaintext: bool },
    /// As the environment says.
    Environment { https: Option<Proxy>, http: Option<Proxy>, except: Vec<Exception> },
}

impl Route {
    pub(super) fn direct() -> Self {
        Self::default()
    }

    /// Every host through this proxy. A tunnel does not encrypt, so that the proxy can read what is
    /// sent by `http`: unless that is allowed, or the proxy is this machine's own, it is refused.
    pub(super) fn through(proxy: &Proxy, allow_plaintext: bool) -> Self {
        let plaintext = allow_plaintext || is_loopback_host(proxy.host());
        Self(Kind::All { proxy: proxy.clone(), plaintext })
    }

    /// As the environment says: see [`HyperBuilder::proxy_from_env`](super::HyperBuilder).
    pub(super) fn from_env(
        mut variable: impl FnMut(&str) -> Option<String>,
    ) -> Result<Self, TransportError> {
        // Upper case wins. An empty variable is none.
        let mut first = |names: [&'static str; 2]| {
            names.into_iter().find_map(|name| {
                variable(name).filter(|text| !text.trim().is_empty()).map(|text| (name, text))
            })
        };
        // A web server turns a request's header `Proxy:` into HTTP_PROXY for its CGI programs, so
        // that there a stranger could choose the proxy.
        let is_cgi = first(["REQUEST_METHOD"; 2]).is_some();
        let mut proxy = |names| match first(names) {
            Some((name, text)) => Proxy::parse_named(&text, name).map(Some),
            None => Ok(None),
        };
        let all = proxy(["ALL_PROXY", "all_proxy"])?;
        let https = proxy(["HTTPS_PROXY", "https_proxy"])?.or_else(|| all.clone());
        let http = if is_cgi { None } else { proxy(["HTTP_PROXY", "http_proxy"])? }.or(all);
        let (_, except) = first(["NO_PROXY", "no_proxy"]).unwrap_or_default();
        Ok(Self(Kind::Environment { https, http, except: exceptions(&except) }))
    }

    /// # Errors
    ///
    /// A proxy that is not this machine's would read the request.
    pub(super) fn proxy_for(&self, target: &Uri) -> Result<Option<&Proxy>, TransportError> {
        let is_https = target.scheme() == Some(&Scheme::HTTPS);
        match &self.0 {
            Kind::Direct => Ok(None),
            Kind::All { proxy, plaintext } if is_https || *plaintext => Ok(Some(proxy)),
            Kind::All { proxy, .. } => {
                let what = format!("to {}, the proxy, which could read it", proxy.host());
                Err(TransportError::new(TransportErrorKind::Insecure).with_subject(what))
            }
            Kind::Environment { https, http, except } => {
                let host = target.host().unwrap_or_default().trim_end_matches('.');
                let port = target.port_u16().unwrap_or(if is_https { 443 } else { 80 });
                if is_loopback_host(host) || except.iter().any(|one| one.covers(host, port)) {
                    return Ok(None);
                }
                Ok(if is_https { https } else { http }.as_ref())
            }
        }
    }
}

/// A part of `NO_PROXY`.
#[derive(Debug, PartialEq, Eq)]
struct Exception {
    hosts: Hosts,
    /// Only this port.
    port: Option<u16>,
}

#[derive(Debug, PartialEq, Eq)]
enum Hosts {
    All,
    /// A name and all below it, in lower case.
    Below(String),
    /// An address, or all that begin with so many of its bits.
    Network(IpAddr, u8),
}

fn exceptions(text: &str) -> Vec<Exception> {
    let entries = text.split(|c: char| c == ',' || c.is_whitespace());
    entries.filter(|entry| !entry.is_empty()).map(Exception::read).collect()
}

impl Exception {
    fn read(entry: &str) -> Self {
        if let Some(hosts) = Hosts::network(entry) {
            return Self { hosts, port: None };
        }
        let (host, port) = match entry.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
            Some((host, Ok(port))) => (host, Some(port)),
            _ => (entry, None),
        };
        let name = host.strip_prefix('*').unwrap_or(host).trim_matches('.').to_ascii_lowercase();
        let hosts = match Hosts::network(host) {
            Some(network) => network,
            None if host == "*" => Hosts::All,
            None => Hosts::Below(name),
        };
        Self { hosts, port }
    }

    fn covers(&self, host: &str, port: u16) -> bool {
        if self.port.is_some_and(|only| only != port) {
            return false;
        }
        let host = host.to_ascii_lowercase();
        match &self.hosts {
            Hosts::All => true,
            Hosts::Below(name) => {
                let above = host.strip_suffix(name.as_str());
                !name.is_empty()
                    && above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
            Hosts::Network(network, bits) => {
                address(&host).is_some_and(|host| begins_alike(host, *network, *bits))
            }
        }
    }
}

impl Hosts {
    fn network(text: &str) -> Option<Self> {
        let (start, bits) = match text.split_once('/') {
            Some((start, bits)) => (start, Some(bits.parse().ok()?)),
            None => (text, None),
        };
        let start = address(start)?;
        let most = if start.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self::Network(start, bits))
    }
}

/// An address, with brackets or without.
fn address(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

fn begins_alike(one: IpAddr, other: IpAddr, bits: u8) -> bool {
    let different = match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros(),
        (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros(),
        _ => return false,
    };
    different >= bits.into()
}

#[cfg(test)]
mod tests;
