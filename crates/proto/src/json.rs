//! A quick look over JSON: checks it and cuts its objects into fields, in one pass.
//!
//! `serde_json` is the judge of what is JSON and of where it stops being it. But it hands out raw
//! values only through several layers, and looks over an envelope's data twice. So each text is
//! tried here first. Whatever is rare (a key with escapes, a number that is not plain digits, deep
//! nesting) or wrong gives `None`, and `serde_json` has a look of its own. A property test below
//! holds the two together.

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::DecodeError;
use crate::word::{self, below, equal};

/// Keys and the raw text of their values, in order. No documented object has more fields, so
/// cutting one allocates nothing.
pub(crate) type Entries<'a> = SmallVec<[(Cow<'a, str>, &'a str); 6]>;

/// Cuts `text`, which is one object, into `fields`. The object behind its key `data` is cut into
/// `data` on the way. After `None` both may hold a beginning.
pub(crate) fn cut<'a>(
    text: &'a str,
    fields: &mut Entries<'a>,
    data: Option<&mut Entries<'a>>,
) -> Option<()> {
    let end = Look(text).object(0, 1, Some(fields), data)?;
    (end == text.len()).then_some(())
}

/// Each method takes where something begins and gives where it ends. (A place in a register is
/// what makes this quick; in a field of `self` it would be stored and loaded for every byte.)
#[derive(Clone, Copy)]
struct Look<'a>(&'a str);

