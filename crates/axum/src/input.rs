//! What a request says: path, query and body, read strictly. What is wrong is named by its place and
//! never quoted.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::{Problem, ProblemKind};

/// The value of this name in the path, decoded.
pub(crate) async fn path_value(parts: &mut Parts, name: &str) -> Result<String, Problem> {
    let params = RawPathParams::from_request_parts(parts, &()).await;
    let params = params.map_err(|_| Problem::new(ProblemKind::MalformedPath))?;
    let value = params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
    value.ok_or_else(|| {
        Problem::new(ProblemKind::Internal).with_detail("the route has no such part")
    })
}

/// The values of these names in the query, in their order. Any other name, and any name twice, is
/// refused.
pub(crate) fn query<const N: usize>(
    query: Option<&str>,
    names: [&str; N],
) -> Result<[Option<String>; N], Problem> {
    let mut values = [const { None }; N];
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name)?;
        let place = names.iter().position(|known| *known == name).ok_or_else(|| {
            let known = if N == 0 { "none".to_owned() } else { names.join(", ") };
            malformed(format!("an unknown parameter; known here: {known}"))
        })?;
        if values[place].replace(decoded(value)?).is_some() {
            return Err(malformed(format!("the parameter {} is there twice", names[place])));
        }
    }
    Ok(values)
}

/// The same text in a form that a URL's query can hold, turned back.
fn decoded(text: &str) -> Result<String, Problem> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let (Some(high), Some(low)) = (digit(), digit()) else {
                    return Err(malformed("a % without two hexadecimal digits behind it".into()));
                };
                // Two digits are less than 256.
                u8::try_from(high * 16 + low).unwrap_or_default()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes)
        .map_err(|_| malformed("percent-encoded bytes that are no UTF-8".into()))
}

fn malformed(detail: String) -> Problem {
    Problem::new(ProblemKind::MalformedQuery).with_detail(detail)
}

/// Reads a body of JSON, of so many bytes at the most, that arrives in time.
pub(crate) async fn json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    longest: usize,
    patience: Duration,
) -> Result<T, Problem> {
    if !is_json(headers) || headers.contains_key(CONTENT_ENCODING) {
        return Err(ProblemKind::UnsupportedMediaType.into());
    }
    let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: u64| length > longest as u64) {
        return Err(too_large(longest));
    }
    let arriving = Limited::new(body, longest).collect();
    let arrived = tokio::time::timeout(patience, arriving).await;
    let bytes = match arrived {
        Err(_) => return Err(ProblemKind::BodyTimeout.into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large(longest)),
        Ok(Err(_)) => {
            let problem = Problem::new(ProblemKind::MalformedBody);
            return Err(problem.with_detail("the body broke off"));
        }
        Ok(Ok(collected)) => collected.to_bytes(),
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        // Its own text quotes what was sent, which may be a secret.
        let what = match error.classify() {
            serde_json::error::Category::Data => "not the object that is wanted",
            _ => "no JSON",
        };
        let (line, column) = (error.line(), error.column());
        Problem::new(ProblemKind::MalformedBody)
            .with_detail(format!("the body is {what}, at line {line}, column {column}"))
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(CONTENT_TYPE).map(|value| value.to_str()) else {
        return false;
    };
    value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn too_large(longest: usize) -> Problem {
    Problem::new(ProblemKind::BodyTooLarge)
        .with_detail(format!("the body has more than {longest} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_the_named_parameters_once_each() {
        let read = |text| query(Some(text), ["url", "x"]).map_err(|problem| problem.kind());
        assert_eq!(read(""), Ok([None, None]));
        assert_eq!(read("url=a%2Fb+c&&x"), Ok([Some("a/b c".into()), Some(String::new())]));
        for bad in ["url=a&url=b", "y=1", "url=%", "url=%f", "url=%zz", "url=%ff", "url=%+1"] {
            assert_eq!(read(bad), Err(ProblemKind::MalformedQuery), "{bad}");
        }
        let problem = query(Some("secret=1"), []).unwrap_err();
        assert!(!problem.detail().contains("secret"), "{problem}");
    }
}
