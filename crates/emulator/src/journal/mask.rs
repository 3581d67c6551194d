//! What of a request may be shown. Only fields and headers that are known to be harmless show their
//! values; every other value shows a fingerprint, by which it can be recognised and not used.

use std::fmt::Write;

use sha1::{Digest, Sha1};

use crate::call::field;
use crate::form;

/// Fields that are no secrets.
const SHOWN: [&str; 6] = [
    field::APP_ID,
    field::GRANT_TYPE,
    field::TYPE,
    field::OPEN_ID,
    field::LOAD_MORE_ID,
    field::LOAD_MORE_COUNT,
];

/// Headers that are no secrets.
const SHOWN_HEADERS: [&str; 12] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "proxy-connection",
    "transfer-encoding",
    "user-agent",
];

/// The longest value or name that is shown whole, in bytes.
const LONGEST: usize = 128;

/// `~` and eight hexadecimal digits: the beginning of the value's SHA-1. The same value has the same
/// fingerprint wherever it shows.
pub(crate) fn fingerprint(value: &[u8]) -> String {
    let digest = Sha1::digest(value);
    let mut text = String::from("~");
    for byte in &digest[..4] {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A form as it was spelled, its secrets as fingerprints of what they mean.
pub(super) fn form(body: &[u8]) -> String {
    let parts = body.split(|&byte| byte == b'&').map(field_of);
    parts.collect::<Vec<_>>().join("&")
}

/// A target: its path, and its query masked as a form.
pub(super) fn target(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    // Whoever forgot the question mark has fields in the path.
    let path = match path.find(['&', '=', ';']) {
        Some(at) => format!("{}{}", shown(&path.as_bytes()[..at]), fingerprint(path.as_bytes())),
        None => shown(path.as_bytes()),
    };
    if query.is_empty() { path } else { format!("{path}?{}", form(query.as_bytes())) }
}

/// Header lines by name and value.
pub(super) fn headers(lines: &[u8]) -> Vec<(String, String)> {
    let lines = lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let pairs = lines.filter_map(|line| {
        let at = line.windows(2).position(|pair| pair == b": ")?;
        let (name, value) = (shown(&line[..at]), &line[at + 2..]);
        let plain = SHOWN_HEADERS.contains(&name.as_str());
        Some((name, if plain { shown(value) } else { fingerprint(value) }))
    });
    pairs.collect()
}

fn field_of(part: &[u8]) -> String {
    let Some(at) = part.iter().position(|&byte| byte == b'=') else {
        // No field at all: perhaps JSON, perhaps a secret alone.
        return if part.is_empty() { String::new() } else { fingerprint(part) };
    };
    let (name, value) = (&part[..at], &part[at + 1..]);
    let meant = form::decode(name).ok();
    let meant = meant.as_deref().map(form::plain);
    let harmless = |name: &str| {
        name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphabetic() || b"_- ".contains(&b))
    };
    let name_shown = match meant {
        Some(meant) if harmless(meant) => shown(name),
        _ => fingerprint(name),
    };
    let value_shown = match meant {
        _ if value.is_empty() => String::new(),
        Some(meant) if SHOWN.contains(&meant) => shown(value),
        _ => fingerprint(form::decode(value).as_ref().map_or(value, |value| value.as_bytes())),
    };
    format!("{name_shown}={value_shown}")
}

/// Text for a terminal: control characters escaped, the length bounded.
fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for c in String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]).chars() {
        // Those that turn the direction of writing are no control characters by name.
        let turns = matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    if bytes.len() > LONGEST {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_fields_show_as_spelled_and_others_by_what_they_mean() {
        let secret = fingerprint(b"peer-secret-0001");
        assert_eq!(
            form(b"app_id=990001&secret=peer%2Dsecret-0001&open_id=a%2Bb&x&=&type[]=js_ticket"),
            format!(
                "app_id=990001&secret={secret}&open_id=a%2Bb&{}&=&type[]=js_ticket",
                fingerprint(b"x")
            )
        );
    }

    #[test]
    fn a_secret_in_the_wrong_place_does_not_show() {
        for body in [
            "peer-secret-0001",
            "peer-secret-0001=",
            r#"{"app_id":"990001","secret":"peer-secret-0001"}"#,
            "app_id=1&seceret=peer-secret-0001",
            "secret=peer-secret-0001%",
            "peer-secret-0001[0]=1",
        ] {
            assert!(!form(body.as_bytes()).contains("peer-secret"), "{body}");
        }
        for path in
            ["/t?secret=peer-secret-0001", "/t&secret=peer-secret-0001", "/t?peer-secret-0001"]
        {
            assert!(!target(path).contains("peer-secret"), "{path}");
        }
        let lines = headers(b"authorization: Bearer peer-secret-0001\nhost: x: y\n");
        assert!(!format!("{lines:?}").contains("peer-secret"));
        assert_eq!(lines[1], ("host".to_owned(), "x: y".to_owned()));
    }

    #[test]
    fn terminals_are_safe() {
        let line = form("app_id=\u{1b}[2J\u{202e}\n天&open_id=".as_bytes()) + &shown(&[b'x'; 500]);
        assert!(line.starts_with(r"app_id=\u{1b}[2J\u{202e}\n天&open_id="), "{line}");
        assert!(line.chars().count() < 200);
    }
}
