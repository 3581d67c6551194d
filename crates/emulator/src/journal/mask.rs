//! What of a request may be shown. Only fields and headers that are known to be harmless show their
//! values; every other value shows a fingerprint, by which it can be recognised and not used.

use std::fmt::Write;

use sha1::{Digest, Sha1};

use super::Known;
use crate::call::{LOGIN, field};
use crate::form;

/// Fields that name something and open nothing.
const NAMES: [&str; 2] = [field::APP_ID, field::OPEN_ID];

/// Fields that count.
const COUNTS: [&str; 2] = [field::LOAD_MORE_ID, field::LOAD_MORE_COUNT];

/// What the fields that choose may say; anything else is perhaps no choice.
const CHOICES: [(&str, &[&str]); 2] = [
    (field::GRANT_TYPE, &["client_credential", LOGIN, field::REFRESH_TOKEN]),
    (field::TYPE, &[field::JS_TICKET, field::ACCESS_TOKEN]),
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

/// The longest segment of a path, name of a field or number that is shown.
const WORD: usize = 32;

/// So many segments of a path are shown; the first is the nothing before the first slash.
const SEGMENTS: usize = 8;

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

/// A form as it was spelled, its secrets as fingerprints of what they mean. Of one that was cut the
/// last field is left out: it may be half a secret.
pub(super) fn form(known: &Known, body: &[u8], cut: bool) -> String {
    let whole = match body.iter().rposition(|&byte| byte == b'&') {
        _ if !cut => body,
        Some(at) => &body[..at],
        None => &[],
    };
    let parts = whole.split(|&byte| byte == b'&').map(|part| field_of(known, part));
    let mut text = parts.collect::<Vec<_>>().join("&");
    if cut {
        text.push('…');
    }
    text
}

/// A target: its host, its path, and its query masked as a form.
pub(super) fn target(known: &Known, host: &str, path: &str, cut: bool) -> String {
    let host = match host.split_once("://") {
        Some((scheme, host)) => format!("{}://{}", one(known, scheme), one(known, host)),
        None => String::new(),
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = if path.contains(['&', '=', ';']) {
        // Whoever forgot the question mark has fields in the path.
        let end = path.find(['&', '=', ';']).unwrap_or(path.len());
        format!("{}{}", segments(known, &path[..end]), fingerprint(path.as_bytes()))
    } else {
        segments(known, path)
    };
    match query {
        "" if cut => format!("{host}{path}…"),
        "" => format!("{host}{path}"),
        query => format!("{host}{path}?{}", form(known, query.as_bytes(), cut)),
    }
}

/// A path, segment by segment: short plain words show, by which a misspelled path is recognised.
fn segments(known: &Known, path: &str) -> String {
    if known.is_in(path.as_bytes()) && !path.split('/').any(|part| known.is_in(part.as_bytes())) {
        return fingerprint(path.as_bytes());
    }
    let plain = |part: &str| part.len() <= WORD && !known.is_in(part.as_bytes());
    let show = |part: &str| {
        if plain(part) { shown(part.as_bytes()) } else { fingerprint(part.as_bytes()) }
    };
    let mut parts: Vec<_> = path.split('/').take(SEGMENTS + 1).map(show).collect();
    if let Some(last) = parts.get_mut(SEGMENTS) {
        "…".clone_into(last);
    }
    parts.join("/")
}

/// Header lines by name and value.
pub(super) fn headers(known: &Known, lines: &[u8]) -> Vec<(String, String)> {
    let lines = lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let pairs = lines.filter_map(|line| {
        let at = line.windows(2).position(|pair| pair == b": ")?;
        let (name, value) = (&line[..at], &line[at + 2..]);
        let plain = SHOWN_HEADERS.iter().any(|plain| plain.as_bytes() == name);
        let value_shown = if plain { bytes(known, value) } else { fingerprint(value) };
        Some((bytes(known, name), value_shown))
    });
    pairs.collect()
}

fn field_of(known: &Known, part: &[u8]) -> String {
    let Some(at) = part.iter().position(|&byte| byte == b'=') else {
        // No field at all: perhaps JSON, perhaps a secret alone.
        return if part.is_empty() { String::new() } else { fingerprint(part) };
    };
    let (name, value) = (&part[..at], &part[at + 1..]);
    let meant = form::decode(name).ok();
    let meant = meant.as_deref().map(form::plain);
    let harmless = |name: &str| {
        name.len() <= WORD && name.bytes().all(|b| b.is_ascii_alphabetic() || b"_- ".contains(&b))
    };
    let name_shown = match meant {
        Some(meant) if harmless(meant) => bytes(known, name),
        _ => fingerprint(name),
    };
    let decoded = form::decode(value);
    let value_meant = decoded.as_ref().map_or(value, |value| value.as_bytes());
    let value_shown = match meant {
        _ if value.is_empty() => String::new(),
        Some(meant) if may_show(meant, value_meant) && !known.is_in(value) => shown(value),
        _ => fingerprint(value_meant),
    };
    format!("{name_shown}={value_shown}")
}

/// Whether a field of this name may show this value, if it is no secret.
fn may_show(name: &str, value: &[u8]) -> bool {
    let chosen = |(field, values): &(&str, &[&str])| {
        *field == name && values.iter().any(|known| known.as_bytes() == value)
    };
    NAMES.contains(&name)
        || (COUNTS.contains(&name) && value.len() <= WORD && value.iter().all(u8::is_ascii_digit))
        || CHOICES.iter().any(chosen)
}

fn one(known: &Known, text: &str) -> String {
    bytes(known, text.as_bytes())
}

/// Text that is no field: shown unless it holds a secret.
fn bytes(known: &Known, text: &[u8]) -> String {
    if known.is_in(text) { fingerprint(text) } else { shown(text) }
}

/// Text for a terminal: what cannot be seen escaped, the length bounded.
fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for c in String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]).chars() {
        if c.is_control() || is_unseen(c) {
            text.extend(c.escape_unicode());
        } else {
            text.push(c);
        }
    }
    if bytes.len() > LONGEST {
        text.push('…');
    }
    text
}

