//! `{"status", "message", "data"}`: every quirk of the envelope, here only.

use http::StatusCode;

use crate::data::{Data, is_empty};
use crate::error::{DecodeErrorKind, MediaType, Message};
use crate::fields::Fields;
use crate::form::Form;
use crate::json;
use crate::wire::Scalar;
use crate::{DecodeError, Drift, Endpoint, Error, Rejection, Status, Tolerance, UnixSeconds};

/// What a call returned: its output, and how it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The output.
    pub output: T,
    /// The envelope's status: 2000, another success, or an error status that is itself an answer.
    pub status: Status,
    /// The HTTP status; the platform was seen to use 200 for everything.
    pub http_status: StatusCode,
    /// What had to be forgiven to read it.
    pub drift: Drift,
    /// The answer's `Date` header, in unix seconds: a witness for whether our clock is right. None
    /// without one that can be read.
    pub date: Option<UnixSeconds>,
}

/// Reads an answer to `endpoint`.
pub(crate) fn read<E: Endpoint + ?Sized>(
    endpoint: &E,
    response: &http::Response<impl AsRef<[u8]>>,
) -> Result<Answer<E::Output>, Error> {
    let body = response.body().as_ref();
    let mut reading = Reading { http: response.status(), status: None, drift: Drift::NONE };
    let media_type = MediaType::of(response.headers());
    if media_type != MediaType::Json {
        reading.drift.insert(Tolerance::ContentType);
    }
    match reading.output(endpoint, body) {
        Ok(output) => Ok(Answer {
            output,
            status: reading.status.unwrap_or(Status::SUCCESS),
            http_status: reading.http,
            drift: reading.drift,
            date: crate::headers::date(response.headers()),
        }),
        Err(Refusal::Rejected(mut rejection)) => {
            rejection.retry_after = crate::headers::retry_after(response.headers());
            Err(Error::Rejected(rejection))
        }
        Err(Refusal::Undecodable(kind)) => Err(Error::Undecodable(DecodeError {
            kind: redirect_before(kind, endpoint, response),
            status: reading.status,
            http_status: reading.http,
            media_type,
            body_length: body.len(),
            retry_after: crate::headers::retry_after(response.headers()),
            repeat: E::REPEAT,
            credential: E::CREDENTIAL,
            drift: reading.drift,
        })),
    }
}

/// What is known of an answer so far.
struct Reading {
    http: StatusCode,
    status: Option<Status>,
    drift: Drift,
}

enum Refusal {
    Rejected(Rejection),
    Undecodable(DecodeErrorKind),
}

impl From<DecodeErrorKind> for Refusal {
    fn from(kind: DecodeErrorKind) -> Self {
        Self::Undecodable(kind)
    }
}

impl Reading {
    fn output<E: Endpoint + ?Sized>(
        &mut self,
        endpoint: &E,
        body: &[u8],
    ) -> Result<E::Output, Refusal> {
        // Both are filled where they are: they are too large to be handed around.
        let (mut envelope, mut data) = (Fields::none(), Data::none());
        let text = text(body, &mut self.drift)?;
        fill(&mut envelope, &mut data, text).map_err(|kind| in_whole_body(kind, body, text))?;
        let status = envelope.read::<Status>("status")?;
        self.status = Some(status);
        let message = envelope.raw("message")?;
        data.raw = envelope.raw("data")?;
        self.drift = self.drift.union(envelope.drift);
        if envelope.has_leftovers() {
            self.drift.insert(Tolerance::UnknownField);
        }
        match message {
            None | Some("null") => self.drift.insert(Tolerance::MessageMissing),
            Some(text) if !text.starts_with('"') => self.drift.insert(Tolerance::MessageForm),
            Some(_) => {}
        }
        if status.is_success() {
            Ok(self.success::<E>(status, &mut data)?)
        } else {
            self.failure(endpoint, status, message).map_err(Refusal::Rejected)
        }
    }

    fn success<E: Endpoint + ?Sized>(
        &mut self,
        status: Status,
        data: &mut Data<'_>,
    ) -> Result<E::Output, DecodeErrorKind> {
        if !self.http.is_success() {
            return Err(DecodeErrorKind::HttpStatus);
        }
        if !status.is_documented() {
            self.drift.insert(Tolerance::UndocumentedSuccess);
        }
        if status == Status::NO_DATA && data.raw.is_some_and(|raw| !is_empty(raw)) {
            self.drift.insert(Tolerance::UnexpectedData);
        }
        let output = E::read(data);
        self.drift = self.drift.union(data.drift);
        output
    }

