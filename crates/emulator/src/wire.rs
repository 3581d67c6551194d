//! How an answer is spelled: the status line and headers, the envelope, the pages of the web server
//! in front.

mod envelope;
mod gzip;

use std::time::{Duration, UNIX_EPOCH};

use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, DATE};
use http::{HeaderValue, Response, StatusCode};

use crate::answer::Answer;
use crate::delivery::{Delivery, Manner};
use crate::quirk::{Quirk, Quirks};
use crate::rule::Rule;

/// Writes an answer as the platform would at `now`, dated by `now` and not by the wall clock.
/// `status` is the envelope's number, `None` for a page of the web server. The rule goes along in
/// the extensions.
pub(crate) fn response(
    now: u64,
    status: Option<u16>,
    answer: &Answer,
    quirks: Quirks,
) -> Response<Vec<u8>> {
    let rule = answer.rule;
    let mut response = match status {
        Some(status) => enveloped(now, status, answer, quirks),
        None => page(rule.http_status()),
    };
    if let Some(date) = date(now) {
        response.headers_mut().insert(DATE, date);
    }
    if rule == Rule::MethodNotAllowed {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response.extensions_mut().insert(rule);
    response
}

/// A page of the web server or gateway in front: no envelope.
pub(crate) fn page(status: StatusCode) -> Response<Vec<u8>> {
    let body = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<h1>{status}</h1>\r\n</body>\r\n</html>\r\n"
    );
    let mut response = Response::new(body.into_bytes());
    *response.status_mut() = status;
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, html);
    response
}

fn enveloped(now: u64, status: u16, answer: &Answer, quirks: Quirks) -> Response<Vec<u8>> {
    let body = envelope::write(now, status, answer, quirks).into_bytes();
    let mut response = Response::new(body);
    *response.status_mut() = match status {
        4000.. if quirks.contains(Quirk::Http400OfError) => StatusCode::BAD_REQUEST,
        4000.. if quirks.contains(Quirk::Http403OfError) => StatusCode::FORBIDDEN,
        ..4000 if quirks.contains(Quirk::Http500OfSuccess) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::OK,
    };
    let label = match () {
        () if quirks.contains(Quirk::LabelHtml) => "text/html; charset=utf-8",
        () => "application/json; charset=utf-8",
    };
    if !quirks.contains(Quirk::LabelMissing) {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(label));
    }
    if quirks.contains(Quirk::Chunked) {
        let delivery = Delivery { manner: Manner::Chunked, ..Delivery::default() };
        response.extensions_mut().insert(delivery);
    }
    response
}

/// Compresses what the platform says, once its content is settled; of nothing there is nothing to
/// compress.
pub(crate) fn pack(response: &mut Response<Vec<u8>>, quirks: Quirks) {
    if quirks.contains(Quirk::Gzip) && !response.body().is_empty() {
        *response.body_mut() = gzip::pack(response.body());
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
}

/// The `Date` header, or none for moments after the year 9999, which have no such form.
fn date(now: u64) -> Option<HeaderValue> {
    const YEAR_10000: u64 = 253_402_300_800;
    if now >= YEAR_10000 {
        return None;
    }
    let text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(now));
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_the_dials() {
        assert_eq!(date(784_111_777).unwrap(), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date(u64::MAX), None);
    }
}