impl<'a> Look<'a> {
    fn object(
        self,
        at: usize,
        depth: usize,
        mut fields: Option<&mut Entries<'a>>,
        mut data: Option<&mut Entries<'a>>,
    ) -> Option<usize> {
        let mut at = self.open(at, b'{', depth)?;
        if self.byte(at)? == b'}' {
            return Some(at + 1);
        }
        loop {
            let (key, start) = self.key(at)?;
            let is_data = |_: &mut _| key == "data" && self.byte(start) == Some(b'{');
            let end = match data.take_if(is_data) {
                Some(data) => self.object(start, depth + 1, Some(data), None)?,
                None => self.value(start, depth)?,
            };
            if let Some(fields) = fields.as_deref_mut() {
                fields.push((Cow::Borrowed(key), self.0.get(start..end)?));
            }
            at = self.space(end);
            match self.byte(at)? {
                b',' => at = self.space(at + 1),
                b'}' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    fn array(self, at: usize, depth: usize) -> Option<usize> {
        let mut at = self.open(at, b'[', depth)?;
        if self.byte(at)? == b']' {
            return Some(at + 1);
        }
        loop {
            at = self.space(self.value(at, depth)?);
            match self.byte(at)? {
                b',' => at = self.space(at + 1),
                b']' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    #[inline]
    fn value(self, at: usize, depth: usize) -> Option<usize> {
        match self.byte(at)? {
            b'"' => self.string(at),
            b'{' => self.object(at, depth + 1, None, None),
            b'[' => self.array(at, depth + 1),
            b'0'..=b'9' => self.digits(at),
            _ => {
                let rest = self.0.get(at..)?;
                let word =
                    ["null", "true", "false"].into_iter().find(|word| rest.starts_with(word));
                Some(at + word?.len())
            }
        }
    }

    /// The key, and where its value begins. A key with escapes is not taken.
    #[inline]
    fn key(self, at: usize) -> Option<(&'a str, usize)> {
        let start = at + 1;
        if self.byte(at)? != b'"' {
            return None;
        }
        let end = start + plain_prefix(self.0.as_bytes().get(start..)?);
        if self.byte(end)? != b'"' {
            return None;
        }
        let colon = self.space(end + 1);
        if self.byte(colon)? != b':' {
            return None;
        }
        Some((self.0.get(start..end)?, self.space(colon + 1)))
    }

    #[inline]
    fn string(self, at: usize) -> Option<usize> {
        let mut at = at + 1;
        loop {
            at += plain_prefix(self.0.as_bytes().get(at..)?);
            match self.byte(at)? {
                b'"' => return Some(at + 1),
                b'\\' => at = self.escape(at)?,
                _ => return None,
            }
        }
    }

    fn escape(self, at: usize) -> Option<usize> {
        match self.byte(at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 2),
            b'u' => {
                let digits = self.0.as_bytes().get(at + 2..at + 6)?;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(at + 6)
            }
            _ => None,
        }
    }

    /// A non-negative integer. Behind any other number's first digits there is something that is
    /// no comma and no bracket.
    fn digits(self, at: usize) -> Option<usize> {
        let rest = self.0.as_bytes().get(at..)?;
        let length = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        (length == 1 || rest.first() != Some(&b'0')).then_some(at + length)
    }

    fn open(self, at: usize, bracket: u8, depth: usize) -> Option<usize> {
        let fits = depth <= DecodeError::DEEPEST && self.byte(at)? == bracket;
        fits.then(|| self.space(at + 1))
    }

    #[inline]
    fn space(self, mut at: usize) -> usize {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte(at) {
            at += 1;
        }
        at
    }

    #[inline]
    fn byte(self, at: usize) -> Option<u8> {
        self.0.as_bytes().get(at).copied()
    }
}

/// How many bytes there are before the first quote, backslash or control character.
#[inline]
fn plain_prefix(bytes: &[u8]) -> usize {
    let ends = |word: u64| below(word, b' ') | equal(word, b'"') | equal(word, b'\\');
    // Keys and short values end in the first word.
    let Some(word) = word::at_word(bytes, 0) else { return word::position(bytes, ends) };
    let found = ends(word);
    if found != 0 {
        return word::first(found);
    }
    // Long ones are gone through in steps of which the compiler makes a handful of instructions.
    let is_end = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    let mut at = 8;
    while let Some(block) = bytes.get(at..).and_then(|rest| rest.first_chunk::<32>()) {
        if block.iter().fold(false, |found, &byte| found | is_end(byte)) {
            break;
        }
        at += 32;
    }
    at + word::position(bytes.get(at..).unwrap_or_default(), ends)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fields::Fields;

    fn quick(text: &str) -> Option<(Entries<'_>, Entries<'_>)> {
        let (mut fields, mut data) = (Entries::new(), Entries::new());
        cut(text, &mut fields, Some(&mut data)).map(|()| (fields, data))
    }

    #[test]
    fn an_envelope_is_cut_with_its_data() {
        let text = r#"{ "status" : 2000 ,"data":{"a":[1, {"b":null}],"c":"\u00e9\n"},"x":true}"#;
        let (fields, data) = quick(text).unwrap();
        let raw: Vec<_> = fields.iter().map(|(key, value)| (&**key, *value)).collect();
        let inside = r#"{"a":[1, {"b":null}],"c":"\u00e9\n"}"#;
        assert_eq!(raw, [("status", "2000"), ("data", inside), ("x", "true")]);
        let raw: Vec<_> = data.iter().map(|(key, value)| (&**key, *value)).collect();
        assert_eq!(raw, [("a", r#"[1, {"b":null}]"#), ("c", r#""\u00e9\n""#)]);
    }

    #[test]
    fn what_is_rare_or_wrong_is_left_to_the_judge() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(16), "]".repeat(16));
        for text in [
            "",
            "{",
            "[]",
            "1",
            "{}x",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{,"a":1}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a":01}"#,
            r#"{"a":-1}"#,
            r#"{"a":1.0}"#,
            r#"{"a":1e3}"#,
            r#"{"\u0061":1}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\u12g4"}"#,
            "{\"a\":\"\n\"}",
            r#"{"a":"}"#,
            r#"{"a":nul}"#,
            r#"{"a":nulll}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":[1}"#,
            r#"{"a":"\"#,
            &deep,
        ] {
            assert!(quick(text).is_none(), "{text}");
        }
    }

    /// Pieces of which JSON and what nearly is JSON come out often.
    fn nearly_json() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "\"data\":{",
            "\"é\\n\"",
            "\"\\ud800\"",
            "0",
            "17",
            "-1",
            "1.5",
            "1e2",
            "null",
            "true",
            " ",
            "\n",
            "\"",
            "\\",
            "\u{1}",
            "\"a\":1",
            "\"b\":{}",
            "\"long enough for a few words of eight bytes\"",
        ]);
        prop::collection::vec(pieces, 0..9).prop_map(|pieces| format!("{{{}}}", pieces.concat()))
    }

    proptest! {
        #[test]
        fn the_judge_agrees(text in nearly_json()) {
            if let Some((fields, data)) = quick(&text) {
                prop_assert_eq!(&fields, &Fields::parse(&text).unwrap().entries);
                // Of two objects behind `data` the first is cut; reading them is then refused.
                let raw = fields.iter().find(|(key, raw)| key == "data" && raw.starts_with('{'));
                let wanted = raw.map(|(_, raw)| Fields::parse(raw).unwrap().entries);
                prop_assert_eq!(data, wanted.unwrap_or_default());
            }
        }

        #[test]
        fn a_prefix_is_plain_up_to_the_first_byte_that_is_not(bytes: Vec<u8>) {
            let ends = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
            let wanted = bytes.iter().position(ends).unwrap_or(bytes.len());
            prop_assert_eq!(plain_prefix(&bytes), wanted);
        }
    }
}
