//! The JSON of an envelope: the plain spelling, and every quirk of one.
//!
//! `status` is a string, although the documents show the login answer's as a number; `message` and
//! `data` are always there; no data is `[]`. A quirk changes that where it says so.

use std::fmt::Write;

use crate::answer::{Answer, Data, Leaf, Record};
use crate::quirk::{Quirk as Q, Quirks};

/// Writes the envelope of an answer given at `now`.
pub(crate) fn write(now: u64, status: u16, answer: &Answer, quirks: Quirks) -> String {
    let mut speller = Speller { out: String::with_capacity(256), quirks, now };
    let success = (2000..3000).contains(&status);
    let message = answer.rule.message();
    let status = speller.number_of(status, &answer.data);
    let mut keys = [Key::Status(status), Key::Message(&message), Key::Data(&answer.data, success)];
    if quirks.contains(Q::KeysShuffled) {
        keys.reverse();
    }
    speller.envelope(&keys);
    let out = speller.out;
    match (quirks.contains(Q::Bom), quirks.contains(Q::Padded)) {
        (false, false) => out,
        (true, false) => format!("\u{feff}{out}"),
        (false, true) => format!(" \r\n\t{out}\r\n \n"),
        (true, true) => format!("\u{feff} \r\n\t{out}\r\n \n"),
    }
}

