//! Texts, numbers, spans of time and choices.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::super::yaml::Value;
use super::{At, Reader};

impl Reader {
    /// A text. A number without quotes is one, too.
    pub(in super::super) fn text<'a>(&mut self, at: &At<'a>) -> Option<&'a str> {
        let Value::Text(text) = &*at.node.value else {
            self.wrong(at, "is not a text", "write one value behind the key");
            return None;
        };
        if text.plain && is_number_to_others(&text.text) {
            self.warn(
                at,
                "is taken as it is written here, and as another number by other YAML readers",
                "put it in quotes",
            );
        }
        Some(&text.text)
    }

    /// A whole number, quoted or not.
    pub(in super::super) fn number(
        &mut self,
        at: &At<'_>,
        range: RangeInclusive<u64>,
    ) -> Option<u64> {
        let text = self.text(at)?;
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| is_plain && range.contains(number));
        if number.is_none() {
            let what = format!("is not a whole number from {} to {}", range.start(), range.end());
            self.wrong(at, what, "write digits only");
        }
        number
    }

    /// `true` or `false`.
    pub(in super::super) fn flag(&mut self, at: &At<'_>) -> Option<bool> {
        self.choice(at, &[("true", true), ("false", false)])
    }

    /// One of the words that there are.
    pub(in super::super) fn choice<T: Copy>(
        &mut self,
        at: &At<'_>,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(at)?;
        let chosen = choices.iter().find(|(name, _)| *name == text);
        if chosen.is_none() {
            let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
            let remedy = format!("there are: {}", names.join(", "));
            self.wrong(at, "is none of the words that there are", remedy);
        }
        chosen.map(|(_, value)| *value)
    }

    /// A span of time: `500ms`, `30s`, `15m`, `2h`, or seconds without a unit.
    pub(in super::super) fn span(&mut self, at: &At<'_>) -> Option<Duration> {
        let span = parse_span(self.text(at)?);
        if span.is_none() {
            let what = "is not a span of time";
            self.wrong(at, what, "write it like `500ms`, `30s`, `15m` or `2h`");
        }
        span
    }
}

/// As [`Reader::span`] takes it.
pub(crate) fn parse_span(text: &str) -> Option<Duration> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit.trim_start() {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        _ => None,
    }
}

/// What YAML 1.1 readers, the published task's among them, take for a number other than it looks:
/// octal (`0123`), hexadecimal, with `_` or a point in it (`1.10` is 1.1), or in sixties (`1:30`).
fn is_number_to_others(text: &str) -> bool {
    let bytes = text.trim_start_matches(['+', '-']).as_bytes();
    let all =
        |allowed: &[u8]| bytes.iter().all(|byte| byte.is_ascii_digit() || allowed.contains(byte));
    if let Some((whole, part)) = text.split_once('.') {
        let is_digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        return is_digits(whole) && is_digits(part);
    }
    let first = bytes.first().is_some_and(u8::is_ascii_digit);
    match bytes {
        [b'0', b'x', digits @ ..] => {
            !digits.is_empty()
                && digits.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'_')
        }
        [b'0', _, ..] if all(b"_") => true,
        _ if first && all(b"_") => bytes.contains(&b'_'),
        _ => first && all(b":") && bytes.contains(&b':') && !bytes.ends_with(b":"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_a_unit_or_is_in_seconds() {
        for (text, wanted) in [
            ("500ms", Some(Duration::from_millis(500))),
            ("900", Some(Duration::from_secs(900))),
            ("30s", Some(Duration::from_secs(30))),
            ("15 m", Some(Duration::from_secs(900))),
            ("2h", Some(Duration::from_secs(7200))),
            ("", None),
            ("s", None),
            ("-1s", None),
            ("1.5s", None),
            ("1d", None),
            ("99999999999999999999s", None),
            ("18446744073709551615h", None),
        ] {
            assert_eq!(parse_span(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_looks_the_same_and_is_not_is_known() {
        for text in ["0100027", "0x1f", "1.10", "1_000", "1:30", "-010"] {
            assert!(is_number_to_others(text), "{text}");
        }
        for text in ["100027", "0", "2f7b", "127.0.0.1:80", "a:1", "1:", "0x", "1e5", "::1"] {
            assert!(!is_number_to_others(text), "{text}");
        }
    }
}