    /// An error status: the call's own answer, or a rejection. Its data is never looked at.
    fn failure<E: Endpoint + ?Sized>(
        &mut self,
        endpoint: &E,
        status: Status,
        message: Option<&str>,
    ) -> Result<E::Output, Rejection> {
        if self.http != StatusCode::OK {
            self.drift.insert(Tolerance::HttpStatus);
        }
        if let Some(output) = E::from_status(status) {
            return Ok(output);
        }
        let text = match message.map(Scalar::of) {
            Some(Ok(Scalar::Text(text))) => Some(text.into_owned()),
            Some(Err(_)) => {
                self.drift.insert(Tolerance::MessageForm);
                None
            }
            _ => None,
        };
        Err(Rejection {
            status,
            http_status: self.http,
            credential: E::CREDENTIAL,
            about_user: E::ABOUT_USER,
            retry_after: None,
            message: text.map(|text| Message::new(Form::mask(text, |form| endpoint.form(form)))),
            drift: self.drift,
        })
    }
}

/// Cuts the text into the envelope's fields, and the data's if it comes along.
fn fill<'a>(
    envelope: &mut Fields<'a>,
    data: &mut Data<'a>,
    text: &'a str,
) -> Result<(), DecodeErrorKind> {
    if json::cut(text, &mut envelope.entries, Some(&mut data.fields.entries)).is_some() {
        return Ok(());
    }
    *data = Data::none();
    if text.starts_with(['{', '[']) && is_too_deep(text.as_bytes()) {
        return Err(DecodeErrorKind::TooDeep);
    }
    *envelope = Fields::parse(text)?;
    Ok(())
}

/// A redirect that cannot be read as an answer is reported as the redirect it is. Its host is
/// somebody's text, too: one with a secret in it stays unnamed.
fn redirect_before<E: Endpoint + ?Sized, B>(
    kind: DecodeErrorKind,
    endpoint: &E,
    response: &http::Response<B>,
) -> DecodeErrorKind {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return kind;
    }
    let is_harmless = |host: &str| {
        let masked = Form::mask(host.to_owned(), |form| endpoint.form(form));
        Message::new(masked).as_str() == host
    };
    let host = crate::headers::location_host(response.headers());
    let host = host.filter(|host| is_harmless(host));
    DecodeErrorKind::Redirected { host }
}

/// The text without what may stand around it.
pub(crate) fn text<'a>(body: &'a [u8], drift: &mut Drift) -> Result<&'a str, DecodeErrorKind> {
    let text = core::str::from_utf8(body).map_err(|_| DecodeErrorKind::NotUtf8)?;
    let (mut trimmed, mut mark) = (text.trim_ascii(), 0);
    if let Some(rest) = trimmed.strip_prefix('\u{feff}') {
        drift.insert(Tolerance::ByteOrderMark);
        (trimmed, mark) = (rest.trim_ascii(), '\u{feff}'.len_utf8());
    }
    if trimmed.len() + mark != text.len() {
        drift.insert(Tolerance::Padding);
    }
    if trimmed.is_empty() { Err(DecodeErrorKind::Empty) } else { Ok(trimmed) }
}

/// The parser counts lines and columns from where the text begins; people count from where the body
/// does.
fn in_whole_body(kind: DecodeErrorKind, body: &[u8], text: &str) -> DecodeErrorKind {
    let DecodeErrorKind::NotJson { line, column } = kind else { return kind };
    let skipped = text.as_ptr().addr().saturating_sub(body.as_ptr().addr());
    let before = body.get(..skipped).unwrap_or_default();
    let lines = before.iter().filter(|&&byte| byte == b'\n').count();
    let last_line = before.rsplit(|&byte| byte == b'\n').next().map_or(0, <[u8]>::len);
    let column = if line == 1 { column + last_line } else { column };
    DecodeErrorKind::NotJson { line: line + lines, column }
}

/// Whether JSON text is nested deeper than is read. Counting brackets first is enough for nearly
/// every answer.
fn is_too_deep(text: &[u8]) -> bool {
    let opens = |&&byte: &&u8| byte == b'[' || byte == b'{';
    if text.iter().filter(opens).count() <= DecodeError::DEEPEST {
        return false;
    }
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for &byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DecodeError::DEEPEST {
            return true;
        }
    }
    false
}
