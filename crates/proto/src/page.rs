//! The page URL that a signature is over.
//!
//! `page` is the page's URL without query and fragment and without **one** trailing `/`. The
//! published clients agree on it once the URL is in the form that a browser's `location.href`
//! reports, and differ before that. So a URL in that form is accepted by a scan, and any other is
//! refused with a [`Lint`] that names the part; with the feature `url`, [`PageUrl::rewrite`] turns
//! it into what a browser would report, by the WHATWG rules, and says what it changed.

mod classes;
mod host;
mod lint;
mod quick;
#[cfg(feature = "url")]
mod rewrite;

use core::fmt;
use std::borrow::Cow;

use classes::{IN_FRAGMENT, IN_HOST, IN_PATH, IN_QUERY, IS_COLON, position};

pub use lint::{Lint, Lints};
#[cfg(feature = "url")]
pub use rewrite::Rewritten;

/// A page's URL as it is signed.
///
/// ```
/// use yzb_proto::PageUrl;
/// let page = PageUrl::scan("https://yuanzhibang.com/a/b/?x=1&v=x#12")?;
/// assert_eq!(page.as_str(), "https://yuanzhibang.com/a/b");
/// let refused = PageUrl::scan("https://YuanZhiBang.com/a").unwrap_err();
/// assert!(refused.to_string().contains("host"));
/// # Ok::<(), yzb_proto::InvalidPage>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageUrl<'a>(Cow<'a, str>);

/// A URL cannot be signed, or not as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPage {
    /// It is no absolute URL with a host that exists by the rules.
    NotAUrl,
    /// Its scheme is neither `http` nor `https`.
    Scheme,
    /// It is longer than [`PageUrl::LONGEST`].
    TooLong,
    /// A browser would not report it in this form.
    Unusual(Lint),
}

impl<'a> PageUrl<'a> {
    /// The most bytes a URL may have, query and fragment included.
    pub const LONGEST: usize = 65_536;

    /// Takes a URL that is already in the form a browser reports, by looking at each byte once.
    /// Nothing is allocated.
    ///
    /// A host with an international name (`xn--…`) is taken as it is: whether its code is a real
    /// name only a table could tell. An IPv6 address with an IPv4 address inside is refused.
    ///
    /// # Errors
    ///
    /// The URL cannot be signed, or is not in that form; the error names the part and the remedy.
    pub fn scan(href: &'a str) -> Result<Self, InvalidPage> {
        if href.len() > Self::LONGEST {
            return Err(InvalidPage::TooLong);
        }
        let (rest, default_port) = after_scheme(href)?;
        let bytes = rest.as_bytes();
        let path_end = match quick::path_end(bytes) {
            Some(path_end) => path_end,
            None => path_end_by_parts(rest, default_port)?,
        };
        Ok(Self(Cow::Borrowed(page_of(href, href.len() - rest.len() + path_end))))
    }

    /// The URL as it is signed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> PageUrl<'static> {
        PageUrl(Cow::Owned(self.0.into_owned()))
    }
}

/// What follows `http://` or `https://`, and that scheme's port.
fn after_scheme(href: &str) -> Result<(&str, &'static str), InvalidPage> {
    if let Some(rest) = href.strip_prefix("https://") {
        return Ok((rest, "443"));
    }
    match href.strip_prefix("http://") {
        Some(rest) => Ok((rest, "80")),
        None => Err(lint::scheme(href)),
    }
}

/// Where the path ends, after each part was looked at by its own rule.
fn path_end_by_parts(rest: &str, default_port: &str) -> Result<usize, InvalidPage> {
    let bytes = rest.as_bytes();
    let authority_end = position(bytes, 0, IN_HOST | IS_COLON);
    let (authority, after) = rest.split_at(authority_end);
    match bytes.get(authority_end) {
        Some(b'/') if !authority.is_empty() => {}
        _ if authority.is_empty() => return Err(lint::no_authority(after)),
        _ => return Err(unusual(lint::after_authority(after))),
    }
    host::check(authority, default_port)?;
    let path_end = end_of(bytes, authority_end, IN_PATH, Lint::PathCharacter, b"?#")?;
    if has_dot_segment(&bytes[authority_end..path_end]) {
        return Err(unusual(Lint::DotSegment));
    }
    check_tail(bytes, path_end)?;
    Ok(path_end)
}

/// The same; whatever ends the part must be one of `ends`.
fn end_of(
    bytes: &[u8],
    start: usize,
    class: u8,
    lint: Lint,
    ends: &[u8],
) -> Result<usize, InvalidPage> {
    let end = position(bytes, start, class);
    match bytes.get(end) {
        Some(b'\\') if lint == Lint::PathCharacter => Err(unusual(Lint::Backslash)),
        Some(byte) if !ends.contains(byte) => {
            let dropped = matches!(byte, b'\t' | b'\n' | b'\r')
                || bytes[end..].iter().all(|&byte| byte <= b' ');
            Err(unusual(if dropped { Lint::Whitespace } else { lint }))
        }
        _ => Ok(end),
    }
}