/// One key of the envelope with what it holds.
enum Key<'a> {
    Status(u16),
    Message(&'a str),
    Data(&'a Data, bool),
}

struct Speller {
    out: String,
    quirks: Quirks,
    now: u64,
}

impl Speller {
    fn has(&self, quirk: Q) -> bool {
        self.quirks.contains(quirk)
    }

    /// The status that is written for this one.
    fn number_of(&self, status: u16, data: &Data) -> u16 {
        let empty = matches!(data, Data::Empty);
        match status {
            2011 if self.has(Q::EmptyAs2000) => 2000,
            2000 if self.has(Q::FullAs2011) && !empty => 2011,
            2000..3000 if self.has(Q::SuccessUnknown) => 2099,
            status => status,
        }
    }

    fn envelope(&mut self, keys: &[Key<'_>]) {
        self.out.push('{');
        if self.has(Q::KeysUnknown) {
            self.key("request_id");
            self.out.push_str(r#"{"a":[1,-2.5e3,{"status":"4000"}],"b":null}"#);
        }
        for key in keys {
            match key {
                Key::Status(status) => self.status(*status),
                Key::Message(message) => self.message(message),
                Key::Data(data, success) => self.data(data, *success),
            }
        }
        self.out.push('}');
    }

    fn status(&mut self, status: u16) {
        if self.has(Q::StatusMissing) {
            return;
        }
        if self.has(Q::StatusTwice) {
            self.key("status");
            self.out.push_str("\"4000\"");
        }
        self.key("status");
        // Writing to a String cannot fail.
        let _ = match () {
            () if self.has(Q::StatusNumber) => write!(self.out, "{status}"),
            () if self.has(Q::StatusFloat) => write!(self.out, "{status}.0"),
            () if self.has(Q::StatusPadded) => write!(self.out, "\" {status} \""),
            () if self.has(Q::StatusZeroLed) => write!(self.out, "\"0{status}\""),
            () if self.has(Q::StatusExponent) => {
                write!(self.out, "\"{}.{:03}e3\"", status / 1000, status % 1000)
            }
            () if self.has(Q::StatusBoolean) => write!(self.out, "{}", status < 4000),
            () if self.has(Q::StatusNull) => write!(self.out, "null"),
            () => write!(self.out, "\"{status}\""),
        };
    }

    fn message(&mut self, message: &str) {
        if self.has(Q::MessageMissing) {
            return;
        }
        self.key("message");
        if self.has(Q::MessageNull) {
            self.out.push_str("null");
        } else if self.has(Q::MessageHostile) {
            let hostile = format!("{message}\r\nINFO all is well\u{1b}[2J\u{7}\0\u{202e}");
            self.text(&format!(
                "{hostile}{}",
                "x".repeat(2000_usize.saturating_sub(hostile.chars().count()))
            ));
        } else {
            self.text(message);
        }
    }

    fn data(&mut self, data: &Data, success: bool) {
        if matches!(data, Data::Empty) && self.has(Q::DataMissing) {
            return;
        }
        self.key("data");
        match data {
            Data::Empty if self.has(Q::DataNull) => self.out.push_str("null"),
            Data::Empty if self.has(Q::DataObject) => self.out.push_str("{}"),
            Data::Empty if self.has(Q::DataOfError) && !success => {
                self.record(&vec![
                    ("access_token", "0".repeat(64).into()),
                    ("expires_in", Leaf::Span(7200)),
                ]);
            }
            Data::Empty => self.out.push_str("[]"),
            Data::Record(record) => self.record(record),
            Data::Records(items) => self.list(items, Self::record),
            Data::Texts(items) => self.list(items, |speller, item| speller.text(item)),
        }
    }

    fn list<T>(&mut self, items: &[T], one: impl Fn(&mut Self, &T)) {
        self.out.push('[');
        for (n, item) in items.iter().enumerate() {
            if n > 0 {
                self.out.push(',');
            }
            one(self, item);
        }
        self.out.push(']');
    }

    fn record(&mut self, record: &Record) {
        self.out.push('{');
        if self.has(Q::KeysUnknown) {
            self.key("internal_id");
            self.out.push_str(r#"[["\"}",false],{}]"#);
        }
        if self.has(Q::KeysShuffled) {
            record.iter().rev().for_each(|(name, leaf)| self.leaf(name, leaf));
        } else {
            record.iter().for_each(|(name, leaf)| self.leaf(name, leaf));
        }
        self.out.push('}');
    }

    fn leaf(&mut self, name: &str, leaf: &Leaf) {
        if matches!(leaf, Leaf::Span(_)) && self.has(Q::SpanMissing) {
            return;
        }
        self.key(name);
        match leaf {
            Leaf::Text(text) => self.text(text),
            Leaf::Sex(_) if self.has(Q::SexUnknown) => self.text("9"),
            Leaf::Id(digits) if self.has(Q::IdsNumber) => self.out.push_str(digits),
            Leaf::Sex(text) if self.has(Q::SexNumber) && is_number(text) => self.out.push_str(text),
            Leaf::Id(text) | Leaf::Sex(text) => self.text(text),
            Leaf::Count(count) => self.number(*count),
            Leaf::Span(_) if self.has(Q::SpanZero) => self.number(0),
            Leaf::Span(span) if self.has(Q::SpanIsMoment) => {
                self.number(self.now.saturating_add(*span));
            }
            Leaf::Moment(moment) if self.has(Q::MomentIsSpan) => {
                self.number(moment.saturating_sub(self.now));
            }
            Leaf::Span(number) | Leaf::Moment(number) => self.number(*number),
            Leaf::Flag(flag) => self.flag(*flag),
        }
    }

    fn number(&mut self, number: u64) {
        let _ = match () {
            () if self.has(Q::NumbersString) => write!(self.out, "\"{number}\""),
            () if self.has(Q::NumbersFloat) => write!(self.out, "{number}.0"),
            () if self.has(Q::NumbersNegative) => write!(self.out, "-{}", number.max(1)),
            () => write!(self.out, "{number}"),
        };
    }

    fn flag(&mut self, flag: bool) {
        let _ = match () {
            () if self.has(Q::FlagsNumber) => write!(self.out, "{}", u8::from(flag)),
            () if self.has(Q::FlagsDigit) => write!(self.out, "\"{}\"", u8::from(flag)),
            () if self.has(Q::FlagsWord) => write!(self.out, "\"{flag}\""),
            () => write!(self.out, "{flag}"),
        };
    }

    /// A key with its colon, and a comma where one belongs.
    fn key(&mut self, name: &str) {
        if !self.out.ends_with('{') {
            self.out.push(',');
        }
        let padded = self.has(Q::Padded);
        if padded {
            self.out.push_str("\n\t ");
        }
        self.text(name);
        self.out.push_str(if padded { " : " } else { ":" });
    }

    /// A JSON string: quote, backslash and control characters escaped; all else as it is, unless a
    /// quirk wants otherwise.
    fn text(&mut self, value: &str) {
        let ascii_only = self.has(Q::UnicodeEscaped);
        let slashes = self.has(Q::SlashesEscaped);
        self.out.push('"');
        for c in value.chars() {
            match c {
                '"' | '\\' => self.out.extend(['\\', c]),
                '/' if slashes => self.out.push_str("\\/"),
                c if c < ' ' || (ascii_only && !c.is_ascii()) => self.escaped(c),
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }

    fn escaped(&mut self, c: char) {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(self.out, "\\u{unit:04x}");
        }
    }
}

/// Whether a JSON number could be written for this text.
fn is_number(text: &str) -> bool {
    !text.is_empty()
        && text.len() < 16
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Rule;
    use proptest::prelude::*;

    #[test]
    fn an_envelope_is_written_in_the_documents_order() {
        let fields =
            [("is_added", true.into()), ("n", Leaf::Count(7)), ("id", Leaf::Id("7".to_owned()))];
        let answer = Answer::record(Rule::AdditionAnswered, fields);
        assert_eq!(
            write(0, 2000, &answer, Quirks::none()),
            r#"{"status":"2000","message":"ok","data":{"is_added":true,"n":7,"id":"7"}}"#
        );
    }

    proptest! {
        #[test]
        fn any_text_is_a_json_string(value in any::<String>(), ascii_only in any::<bool>(), slashes in any::<bool>()) {
            let mut quirks = Quirks::none();
            if ascii_only { quirks = quirks.with(Q::UnicodeEscaped); }
            if slashes { quirks = quirks.with(Q::SlashesEscaped); }
            let mut speller = Speller { out: String::new(), quirks, now: 0 };
            speller.text(&value);
            prop_assert!(!ascii_only || speller.out.is_ascii());
            prop_assert_eq!(serde_json::from_str::<String>(&speller.out).unwrap(), value);
        }
    }
}
