//! `application/x-www-form-urlencoded`, read by this crate's own code.
//!
//! Written from the description of the format and not shared with any encoder, so that what an
//! encoder gets wrong shows here. It is strict where a slip would otherwise be hidden: a `%` that
//! does not begin an escape, or bytes that are not UTF-8, make the form malformed, although many
//! servers would shrug.

use std::fmt;

/// The fields of one request body, in the order sent.
///
/// Debug shows the names, never the values.
pub(crate) struct Form {
    fields: Vec<(String, String)>,
}

/// What is wrong with a body that is not a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// A `%` is not followed by two hexadecimal digits.
    Escape,
    /// A name or a value is not UTF-8 after decoding.
    Utf8,
}

impl Form {
    /// Reads a body. Empty parts (`a=1&&b=2`) are skipped; a part without `=` has an empty value.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let parts = body.split(|&byte| byte == b'&').filter(|part| !part.is_empty());
        let fields = parts.map(pair).collect::<Result<_, _>>()?;
        Ok(Self { fields })
    }

    /// The value of a field, if it is there and not empty: a client's nothing is an empty field or
    /// none. Of two with one name the last counts, and `name[]` or `name[0]`, as some clients spell
    /// a list of one, are the same name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().rev().find(|(n, _)| plain(n) == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// What a request body says, as the emulator understands it: names and values in the order sent.
///
/// For tests of encoders, which should not be asked to read what they wrote themselves. `None` if
/// the body is not a well-formed form.
#[must_use]
pub fn read_form(body: &[u8]) -> Option<Vec<(String, String)>> {
    Form::parse(body).ok().map(|form| form.fields)
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
}

/// The name without a list index.
pub(crate) fn plain(name: &str) -> &str {
    match name.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
        Some((plain, index)) if index.bytes().all(|byte| byte.is_ascii_digit()) => plain,
        _ => name,
    }
}

fn pair(part: &[u8]) -> Result<(String, String), Malformed> {
    let (name, value) = match part.iter().position(|&byte| byte == b'=') {
        Some(at) => (&part[..at], &part[at + 1..]),
        None => (part, &part[part.len()..]),
    };
    Ok((decode(name)?, decode(value)?))
}

pub(crate) fn decode(text: &[u8]) -> Result<String, Malformed> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next())? << 4 | hex(rest.next())?,
            plain => plain,
        });
    }
    String::from_utf8(bytes).map_err(|_| Malformed::Utf8)
}

fn hex(digit: Option<&u8>) -> Result<u8, Malformed> {
    match digit {
        Some(d @ b'0'..=b'9') => Ok(d - b'0'),
        Some(d @ b'a'..=b'f') => Ok(d - b'a' + 10),
        Some(d @ b'A'..=b'F') => Ok(d - b'A' + 10),
        _ => Err(Malformed::Escape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(body: &str) -> Vec<(String, String)> {
        Form::parse(body.as_bytes()).unwrap().fields
    }

    fn owned(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn plus_and_percent_twenty_are_both_a_space() {
        assert_eq!(
            fields("a=x+y&b=x%20y&c=%2B"),
            [owned("a", "x y"), owned("b", "x y"), owned("c", "+")]
        );
    }

    #[test]
    fn only_the_first_equals_sign_divides() {
        assert_eq!(fields("a=b=c&=d&e"), [owned("a", "b=c"), owned("", "d"), owned("e", "")]);
    }

    #[test]
    fn hex_digits_of_either_case_and_raw_utf8_are_read() {
        assert_eq!(
            fields("a=%e5%A4%a9&b=天&%63=~%7e"),
            [owned("a", "天"), owned("b", "天"), owned("c", "~~")]
        );
    }

    #[test]
    fn empty_parts_are_skipped() {
        assert_eq!(fields("&&a=1&&"), [owned("a", "1")]);
        assert_eq!(fields(""), []);
    }

    #[test]
    fn a_stray_percent_is_malformed_and_not_passed_through() {
        for body in ["a=%", "a=%4", "a=%zz", "a=100%&b=2", "%g0=1"] {
            assert_eq!(Form::parse(body.as_bytes()).unwrap_err(), Malformed::Escape, "{body}");
        }
    }

    #[test]
    fn what_is_not_utf8_is_malformed() {
        assert_eq!(Form::parse(b"a=%ff").unwrap_err(), Malformed::Utf8);
        assert_eq!(Form::parse(b"a=\xff").unwrap_err(), Malformed::Utf8);
        assert_eq!(Form::parse(b"a=%ED%A0%80").unwrap_err(), Malformed::Utf8); // a lone surrogate
    }

    #[test]
    fn the_last_of_two_counts_and_empty_is_absent() {
        let form = Form::parse(b"a=1&a=2&b=").unwrap();
        assert_eq!((form.field("a"), form.field("b"), form.field("c")), (Some("2"), None, None));
    }

    #[test]
    fn a_list_of_one_is_its_one() {
        for body in ["a[]=1", "a[0]=1", "a%5B%5D=1", "a%5b0%5d=1", "a[0]=2&a[1]=1", "a=2&a[]=1"] {
            assert_eq!(Form::parse(body.as_bytes()).unwrap().field("a"), Some("1"), "{body}");
        }
        for body in ["a[b]=1", "[]a=1", "a[0=1", "a]=1", "a[][]=1"] {
            assert_eq!(Form::parse(body.as_bytes()).unwrap().field("a"), None, "{body}");
        }
    }

    #[test]
    fn debug_shows_names_only() {
        let shown = format!("{:?}", Form::parse(b"secret=planted").unwrap());
        assert!(shown.contains("secret") && !shown.contains("planted"), "{shown}");
    }

    /// An encoder of its own: each byte as itself, as `+` or as an escape, as `choice` says.
    fn encode(text: &str, choice: u64) -> String {
        let mut out = String::new();
        for (i, byte) in text.bytes().enumerate() {
            let bit = choice >> (i % 64) & 1 == 1;
            match byte {
                b' ' if bit => out.push('+'),
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' if bit => {
                    out.push(char::from(byte));
                }
                _ if choice.is_multiple_of(3) => out.push_str(&format!("%{byte:02X}")),
                _ => out.push_str(&format!("%{byte:02x}")),
            }
        }
        out
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Form::parse(&body);
        }

        #[test]
        fn any_text_comes_back(
            pairs in proptest::collection::vec((".{1,20}", ".{0,40}"), 0..8),
            choice in any::<u64>(),
        ) {
            let body: Vec<_> = pairs
                .iter()
                .map(|(name, value)| format!("{}={}", encode(name, choice), encode(value, !choice)))
                .collect();
            prop_assert_eq!(fields(&body.join("&")), pairs);
        }

        #[test]
        fn characters_that_trip_encoders_come_back(value in "[ +&%=;#?/~\\x00-\\x1f天😀]{0,30}", choice in any::<u64>()) {
            let body = format!("a={}", encode(&value, choice));
            prop_assert_eq!(fields(&body), [("a".to_owned(), value)]);
        }
    }
}
