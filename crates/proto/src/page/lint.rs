//! What shows that a URL was not taken from a browser.

use core::fmt;

use super::{InvalidPage, unusual};
use crate::set::flag_set;

flag_set! {
    /// One way in which a URL is not what a browser's `location.href` reports. Where it is found,
    /// the published clients sign different pages.
    flag Lint;

    /// What was found in one URL.
    set Lints;

    /// White space or control characters around the URL, or tabs and line ends in it; a browser
    /// drops them.
    Whitespace = "whitespace",
    /// The scheme is not in lower case.
    SchemeCase = "scheme-case",
    /// Between scheme and host there is something other than `://`.
    Slashes = "slashes",
    /// There is a user or a password before the host; never part of a signed page.
    UserInfo = "user-info",
    /// The host is not in lower case.
    HostCase = "host-case",
    /// The host is an international name, an address in an unusual form, or percent-encoded.
    HostForm = "host-form",
    /// The port is the scheme's own (80 or 443); a browser leaves it out.
    DefaultPort = "default-port",
    /// The port is empty or has leading zeros.
    PortForm = "port-form",
    /// There is no `/` after the host; a browser adds it.
    MissingPath = "missing-path",
    /// There is a `\`, which a browser turns into `/`.
    Backslash = "backslash",
    /// The path has `.` or `..` segments, which a browser resolves.
    DotSegment = "dot-segment",
    /// The path has characters that a browser percent-encodes.
    PathCharacter = "path-character",
    /// The query has characters that a browser percent-encodes. It is not signed.
    QueryCharacter = "query-character",
    /// The fragment has characters that a browser percent-encodes. It is not signed.
    FragmentCharacter = "fragment-character",
}

impl Lint {
    /// The part of the URL, and what is unusual about it, as half a sentence.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Whitespace => "URL has white space or control characters, which a browser drops",
            Self::SchemeCase => "scheme is not in lower case",
            Self::Slashes => "scheme is not followed by exactly `://`",
            Self::UserInfo => "URL has a user or password, which is never signed",
            Self::HostCase => "host is not in lower case",
            Self::HostForm => {
                "host is an international name, an unusual form of an address or percent-encoded"
            }
            Self::DefaultPort => "port is the scheme's own, which a browser leaves out",
            Self::PortForm => "port is empty or has leading zeros",
            Self::MissingPath => "path is missing, where a browser puts a `/`",
            Self::Backslash => "path has a `\\`, which a browser turns into `/`",
            Self::DotSegment => "path has `.` or `..` segments, which a browser resolves",
            Self::PathCharacter => "path has characters that a browser percent-encodes",
            Self::QueryCharacter => "query has characters that a browser percent-encodes",
            Self::FragmentCharacter => "fragment has characters that a browser percent-encodes",
        }
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.explanation())
    }
}

/// What is wrong with a URL that does not start with `http://` or `https://`.
pub(super) fn scheme(href: &str) -> InvalidPage {
    let trimmed = href.trim_start_matches(|first: char| first <= ' ');
    let Some((scheme, rest)) = trimmed.split_once(':') else { return InvalidPage::NotAUrl };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    match () {
        () if !is_scheme => InvalidPage::NotAUrl,
        () if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
            InvalidPage::Scheme
        }
        () if trimmed.len() != href.len() => unusual(Lint::Whitespace),
        () if !rest.starts_with("//") => unusual(Lint::Slashes),
        () => unusual(Lint::SchemeCase),
    }
}

/// What is wrong where no host begins.
pub(super) fn no_authority(rest: &str) -> InvalidPage {
    let host = rest.trim_start_matches(['/', '\\']);
    match host.chars().next() {
        None | Some('?' | '#' | ':') => InvalidPage::NotAUrl,
        Some(_) if host.len() != rest.len() => unusual(Lint::Slashes),
        Some(_) => unusual(after_authority(rest)),
    }
}

/// What is unusual where a host ends in something other than `/`.
pub(super) fn after_authority(rest: &str) -> Lint {
    match rest.chars().next() {
        None | Some('?' | '#') => Lint::MissingPath,
        Some('\\') => Lint::Backslash,
        Some('@') => Lint::UserInfo,
        Some(first) if first.is_ascii_uppercase() => Lint::HostCase,
        Some(first) if first.is_whitespace() || first.is_control() => Lint::Whitespace,
        Some(_) => Lint::HostForm,
    }
}
