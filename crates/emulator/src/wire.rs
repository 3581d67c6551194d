//! How an answer is spelled: the JSON, the headers, the pages of the web server in front.
//!
//! `status` is a string in every envelope, although the documents show the login answer's as a
//! number; `message` and `data` are always there; no data is `[]`.

use std::fmt::Write;
use std::time::{Duration, UNIX_EPOCH};

use http::header::{ALLOW, CONTENT_TYPE, DATE};
use http::{HeaderValue, Response};

use crate::answer::{Answer, Data, Leaf, Record};
use crate::dials::Dials;
use crate::rule::Rule;

/// Writes an answer as the platform would at `now`, dated by `now` and not by the wall clock. The
/// rule goes along in the extensions.
pub(crate) fn response(now: u64, dials: &Dials, answer: &Answer) -> Response<Vec<u8>> {
    let rule = answer.rule;
    let (body, content_type) = match dials.status(rule) {
        Some(status) => (envelope(status, answer), "application/json; charset=utf-8"),
        None => (page(rule), "text/html; charset=utf-8"),
    };
    let mut response = Response::new(body.into_bytes());
    *response.status_mut() = rule.http_status();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(date) = date(now) {
        headers.insert(DATE, date);
    }
    if rule == Rule::MethodNotAllowed {
        headers.insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response.extensions_mut().insert(rule);
    response
}

fn envelope(status: u16, answer: &Answer) -> String {
    let mut out = String::with_capacity(256);
    // Writing to a String cannot fail.
    let _ = write!(out, "{{\"status\":\"{status}\",\"message\":");
    text(&mut out, &answer.rule.message());
    out.push_str(",\"data\":");
    match &answer.data {
        Data::Empty => out.push_str("[]"),
        Data::Record(fields) => record(&mut out, fields),
        Data::Records(items) => list(&mut out, items, record),
        Data::Texts(items) => list(&mut out, items, |out, item| text(out, item)),
    }
    out.push('}');
    out
}

fn list<T>(out: &mut String, items: &[T], one: impl Fn(&mut String, &T)) {
    out.push('[');
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        one(out, item);
    }
    out.push(']');
}

fn record(out: &mut String, fields: &Record) {
    out.push('{');
    for (n, (name, leaf)) in fields.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        text(out, name);
        out.push(':');
        match leaf {
            Leaf::Text(value) => text(out, value),
            Leaf::Number(value) => _ = write!(out, "{value}"),
            Leaf::Flag(value) => _ = write!(out, "{value}"),
        }
    }
    out.push('}');
}

/// A JSON string: quote, backslash and control characters escaped, all else as it is.
fn text(out: &mut String, value: &str) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => _ = write!(out, "\\u{:04x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn page(rule: Rule) -> String {
    let title = rule.http_status();
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1>\r\n</body>\r\n</html>\r\n"
    )
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
    use proptest::prelude::*;

    #[test]
    fn an_envelope_is_written_in_the_documents_order() {
        let fields = [("is_added", true.into()), ("n", 7.into()), ("id", "7".into())];
        let answer = Answer::record(Rule::AdditionAnswered, fields);
        assert_eq!(
            envelope(2000, &answer),
            r#"{"status":"2000","message":"ok","data":{"is_added":true,"n":7,"id":"7"}}"#
        );
    }

    #[test]
    fn the_date_is_the_dials() {
        assert_eq!(date(784_111_777).unwrap(), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date(u64::MAX), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_json_string(value in any::<String>()) {
            let mut out = String::new();
            text(&mut out, &value);
            prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), value);
        }
    }
}
