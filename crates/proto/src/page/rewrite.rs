//! Any URL, turned into what a browser would report (feature `url`).

use std::borrow::Cow;

use url::Url;

use super::{InvalidPage, Lint, Lints, PageUrl, page_of};

/// A page's URL after rewriting, and what had to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rewritten<'a> {
    /// The URL as it is signed.
    pub page: PageUrl<'a>,
    /// What was not as a browser reports it; empty if nothing was changed.
    pub lints: Lints,
}

impl<'a> PageUrl<'a> {
    /// Takes any URL and makes of it what a browser at that page would report, by the WHATWG rules,
    /// without user and password. The lints say where the published clients would sign another
    /// page.
    ///
    /// # Errors
    ///
    /// It is no URL, is longer than [`LONGEST`](Self::LONGEST), or its scheme is neither http nor
    /// https.
    pub fn rewrite(text: &'a str) -> Result<Rewritten<'a>, InvalidPage> {
        match Self::scan(text) {
            // Whether the code of an international name is valid only the parser knows.
            Ok(page) if !page.as_str().contains("xn--") => {
                return Ok(Rewritten { page, lints: Lints::NONE });
            }
            Err(InvalidPage::TooLong) => return Err(InvalidPage::TooLong),
            _ => {}
        }
        let mut url = Url::parse(text).map_err(|_| InvalidPage::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidPage::Scheme);
        }
        let lints = lints(text, &url);
        // Both fail only for URLs without a host, which http and https do not have.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.set_fragment(None);
        let page = page_of(url.as_str(), url.as_str().len()).to_owned();
        Ok(Rewritten { page: PageUrl(Cow::Owned(page)), lints })
    }
}

/// The parts of a URL as they were written, cut as the WHATWG parser cuts them.
struct Written<'a> {
    scheme: &'a str,
    slashes: &'a str,
    user_info: bool,
    host: &'a str,
    port: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> Written<'a> {
    fn cut(text: &'a str) -> Self {
        let (rest, fragment) = cut_at(text, '#');
        let (rest, query) = cut_at(rest, '?');
        let (scheme, rest) = rest.split_once(':').unwrap_or(("", rest));
        let is_slash = |character| character == '/' || character == '\\';
        let authority = rest.trim_start_matches(is_slash);
        let slashes = &rest[..rest.len() - authority.len()];
        let end = authority.find(is_slash).unwrap_or(authority.len());
        let (authority, path) = authority.split_at(end);
        let (user, host_port) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (host, port) = match host_port.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (host_port, None),
        };
        let user_info = !user.is_empty() || authority.contains('@');
        Self { scheme, slashes, user_info, host, port, path, query, fragment }
    }
}

fn cut_at(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// What differs between the text and what a browser makes of it.
fn lints(text: &str, url: &Url) -> Lints {
    let dropped = |character: char| matches!(character, '\t' | '\n' | '\r');
    let trimmed = text.trim_matches(|character: char| character <= ' ');
    let clean: Cow<'_, str> = if trimmed.contains(dropped) {
        Cow::Owned(trimmed.chars().filter(|&character| !dropped(character)).collect())
    } else {
        Cow::Borrowed(trimmed)
    };
    let written = Written::cut(&clean);
    let mut lints = Lints::NONE;
    let mut note = |found: bool, lint: Lint| {
        if found {
            lints.insert(lint);
        }
    };
    let host = url.host_str().unwrap_or_default();
    let same_but_case = written.host.eq_ignore_ascii_case(host);
    note(clean.len() != text.len(), Lint::Whitespace);
    note(written.scheme != url.scheme(), Lint::SchemeCase);
    note(written.slashes != "//", Lint::Slashes);
    note(written.user_info, Lint::UserInfo);
    note(written.host != host && same_but_case, Lint::HostCase);
    note(written.host != host && !same_but_case, Lint::HostForm);
    let port = written.port.map(|port| (port, port.trim_start_matches('0')));
    note(port.is_some_and(|(port, bare)| is_odd_port(port, bare)), Lint::PortForm);
    note(port.is_some_and(|(_, bare)| is_default_port(bare, url.scheme())), Lint::DefaultPort);
    note(written.path.is_empty(), Lint::MissingPath);
    note(written.path.contains('\\'), Lint::Backslash);
    let slashed = written.path.replace('\\', "/");
    let dots = super::has_dot_segment(slashed.as_bytes());
    note(dots, Lint::DotSegment);
    note(is_encoded(&slashed, super::classes::IN_PATH), Lint::PathCharacter);
    note(
        is_encoded(written.query.unwrap_or_default(), super::classes::IN_QUERY),
        Lint::QueryCharacter,
    );
    let fragment = written.fragment.unwrap_or_default();
    note(is_encoded(fragment, super::classes::IN_FRAGMENT), Lint::FragmentCharacter);
    lints
}

/// Whether some character of a part is one that a browser percent-encodes there.
fn is_encoded(part: &str, class: u8) -> bool {
    super::classes::position(part.as_bytes(), 0, class) != part.len()
}

fn is_odd_port(port: &str, bare: &str) -> bool {
    port.is_empty() || (port.len() > 1 && port.len() != bare.len())
}

fn is_default_port(bare: &str, scheme: &str) -> bool {
    bare == if scheme == "https" { "443" } else { "80" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_in_a_browsers_form_is_not_touched() {
        let Rewritten { page, lints } = PageUrl::rewrite("https://h.example/a/?x#y").unwrap();
        assert_eq!(page.as_str(), "https://h.example/a");
        assert!(lints.is_empty());
    }

    #[test]
    fn every_change_is_named() {
        let text = " HTTP:\\\\u:p@H.Example:080\\a\\..\\é b?'#`";
        let Rewritten { page, lints } = PageUrl::rewrite(text).unwrap();
        assert_eq!(page.as_str(), "http://h.example/%C3%A9%20b");
        let missing: Vec<_> = Lint::ALL.iter().filter(|&&lint| !lints.contains(lint)).collect();
        assert_eq!(missing, [&Lint::HostForm, &Lint::MissingPath]);
    }

    #[test]
    fn only_web_pages_are_signed() {
        assert_eq!(PageUrl::rewrite("ws://h.example/"), Err(InvalidPage::Scheme));
        assert_eq!(PageUrl::rewrite("//h.example/"), Err(InvalidPage::NotAUrl));
        assert_eq!(PageUrl::rewrite("https://xn--zz--/"), Err(InvalidPage::NotAUrl));
    }
}
