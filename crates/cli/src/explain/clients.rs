//! What the published clients take for the page of a URL.
//!
//! Told from their behaviour, for URLs that can be signed, that is, of http and https. Not told apart
//! are versions of their languages' libraries, which differ in what they refuse.

use yzb::proto::PageUrl;

/// A published client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    Node,
    Python,
    Php,
    Java,
}

impl Client {
    pub(super) const ALL: [Self; 4] = [Self::Node, Self::Python, Self::Php, Self::Java];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Python => "python",
            Self::Php => "php",
            Self::Java => "java",
        }
    }

    /// The page that it signs; none if it cannot read the URL.
    pub(super) fn page(self, url: &str) -> Option<String> {
        let page = match self {
            // It parses by the WHATWG rules, as we do.
            Self::Node => return PageUrl::rewrite(url).ok().map(|known| known.page.to_string()),
            Self::Python => python(url)?,
            Self::Php => php(url)?,
            Self::Java => java(url)?,
        };
        Some(page.strip_suffix('/').unwrap_or(&page).to_owned())
    }
}

/// `urlparse`: the authority and the path as they stand, without `;` and what follows in the last
/// segment.
fn python(url: &str) -> Option<String> {
    let url = url.trim_start_matches(|character: char| character <= ' ');
    let url: String = url.chars().filter(|character| !"\t\r\n".contains(*character)).collect();
    let (scheme, rest) = scheme(&url)?;
    let (authority, rest) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
        None => ("", rest),
    };
    if authority.contains('[') != authority.contains(']') {
        return None;
    }
    let path = before(before(rest, '#'), '?');
    let last = path.rfind('/').unwrap_or_default();
    let path = match path.get(last..).and_then(|segment| segment.find(';')) {
        Some(at) => path.get(..last + at)?,
        None => path,
    };
    Some(format!("{}://{authority}{path}", scheme.to_ascii_lowercase()))
}

/// `parse_url`: scheme, host and path as they stand, without the user, with control characters as `_`.
fn php(url: &str) -> Option<String> {
    let control = |byte: char| byte.is_ascii_control();
    let replaced = url.replace(control, "_");
    let Some((scheme, rest)) = scheme(&replaced) else {
        return Some(format!("://{}", before(before(&replaced, '#'), '?')));
    };
    let Some(rest) = rest.strip_prefix("//") else {
        return Some(format!("{scheme}://{}", before(before(rest, '#'), '?')));
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port_at = host.rfind(':').filter(|at| host.rfind(']').is_none_or(|end| end < *at));
    let (host, port) = match port_at {
        Some(at) => (host.get(..at)?, host.get(at + 1..)?),
        None => (host, ""),
    };
    if host.is_empty() {
        return None;
    }
    let path = before(before(rest, '#'), '?');
    if port.is_empty() {
        return Some(format!("{scheme}://{host}{path}"));
    }
    let port: u16 = port.parse().ok()?;
    Some(format!("{scheme}://{host}:{port}{path}"))
}

/// `java.net.URL`: the authority with its user and the path as they stand.
fn java(url: &str) -> Option<String> {
    let url = url.trim_matches(|character: char| character <= ' ');
    let (scheme, rest) = scheme(url)?;
    let rest = before(before(rest, '#'), '?');
    let scheme = scheme.to_ascii_lowercase();
    let Some(rest) = rest.strip_prefix("//").filter(|rest| !rest.starts_with("//")) else {
        // It writes out that it has no authority.
        return Some(format!("{scheme}://null{rest}"));
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    is_java_host(host).then(|| format!("{scheme}://{authority}{path}"))
}

fn is_java_host(host: &str) -> bool {
    let port = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if address.parse::<std::net::Ipv6Addr>().is_ok() => port,
            _ => return false,
        },
        None => host.find(':').and_then(|at| host.get(at..)).unwrap_or_default(),
    };
    matches!(port, "" | ":")
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.parse::<i32>().is_ok_and(|port| port >= -1))
}

/// The scheme as it stands, and what is behind its colon.
fn scheme(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    (is_scheme && scheme.bytes().all(plain)).then_some((scheme, rest))
}

fn before(text: &str, mark: char) -> &str {
    text.split(mark).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Page URLs as the published clients, run as published, made them.
    const VECTORS: &str = include_str!("../../../proto/fixtures/vectors/page_urls.json");

    #[test]
    fn each_client_is_as_it_was_when_it_was_run() {
        let vectors: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
        let (mut compared, mut wrong) = (0, Vec::new());
        for case in vectors["cases"].as_array().unwrap() {
            let url = case["url"].as_str().unwrap();
            if case["rule"].is_null() {
                continue;
            }
            for client in Client::ALL {
                compared += 1;
                // PHP goes on with nothing where it cannot read a URL.
                let wanted = case["clients"][client.name()].as_str().filter(|page| *page != ":/");
                let page = client.page(url);
                if page.as_deref() != wanted {
                    wrong.push(format!("{} {url:?}: {page:?}, not {wanted:?}", client.name()));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(compared > 400, "{compared}");
    }
}