/// Characters that turn the direction of writing, break lines, or take no room: no control
/// characters by name, and as good for a lie.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn peer() -> Known {
        Known::of(&World::demo())
    }

    #[test]
    fn harmless_fields_show_as_spelled_and_others_by_what_they_mean() {
        let secret = fingerprint(b"peer-secret-0001");
        let body = b"app_id=990001&secret=peer%2Dsecret-0001&open_id=a%2Bb&x&=&type[]=js_ticket";
        assert_eq!(
            form(&peer(), body, false),
            format!(
                "app_id=990001&secret={secret}&open_id=a%2Bb&{}&=&type[]=js_ticket",
                fingerprint(b"x")
            )
        );
    }

    #[test]
    fn a_secret_in_the_wrong_place_does_not_show() {
        let known = peer();
        let token = "e220a8397b1dcdaf6e789e6aa1b965f4";
        for body in [
            "peer-secret-0001",
            "peer-secret-0001=",
            r#"{"app_id":"990001","secret":"peer-secret-0001"}"#,
            "app_id=1&seceret=peer-secret-0001",
            "secret=peer-secret-0001%",
            "peer-secret-0001[0]=1",
            "app_id=peer-secret-0001",
            "open_id=peer%2dsecret%2d0001x",
            "open_id=e220a8397b1dcdaf6e789e6aa1b965f4",
            "type=another-peer-secret&grant_type=another-peer-secret&load_more_id=peer-secret",
        ] {
            let text = form(&known, body.as_bytes(), false);
            assert!(!text.contains("peer") && !text.contains(token), "{body}: {text}");
        }
        for path in [
            "/t?secret=peer-secret-0001",
            "/t&secret=peer-secret-0001",
            "/t?peer-secret-0001",
            "/OAuth2/token/peer-secret-0001",
            "/OAuth2/token/e220a8397b1dcdaf6e789e6aa1b965f4",
        ] {
            let text = target(&known, "http://x.peer-secret-0001", path, false);
            assert!(!text.contains("peer") && !text.contains(token), "{path}: {text}");
        }
        let lines = b"authorization: Bearer peer-secret-0001\nhost: x: y\nx-peer-secret-0001: 1\n";
        let lines = headers(&known, lines);
        assert!(!format!("{lines:?}").contains("peer-secret"));
        assert_eq!(lines[1], ("host".to_owned(), "x: y".to_owned()));
    }

    #[test]
    fn what_was_cut_shows_no_half_secret_and_long_paths_are_shortened() {
        let known = peer();
        assert_eq!(form(&known, b"app_id=1&open_id=peer-sec", true), "app_id=1…");
        assert_eq!(form(&known, b"open_id=peer-sec", true), "…");
        let path = format!("/oauth2/token/{}/{}", "x".repeat(33), "a/".repeat(20));
        let masked = fingerprint("x".repeat(33).as_bytes());
        let expected = format!("/oauth2/token/{masked}/a/a/a/a/…");
        assert_eq!(target(&known, "", &path, false), expected);
    }

    #[test]
    fn terminals_are_safe() {
        let body = "app_id=\u{1b}[2J\u{202e}\n天\u{61c}\u{feff}\u{200b}&open_id=";
        let line = form(&peer(), body.as_bytes(), false) + &shown(&[b'x'; 500]);
        let safe = r"app_id=\u{1b}[2J\u{202e}\u{a}天\u{61c}\u{feff}\u{200b}&open_id=";
        assert!(line.starts_with(safe), "{line}");
        assert!(line.chars().count() < 220);
    }
}