/// Query and fragment are not signed, but they too show whether a browser wrote the URL.
fn check_tail(bytes: &[u8], path_end: usize) -> Result<(), InvalidPage> {
    let mut end = path_end;
    if bytes.get(end) == Some(&b'?') {
        end = end_of(bytes, end + 1, IN_QUERY, Lint::QueryCharacter, b"#")?;
    }
    if bytes.get(end) == Some(&b'#') {
        end_of(bytes, end + 1, IN_FRAGMENT, Lint::FragmentCharacter, b"")?;
    }
    Ok(())
}

/// Whether a path has a `.` or `..` between slashes, plain or escaped; a browser resolves them.
fn has_dot_segment(path: &[u8]) -> bool {
    // Nearly no path has a dot or an escaped one right behind a slash.
    let behind_slash = |pair: &[u8]| pair[0] == b'/' && (pair[1] == b'.' || pair[1] == b'%');
    if !path.windows(2).any(behind_slash) {
        return false;
    }
    let dots = ["." as &str, "..", "%2e", ".%2e", "%2e.", "%2e%2e"];
    path.split(|&byte| byte == b'/')
        .any(|segment| dots.iter().any(|dot| segment.eq_ignore_ascii_case(dot.as_bytes())))
}

/// The URL up to the end of its path, without one trailing slash.
fn page_of(href: &str, path_end: usize) -> &str {
    let page = &href[..path_end];
    page.strip_suffix('/').unwrap_or(page)
}

const fn unusual(lint: Lint) -> InvalidPage {
    InvalidPage::Unusual(lint)
}

impl fmt::Display for PageUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InvalidPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAUrl => f.write_str(
                "the page is not an absolute URL with a valid host: pass what location.href reports",
            ),
            Self::Scheme => f.write_str("only http and https pages can be signed"),
            Self::TooLong => {
                write!(f, "the page's URL has more than {} bytes", PageUrl::LONGEST)
            }
            Self::Unusual(Lint::UserInfo) => {
                write!(f, "the page's {}: take it out", Lint::UserInfo)
            }
            Self::Unusual(lint) => write!(f, "the page's {lint}: pass what location.href reports"),
        }
    }
}

impl core::error::Error for InvalidPage {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_trailing_slash_goes_and_no_more() {
        for (href, page) in [
            ("https://h.example/", "https://h.example"),
            ("https://h.example/a//?x", "https://h.example/a/"),
            ("https://h.example/a#/b/", "https://h.example/a"),
            ("http://h.example:8080/a?b?c#d#e", "http://h.example:8080/a"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
        ] {
            assert_eq!(PageUrl::scan(href).unwrap().as_str(), page);
        }
    }

    #[test]
    fn what_a_browser_would_not_report_is_refused_by_the_part() {
        for (href, lint) in [
            ("HTTPS://h.example/", Lint::SchemeCase),
            ("https:h.example/", Lint::Slashes),
            ("https:/\\h.example/", Lint::Slashes),
            ("https:///h.example/", Lint::Slashes),
            (" https://h.example/", Lint::Whitespace),
            ("https://h.example/ ", Lint::Whitespace),
            ("https://h.example/a\n", Lint::Whitespace),
            ("https://h.example/a\tb", Lint::Whitespace),
            ("https://h.example/?a ", Lint::Whitespace),
            ("https://h.example/?a b", Lint::QueryCharacter),
            ("https://u@h.example/", Lint::UserInfo),
            ("https://u:p@h.example/", Lint::UserInfo),
            ("https://H.example/", Lint::HostCase),
            ("https://猿之棒.com/", Lint::HostForm),
            ("http://127.1/", Lint::HostForm),
            ("http://127.0.0.1./", Lint::HostForm),
            ("http://[0:0:0:0:0:0:0:1]/", Lint::HostForm),
            ("https://h.example:443/", Lint::DefaultPort),
            ("http://h.example:080/", Lint::PortForm),
            ("http://h.example:/", Lint::PortForm),
            ("https://h.example", Lint::MissingPath),
            ("https://h.example?x", Lint::MissingPath),
            ("https://h.example#x", Lint::MissingPath),
            ("https://h.example\\a", Lint::Backslash),
            ("https://h.example/a\\b", Lint::Backslash),
            ("https://h.example/a/../b", Lint::DotSegment),
            ("https://h.example/%2E", Lint::DotSegment),
            ("https://h.example/é", Lint::PathCharacter),
            ("https://h.example/a b", Lint::PathCharacter),
            ("https://h.example/?猿", Lint::QueryCharacter),
            ("https://h.example/#猿", Lint::FragmentCharacter),
        ] {
            assert_eq!(PageUrl::scan(href), Err(InvalidPage::Unusual(lint)), "{href}");
        }
    }

    #[test]
    fn what_cannot_be_signed_at_all_says_so() {
        for (href, wanted) in [
            ("", InvalidPage::NotAUrl),
            ("/a/b", InvalidPage::NotAUrl),
            ("https://", InvalidPage::NotAUrl),
            ("https:///", InvalidPage::NotAUrl),
            ("http://h.example:99999/", InvalidPage::NotAUrl),
            ("ftp://h.example/", InvalidPage::Scheme),
            ("javascript:alert(1)", InvalidPage::Scheme),
            ("data:text/html,x", InvalidPage::Scheme),
            (&"x".repeat(65_537), InvalidPage::TooLong),
        ] {
            assert_eq!(PageUrl::scan(href), Err(wanted), "{href:.40}");
        }
    }
}
