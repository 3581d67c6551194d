//! Which pages may be signed.

use std::collections::BTreeSet;

use yzb::proto::InvalidOrigin;
use yzb::{Origin, PageUrl};

use crate::{Problem, ProblemKind};

/// The origins whose pages an app's configuration lets be signed.
///
/// A signature is worth what the app is worth, so whoever signs any page that is asked for is an
/// oracle for everybody's pages. There are no wildcards: each origin is listed.
///
/// ```
/// use yzb::PageUrl;
/// use yzb_axum::PageOrigins;
/// let origins = PageOrigins::parse(["https://shop.example"])?;
/// assert!(origins.allow(&PageUrl::scan("https://shop.example/cart?from=home")?));
/// assert!(!origins.allow(&PageUrl::scan("https://shop.example.evil.example/")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageOrigins(BTreeSet<Box<str>>);

impl PageOrigins {
    /// No page at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Pages of these origins, each like `https://host` or `https://host:port`. One that begins with
    /// `http://` is taken too; whether its pages may be trusted is the operator's decision.
    ///
    /// # Errors
    ///
    /// One of them is no origin.
    pub fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, InvalidOrigin> {
        texts.into_iter().map(|text| Origin::allowing_plaintext(text.as_ref())).collect()
    }

    /// Whether this page may be signed.
    #[must_use]
    pub fn allow(&self, page: &PageUrl<'_>) -> bool {
        // A page URL is in the form that browsers report, of which there is one, and so is an origin.
        let url = page.as_str();
        let authority = url.find("://").map_or(0, |colon| colon + 3);
        let end = url[authority..].find('/').map_or(url.len(), |slash| authority + slash);
        self.0.contains(&url[..end])
    }

    /// The URL as one that may be signed.
    ///
    /// # Errors
    ///
    /// It is no URL of a page as a browser reports it ([`ProblemKind::InvalidPage`]), or its origin
    /// is not listed ([`ProblemKind::PageNotListed`]).
    pub fn admit<'a>(&self, url: &'a str) -> Result<PageUrl<'a>, Problem> {
        let page = PageUrl::scan(url).map_err(|error| {
            Problem::new(ProblemKind::InvalidPage).with_detail(error.to_string())
        })?;
        if self.allow(&page) { Ok(page) } else { Err(ProblemKind::PageNotListed.into()) }
    }

    /// The origins.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }
}

impl FromIterator<Origin> for PageOrigins {
    fn from_iter<T: IntoIterator<Item = Origin>>(origins: T) -> Self {
        Self(origins.into_iter().map(|origin| origin.to_string().into_boxed_str()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_whole_and_not_by_its_beginning_or_end() {
        let origins =
            PageOrigins::parse(["https://Shop.example:443/", "http://shop.example:8080"]).unwrap();
        let allows = |url| PageUrl::scan(url).is_ok_and(|page| origins.allow(&page));
        for listed in [
            "https://shop.example/",
            "https://shop.example/a?x=https://evil.example/#y",
            "http://shop.example:8080/a",
        ] {
            assert!(allows(listed), "{listed}");
        }
        for other in [
            "https://evil.example/https://shop.example",
            "https://evil.example/?https://shop.example",
            "https://shop.example.evil.example/",
            "https://evil-shop.example/",
            "https://shop.example:8443/",
            "http://shop.example/",
            "https://shop.example:8080/",
            "https://shop.example@evil.example/",
            "https://shop.example\\@evil.example/",
        ] {
            assert!(!allows(other), "{other}");
        }
        assert!(!PageOrigins::none().allow(&PageUrl::scan("https://shop.example/").unwrap()));
        assert!(PageOrigins::parse(["https://*.example"]).is_err());
    }
}
