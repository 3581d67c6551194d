//! Whether a browser asks, on behalf of a page of another origin.

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderValue};

/// Browsers say so themselves, by headers that a page cannot set.
pub(crate) fn is_of_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let host = headers.get(HOST).map(HeaderValue::as_bytes);
    let of_host = |origin: &HeaderValue| {
        let origin = origin.as_bytes();
        let name = origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"));
        name.is_some() && name == host
    };
    !matches!(site, None | Some(b"none" | b"same-origin"))
        || headers.get(ORIGIN).is_some_and(|origin| !of_host(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(lines: &[(&'static str, &'static str)]) -> bool {
        let lines = lines.iter().map(|(name, value)| {
            (name.parse::<http::HeaderName>().unwrap(), HeaderValue::from_static(value))
        });
        is_of_elsewhere(&lines.collect())
    }

    #[test]
    fn a_page_of_elsewhere_is_told_from_a_program_and_from_a_page_of_here() {
        let host = ("host", "127.0.0.1:80");
        assert!(!asks(&[]) && !asks(&[host]));
        assert!(!asks(&[
            host,
            ("origin", "http://127.0.0.1:80"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(!asks(&[("sec-fetch-site", "none")]));
        for site in ["cross-site", "same-site", "what may come"] {
            assert!(asks(&[("sec-fetch-site", site)]), "{site}");
        }
        for origin in ["http://evil.example", "null", "http://127.0.0.1:81", "127.0.0.1:80", ""] {
            assert!(asks(&[host, ("origin", origin)]), "{origin}");
        }
        assert!(asks(&[("origin", "http://evil.example")]));
    }
}
