//! What every error is answered with: `application/problem+json` (RFC 9457).

mod from_error;
mod kind;

use std::borrow::Cow;
use std::fmt;

use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use yzb::{Retry, Status};

pub use kind::ProblemKind;

/// What starts the `type` of each problem; its [name](ProblemKind::name) follows. It is a name and
/// leads nowhere.
pub const TYPE_PREFIX: &str = "urn:yzb:problem:";

/// Something was not to be had, as it is answered over HTTP: with the kind's status, the remedy, and
/// `Retry-After` where the pause is known. It holds no body of the platform and no secret.
///
/// ```
/// use yzb_axum::{Problem, ProblemKind};
/// let problem = Problem::new(ProblemKind::NoSuchApp);
/// assert_eq!(problem.kind().status(), 404);
/// assert!(problem.to_json().contains(r#""type":"urn:yzb:problem:no-such-app""#));
/// ```
#[derive(Clone, Debug)]
pub struct Problem {
    kind: ProblemKind,
    detail: Cow<'static, str>,
    retry: Retry,
    remedy: Option<&'static str>,
    retry_after: Option<u64>,
    platform_status: Option<Status>,
}

impl Problem {
    /// A problem of this kind, in the kind's own words.
    #[must_use]
    pub const fn new(kind: ProblemKind) -> Self {
        Self {
            kind,
            detail: Cow::Borrowed(kind.title()),
            retry: Retry::Never,
            remedy: None,
            retry_after: None,
            platform_status: None,
        }
    }

    /// The same, with what is known of this case. It is shown to whoever asked: no secret, and no
    /// text that came from elsewhere unless it was made fit to print.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The same; repeating may help after so many seconds, if that is known.
    #[must_use]
    pub const fn again_after(mut self, seconds: Option<u64>) -> Self {
        self.retry = Retry::Later(None);
        self.retry_after = seconds;
        self
    }

    /// What kind it is.
    #[must_use]
    pub const fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// What is known of this case.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What to do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self.remedy {
            Some(remedy) => remedy,
            None => self.kind.remedy(),
        }
    }

    /// After how many seconds repeating may help, where that is known.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// As it is answered.
    #[must_use]
    pub fn to_json(&self) -> String {
        let kind = self.kind;
        let written = Written {
            r#type: format!("{TYPE_PREFIX}{}", kind.name()),
            title: kind.title(),
            status: kind.status().as_u16(),
            kind: kind.name(),
            detail: &self.detail,
            remedy: self.remedy(),
            retry: self.retry.name(),
            retry_after: self.retry_after,
            platform_status: self.platform_status.map(Status::number),
        };
        // Texts and numbers: there is nothing in them that could fail to be written.
        serde_json::to_string(&written).unwrap_or_default()
    }
}

/// A problem in the order in which people read it.
#[derive(Serialize)]
struct Written<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    kind: &'a str,
    detail: &'a str,
    remedy: &'a str,
    retry: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_status: Option<u16>,
}

impl From<ProblemKind> for Problem {
    fn from(kind: ProblemKind) -> Self {
        Self::new(kind)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.kind.status(), self.to_json()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        // For whoever logs or counts: the kind needs not be read out of the body.
        response.extensions_mut().insert(self.kind);
        response
    }
}

impl IntoResponse for ProblemKind {
    fn into_response(self) -> Response {
        Problem::new(self).into_response()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.detail, self.kind.name(), self.remedy())
    }
}

impl std::error::Error for Problem {}
