//! Bytes whose Debug prints only how many there are.

use core::fmt;

use bytes::Bytes;

/// The body of a request or an answer.
///
/// Request bodies hold the app's secret and answers hold tokens, so neither `Debug` nor anything
/// else here prints the bytes. Cloning is cheap (the bytes are shared), which is what a retry
/// needs. The bytes are not wiped on drop: HTTP stacks copy them anyway.
///
/// ```
/// use yzb_proto::Body;
/// let body = Body::from(b"app_id=1&secret=s3cr3t".to_vec());
/// assert_eq!(format!("{body:?}"), "Body(22 bytes)");
/// assert_eq!(body.as_ref().len(), 22);
/// ```
#[derive(Clone, Default)]
pub struct Body(Bytes);

impl Body {
    /// How many bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes, without a copy, for an HTTP stack to send.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self(Bytes::from_static(text.as_bytes()))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_length_and_nothing_else() {
        let request = http::Request::post("https://h.example/OAuth2/token")
            .body(Body::from("secret=planted-secret"))
            .unwrap();
        let shown = format!("{request:?}");
        assert!(shown.contains("Body(21 bytes)"), "{shown}");
        assert!(!shown.contains("planted"), "{shown}");
    }
}
