//! The answer cannot be read: what is wrong, where, and under which HTTP status.

use core::fmt;

use super::{Credential, FieldProblem, Retry};
use crate::{Drift, Lifetime, Repeat, Status};

/// An answer that cannot be read. It has the HTTP status, the kind of content and the body's
/// length, and never the body, which can hold tokens.
#[derive(Clone, Debug)]
pub struct DecodeError {
    pub(crate) kind: DecodeErrorKind,
    pub(crate) status: Option<Status>,
    pub(crate) http_status: http::StatusCode,
    pub(crate) media_type: MediaType,
    pub(crate) body_length: usize,
    pub(crate) retry_after: Option<Lifetime>,
    pub(crate) repeat: Repeat,
    pub(crate) credential: Credential,
    pub(crate) drift: Drift,
}

/// What is wrong with an answer.
///
/// Whether repeating helps depends on the call and on the HTTP status, too: ask
/// [`DecodeError::retry`]. Of itself, everything that a gateway or a broken connection can cause
/// passes (`Empty`, `NotUtf8`, `NotJson`, `HttpStatus`); `Redirected` does not, before the origin is
/// mended; and what the platform itself wrote in another way than documented (`TooDeep`,
/// `NotAnEnvelope`, `NoData`, `Field`) is worth a report if it stays.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The body is empty. Passing: something in between cut the connection short.
    Empty,
    /// The body is not UTF-8. Passing, if a gateway wrote it.
    NotUtf8,
    /// The body is not JSON, from this place on: a gateway's page, or a truncated answer.
    NotJson {
        /// Counted from 1, in the whole body.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// The JSON is nested deeper than [`DecodeError::DEEPEST`].
    TooDeep,
    /// The body is JSON, but not an object.
    NotAnEnvelope,
    /// A success without the data that this call must have.
    NoData,
    /// A field is missing or unreadable.
    Field {
        /// The field: `status`, `access_token`, …
        name: &'static str,
        /// The row, counted from 0, where the field is part of a list.
        row: Option<usize>,
        /// What is wrong with it.
        problem: FieldProblem,
    },
    /// The envelope says success and the HTTP status does not, so it is not one.
    HttpStatus,
    /// A redirect, which is never followed: the secret must not go elsewhere.
    Redirected {
        /// The host that it points to; `None` if it names none or an odd one.
        host: Option<Box<str>>,
    },
}

/// The content type of an answer, as far as it is known by name.
///
/// Only names from a closed list are kept: a header is text from outside, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaType {
    /// `application/json`
    Json,
    /// `text/html`
    Html,
    /// `text/plain`
    Text,
    /// Any other.
    Other,
    /// No content type was given.
    Missing,
}

impl DecodeError {
    /// How deep the JSON of an answer may be nested.
    pub const DEEPEST: usize = 16;

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> &DecodeErrorKind {
        &self.kind
    }

    /// The envelope's status, where one was readable.
    #[must_use]
    pub const fn status(&self) -> Option<Status> {
        self.status
    }

    /// The HTTP status of the answer.
    #[must_use]
    pub const fn http_status(&self) -> http::StatusCode {
        self.http_status
    }

    /// The content type of the answer.
    #[must_use]
    pub const fn media_type(&self) -> MediaType {
        self.media_type
    }

    /// How many bytes the body has.
    #[must_use]
    pub const fn body_length(&self) -> usize {
        self.body_length
    }

    /// What was forgiven before the error was met.
    #[must_use]
    pub const fn drift(&self) -> Drift {
        self.drift
    }

    /// What to do about it.
    ///
    /// A redirect, or a client error of HTTP's own (401, 403, 404, 405, 407), means that the origin
    /// or the allow-list is wrong. Whatever else comes from something between us and the platform
    /// passes; but a call that passed in something single-use may have spent it.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match (&self.kind, self.http_status.as_u16()) {
            (DecodeErrorKind::Redirected { .. }, _) => Retry::FixConfiguration,
            (_, 401 | 403 | 404 | 405 | 407) => Retry::FixConfiguration,
            _ if self.repeat != Repeat::OnlyIfUnsent => Retry::Later(self.retry_after),
            _ => match self.credential {
                Credential::AuthCode => Retry::NewAuthCode,
                Credential::RefreshToken => Retry::LogInAgain,
                _ => Retry::Never,
            },
        }
    }

    /// What the answer's `Retry-After` asked for, if it had one.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Lifetime> {
        self.retry_after
    }
}

impl DecodeErrorKind {
    /// A stable name in kebab case, for labels of metrics and for output that programs read.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotUtf8 => "not-utf8",
            Self::NotJson { .. } => "not-json",
            Self::TooDeep => "too-deep",
            Self::NotAnEnvelope => "not-an-envelope",
            Self::NoData => "no-data",
            Self::Field { .. } => "field",
            Self::HttpStatus => "http-status",
            Self::Redirected { .. } => "redirected",
        }
    }
}

impl MediaType {
    /// The name, as a header writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Html => "text/html",
            Self::Text => "text/plain",
            Self::Other => "another content type",
            Self::Missing => "no content type",
        }
    }

    pub(crate) fn of(headers: &http::HeaderMap) -> Self {
        let Some(value) = headers.get(http::header::CONTENT_TYPE) else { return Self::Missing };
        let bytes = value.as_bytes();
        if bytes == b"application/json" {
            return Self::Json; // as it nearly always is written
        }
        let essence = bytes.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
        let known = [Self::Json, Self::Html, Self::Text];
        let same = |kind: &Self| essence.eq_ignore_ascii_case(kind.as_str().as_bytes());
        known.into_iter().find(same).unwrap_or(Self::Other)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the answer (HTTP {}, {}, {} bytes) {}: {}",
            self.http_status.as_u16(),
            self.media_type.as_str(),
            self.body_length,
            self.kind,
            self.retry().advice()
        )
    }
}

impl core::error::Error for DecodeError {}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::NotUtf8 => f.write_str("is not UTF-8"),
            Self::NotJson { line, column } => {
                write!(f, "is not JSON from line {line}, column {column} on")
            }
            Self::TooDeep => write!(f, "is nested deeper than {}", DecodeError::DEEPEST),
            Self::NotAnEnvelope => f.write_str("is JSON but not an object"),
            Self::NoData => f.write_str("says success and has no data, which this call needs"),
            Self::Field { name, row: None, problem } => {
                write!(f, "has a field `{name}` that {problem}")
            }
            Self::Field { name, row: Some(row), problem } => {
                write!(f, "has a field `{name}` in row {row} that {problem}")
            }
            Self::HttpStatus => f.write_str("says success under an HTTP status that does not"),
            Self::Redirected { host: Some(host) } => {
                write!(f, "is a redirect to {host}, which is not followed")
            }
            Self::Redirected { host: None } => {
                f.write_str("is a redirect to somewhere unnamed, which is not followed")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_content_types_known_by_name_are_kept() {
        for (value, wanted) in [
            ("application/json; charset=utf-8", MediaType::Json),
            ("Text/HTML", MediaType::Html),
            ("text/plain ; x", MediaType::Text),
            ("text/planted-secret", MediaType::Other),
            ("", MediaType::Other),
        ] {
            let mut headers = http::HeaderMap::new();
            headers.insert(http::header::CONTENT_TYPE, value.parse().unwrap());
            assert_eq!(MediaType::of(&headers), wanted, "{value}");
        }
        assert_eq!(MediaType::of(&http::HeaderMap::new()), MediaType::Missing);
    }
}
