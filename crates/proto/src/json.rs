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

/// Keys and the raw text of their values, in order. No documented object has more fields, so
/// cutting one allocates nothing.
pub(crate) type Entries<'a> = SmallVec<[(Cow<'a, str>, &'a str); 6]>;

/// Cuts `text`, which is one object, into `fields`. The object behind its key `data` is cut into
/// `data` on the way.
pub(crate) fn cut<'a>(
    text: &'a str,
    fields: &mut Entries<'a>,
    data: Option<&mut Entries<'a>>,
) -> Option<()> {
    let mut look = Look { text, at: 0 };
    look.object(1, Some(fields), data)?;
    (look.at == text.len()).then_some(())
}

struct Look<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Look<'a> {
    fn object(
        &mut self,
        depth: usize,
        mut fields: Option<&mut Entries<'a>>,
        mut data: Option<&mut Entries<'a>>,
    ) -> Option<()> {
        self.open(b'{', depth)?;
        if self.take(b'}') {
            return Some(());
        }
        loop {
            let key = self.key()?;
            let start = self.at;
            match data.take_if(|_| key == "data" && self.peek() == Some(b'{')) {
                Some(data) => self.object(depth + 1, Some(data), None)?,
                None => self.value(depth)?,
            }
            if let Some(fields) = fields.as_deref_mut() {
                fields.push((Cow::Borrowed(key), self.text.get(start..self.at)?));
            }
            if self.closed_by(b'}')? {
                return Some(());
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.open(b'[', depth)?;
        if self.take(b']') {
            return Some(());
        }
        loop {
            self.value(depth)?;
            if self.closed_by(b']')? {
                return Some(());
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'{' => self.object(depth + 1, None, None),
            b'[' => self.array(depth + 1),
            b'0'..=b'9' => self.digits(),
            _ => {
                let rest = self.text.get(self.at..)?;
                let known = ["null", "true", "false"];
                let word = known.into_iter().find(|word| rest.starts_with(word))?;
                self.at += word.len();
                Some(())
            }
        }
    }

    /// The key and what separates it from its value. One with escapes is not taken.
    fn key(&mut self) -> Option<&'a str> {
        let start = self.at + 1;
        if self.peek() != Some(b'"') || self.string()? {
            return None;
        }
        let key = self.text.get(start..self.at - 1)?;
        self.space();
        if !self.take(b':') {
            return None;
        }
        self.space();
        Some(key)
    }

    /// Goes past a text; whether it has escapes.
    fn string(&mut self) -> Option<bool> {
        self.at += 1;
        let mut has_escapes = false;
        loop {
            self.at += plain_prefix(self.text.as_bytes().get(self.at..)?);
            match self.peek()? {
                b'"' => break,
                b'\\' => self.escape()?,
                _ => return None,
            }
            has_escapes = true;
        }
        self.at += 1;
        Some(has_escapes)
    }

    fn escape(&mut self) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at + 1..)?;
        self.at += match rest.first()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
            b'u' if rest.get(1..5)?.iter().all(u8::is_ascii_hexdigit) => 6,
            _ => return None,
        };
        Some(())
    }

    /// A non-negative integer. What could make it another number is left where it is, and then no
    /// comma and no bracket follows.
    fn digits(&mut self) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        self.at += end;
        (end == 1 || rest.first() != Some(&b'0')).then_some(())
    }

    fn open(&mut self, bracket: u8, depth: usize) -> Option<()> {
        if depth > DecodeError::DEEPEST || !self.take(bracket) {
            return None;
        }
        self.space();
        Some(())
    }

    /// After a value: whether the bracket closes; if not, there must be a comma.
    fn closed_by(&mut self, bracket: u8) -> Option<bool> {
        self.space();
        if self.take(bracket) {
            return Some(true);
        }
        let more = self.take(b',');
        self.space();
        more.then_some(false)
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// How many bytes there are before the first quote, backslash or control character.
fn plain_prefix(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let mut rest = bytes;
    // Eight at a time: subtracting borrows from a byte's high bit where the byte was too small.
    while let Some((chunk, behind)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let below = |word: u64, least: u8| word.wrapping_sub(ONES * u64::from(least)) & !word;
        let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let found = (below(word, b' ') | equal(b'"') | equal(b'\\')) & HIGH;
        if found != 0 {
            return bytes.len() - rest.len() + (found.trailing_zeros() / 8) as usize;
        }
        rest = behind;
    }
    let ends = |&byte: &u8| byte < b' ' || byte == b'"' || byte == b'\\';
    bytes.len() - rest.len() + rest.iter().position(ends).unwrap_or(rest.len())
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
