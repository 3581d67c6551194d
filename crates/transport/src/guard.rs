//! What every stack of ours checks, whoever does the sending.

use http::header::{CONTENT_ENCODING, HeaderMap};
use http::uri::{Scheme, Uri};
use http::{Request, Version};

use crate::{TransportError, TransportErrorKind};

/// An answer's limit unless told otherwise, in bytes; the platform's are under 1 KiB.
pub(crate) const ANSWER_LIMIT: usize = 64 * 1024;

/// The most headers an answer may have.
const MOST_HEADERS: usize = 64;

/// Refuses, before anything is opened, a request that cannot be sent or should not.
pub(crate) fn check_request<B>(
    request: &Request<B>,
    allow_plaintext: bool,
) -> Result<(), TransportError> {
    check_target(request.uri(), allow_plaintext)?;
    // Stacks differ in what they do about others, some only after they have connected.
    if matches!(request.version(), Version::HTTP_10 | Version::HTTP_11) {
        return Ok(());
    }
    let what = "its version is neither HTTP/1.0 nor HTTP/1.1";
    Err(TransportError::new(TransportErrorKind::InvalidRequest).with_subject(what))
}

/// Refuses to send where Tokio would panic.
#[cfg(feature = "tokio")]
pub(crate) fn check_runtime() -> Result<(), TransportError> {
    if tokio::runtime::Handle::try_current().is_ok() {
        return Ok(());
    }
    let what = "no Tokio runtime: send from within one";
    Err(TransportError::new(TransportErrorKind::Config).with_subject(what))
}

/// Refuses a URI without a host, and one over which the secret could be read on the way.
fn check_target(uri: &Uri, allow_plaintext: bool) -> Result<(), TransportError> {
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
        return Err(TransportErrorKind::InvalidRequest.into());
    };
    match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => Ok(()),
        Some(scheme) if *scheme == Scheme::HTTP => {
            if allow_plaintext || yzb_proto::is_loopback_host(host) {
                return Ok(());
            }
            Err(TransportError::new(TransportErrorKind::Insecure).with_subject(host))
        }
        _ => Err(TransportError::new(TransportErrorKind::InvalidRequest).with_subject(host)),
    }
}

/// Refuses an answer that has too many headers or is encoded.
pub(crate) fn check_head(headers: &HeaderMap) -> Result<(), TransportError> {
    if headers.len() > MOST_HEADERS {
        return Err(TransportErrorKind::TooLarge.into());
    }
    // Without this a small answer could grow without end in whoever decompresses it.
    let encoded = |value: &http::HeaderValue| !value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(CONTENT_ENCODING).iter().any(encoded) {
        return Err(TransportErrorKind::UnexpectedEncoding.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(uri: &'static str) -> Option<TransportErrorKind> {
        check_target(&Uri::from_static(uri), false).err().map(|error| error.kind())
    }

    #[test]
    fn plaintext_is_for_loopback() {
        for good in ["https://h.example/x", "http://127.0.0.1:1/", "http://localhost/"] {
            assert_eq!(refusal(good), None, "{good}");
        }
        assert_eq!(refusal("http://h.example/x"), Some(TransportErrorKind::Insecure));
        assert_eq!(refusal("/OAuth2/token"), Some(TransportErrorKind::InvalidRequest));
        assert_eq!(refusal("ftp://h.example/"), Some(TransportErrorKind::InvalidRequest));
        assert!(check_target(&Uri::from_static("http://h.example/"), true).is_ok());
    }

    #[test]
    fn encodings_and_floods_of_headers_are_refused() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, http::HeaderValue::from_static("Identity"));
        assert!(check_head(&headers).is_ok());
        headers.append(CONTENT_ENCODING, http::HeaderValue::from_static("gzip"));
        let kind = check_head(&headers).err().map(|error| error.kind());
        assert_eq!(kind, Some(TransportErrorKind::UnexpectedEncoding));

        let mut headers = HeaderMap::new();
        (0..64).for_each(|_| _ = headers.append("x", http::HeaderValue::from_static("y")));
        assert!(check_head(&headers).is_ok());
        headers.append("x", http::HeaderValue::from_static("y"));
        assert!(check_head(&headers).is_err());
    }
}
