//! The headers that tell a program what to do next, and what time it is.

use core::time::Duration;

use http::HeaderMap;
use http::header::{DATE, LOCATION, RETRY_AFTER};

use crate::{Lifetime, UnixSeconds};

/// What `Retry-After` asks for: seconds, or a date, which is then measured from the answer's own
/// `Date` and not from a clock of ours. At most a day: more is no advice to a program.
///
/// ```
/// use http::header::{HeaderMap, RETRY_AFTER};
/// let mut headers = HeaderMap::new();
/// headers.insert(RETRY_AFTER, "120".parse()?);
/// assert_eq!(yzb_proto::retry_after(&headers), Some(yzb_proto::Lifetime::from_secs(120)));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Lifetime> {
    let asked = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Lifetime::from_secs(asked.parse().unwrap_or(DAY).min(DAY)));
    }
    let until = httpdate::parse_http_date(asked).ok()?;
    let now = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    let pause = until.duration_since(now).unwrap_or(Duration::ZERO);
    Some(Lifetime::from_secs(pause.as_secs().min(DAY)))
}

/// The answer's `Date`, in unix seconds: what the clock of whoever wrote it says. None without one, or with
/// one that cannot be read or is from before 1970.
pub(crate) fn date(headers: &HeaderMap) -> Option<UnixSeconds> {
    let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(UnixSeconds::new(since.as_secs()))
}

/// In seconds.
const DAY: u64 = 86_400;

/// The host that `Location` points to; `None` for a relative one and for one with odd characters.
pub(crate) fn location_host(headers: &HeaderMap) -> Option<Box<str>> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    let location: http::Uri = match location.strip_prefix("//") {
        Some(rest) => format!("https://{rest}").parse().ok()?,
        None => location.parse().ok()?,
    };
    // Without a scheme, a bare word would pass for a host.
    let host = location.scheme().and(location.host())?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    (host.len() <= 253 && host.bytes().all(plain)).then(|| host.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(http::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn retry_after_comes_in_two_forms() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let later = "Sun, 06 Nov 1994 08:50:37 GMT";
        for (pairs, wanted) in [
            (vec![(RETRY_AFTER, "7")], Some(7)),
            (vec![(RETRY_AFTER, " 7 ")], Some(7)),
            (vec![(RETRY_AFTER, "99999999999999999999999")], Some(DAY)),
            (vec![(RETRY_AFTER, "86401")], Some(DAY)),
            (vec![(RETRY_AFTER, later), (DATE, date)], Some(60)),
            (vec![(RETRY_AFTER, date), (DATE, later)], Some(0)),
            (vec![(RETRY_AFTER, later)], None),
            (vec![(RETRY_AFTER, "-1")], None),
            (vec![(RETRY_AFTER, "")], None),
            (vec![], None),
        ] {
            assert_eq!(retry_after(&headers(&pairs)), wanted.map(Lifetime::from_secs), "{pairs:?}");
        }
    }

    #[test]
    fn the_date_is_a_moment_or_nothing() {
        for (text, wanted) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("1994-11-06T08:49:37Z", None),
            ("soon", None),
        ] {
            assert_eq!(date(&headers(&[(DATE, text)])), wanted.map(UnixSeconds::new), "{text}");
        }
        assert_eq!(date(&HeaderMap::new()), None);
    }

    #[test]
    fn a_redirect_names_its_host_and_nothing_more() {
        for (location, wanted) in [
            ("https://evil.example:8443/x?token=1", Some("evil.example")),
            ("https://user:pass@evil.example/", Some("evil.example")),
            ("//evil.example/x", Some("evil.example")),
            ("/elsewhere", None),
            ("index.html", None),
            ("planted-secret", None),
            ("javascript:alert(1)", None),
            ("https://a~b.example/", None),
            (&format!("https://{}.example/", "a.".repeat(130)), None),
            ("not a uri", None),
        ] {
            assert_eq!(location_host(&headers(&[(LOCATION, location)])).as_deref(), wanted);
        }
    }
}
