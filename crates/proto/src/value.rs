//! What a value must look like to be a secret, an id or a nonce, and the error that says why not.

use core::fmt;
use core::ops::RangeInclusive;

/// A value was refused: what it was to be, and what is wrong with it. Never the value itself.
///
/// Retrying does not help; the text says what to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    what: &'static str,
    problem: ValueProblem,
}

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueProblem {
    /// It is empty.
    Empty,
    /// It has fewer bytes than it must.
    TooShort {
        /// How many bytes it has.
        length: usize,
        /// How many it must have at least.
        least: usize,
    },
    /// It has more bytes than it may.
    TooLong {
        /// How many bytes it has.
        length: usize,
        /// How many it may have at most.
        most: usize,
    },
    /// It has a byte that it must not have.
    Forbidden {
        /// Where the byte is, counted from 0.
        offset: usize,
        /// What is allowed, in words.
        allowed: &'static str,
    },
    /// It is a number outside of the range.
    OutOfRange {
        /// The smallest that is accepted.
        least: u64,
        /// The largest that is accepted.
        most: u64,
    },
}

impl InvalidValue {
    /// What the value was to be: `"app id"`, `"js ticket"`, …
    #[must_use]
    pub const fn what(&self) -> &'static str {
        self.what
    }

    pub(crate) const fn out_of_range(what: &'static str, range: RangeInclusive<u64>) -> Self {
        let problem = ValueProblem::OutOfRange { least: *range.start(), most: *range.end() };
        Self { what, problem }
    }

    /// What is wrong with it.
    #[must_use]
    pub const fn problem(&self) -> ValueProblem {
        self.problem
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {}: ", self.what, self.problem)?;
        f.write_str(match self.problem {
            ValueProblem::Empty | ValueProblem::TooShort { .. } => "pass what the platform gave",
            ValueProblem::TooLong { .. } | ValueProblem::Forbidden { .. } => {
                "check that it is whole and alone"
            }
            ValueProblem::OutOfRange { .. } => "pass unix seconds, not milliseconds",
        })
    }
}

impl fmt::Display for ValueProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooShort { length, least } => {
                write!(f, "has {length} bytes where at least {least} are needed")
            }
            Self::TooLong { length, most } => {
                write!(f, "has {length} bytes where at most {most} are accepted")
            }
            Self::Forbidden { offset, allowed } => {
                write!(f, "has a forbidden character at byte {offset} (allowed: {allowed})")
            }
            Self::OutOfRange { least, most } => write!(f, "is not from {least} to {most}"),
        }
    }
}

impl core::error::Error for InvalidValue {}

/// The rule for one kind of value.
pub(crate) struct Shape {
    pub(crate) what: &'static str,
    pub(crate) length: RangeInclusive<usize>,
    /// Where the first byte is that must not be there; made with [`first_without`].
    pub(crate) forbidden: fn(&[u8]) -> Option<usize>,
    pub(crate) allowed: &'static str,
}

impl Shape {
    /// Says what is wrong with `text`, if anything is.
    pub(crate) fn problem(&self, text: &str) -> Option<ValueProblem> {
        let (least, most) = (*self.length.start(), *self.length.end());
        match text.len() {
            0 => return Some(ValueProblem::Empty),
            length if length < least => return Some(ValueProblem::TooShort { length, least }),
            length if length > most => return Some(ValueProblem::TooLong { length, most }),
            _ => {}
        }
        let offset = (self.forbidden)(text.as_bytes())?;
        Some(ValueProblem::Forbidden { offset, allowed: self.allowed })
    }

    /// The same, as an error that names the kind of value.
    pub(crate) fn check(&self, text: &str) -> Result<(), InvalidValue> {
        match self.problem(text) {
            None => Ok(()),
            Some(problem) => Err(InvalidValue { what: self.what, problem }),
        }
    }
}

/// Where the first byte is that is not allowed.
pub(crate) fn first_without(bytes: &[u8], allows: impl Fn(u8) -> bool) -> Option<usize> {
    // Nearly always there is none. Looking at all of them, instead of stopping at the first, is
    // what lets the compiler look at many at once.
    let clean = bytes.iter().fold(true, |clean, &byte| clean & allows(byte));
    if clean { None } else { bytes.iter().position(|&byte| !allows(byte)) }
}

/// Visible ASCII: what every opaque value of the platform consists of.
pub(crate) fn not_visible(text: &[u8]) -> Option<usize> {
    first_without(text, |byte| byte.is_ascii_graphic())
}

/// Visible ASCII without `&`, which would be ambiguous in the signed string.
pub(crate) fn not_visible_or_ampersand(text: &[u8]) -> Option<usize> {
    first_without(text, |byte| byte.is_ascii_graphic() & (byte != b'&'))
}

/// Any text that neither drives a terminal nor reorders what it shows.
pub(crate) fn not_printable(text: &[u8]) -> Option<usize> {
    first_without(text, |byte| byte.is_ascii_graphic() | (byte == b' '))?;
    let text = core::str::from_utf8(text).unwrap_or("\0");
    text.char_indices().find(|&(_, character)| is_unprintable(character)).map(|(offset, _)| offset)
}

/// Control characters, and those that make a terminal show text in another order or not at all.
pub(crate) fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Letters, digits, `-` and `_`.
pub(crate) fn not_word(text: &[u8]) -> Option<usize> {
    first_without(text, |byte| byte.is_ascii_alphanumeric() | (byte == b'-') | (byte == b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape =
        Shape { what: "thing", length: 2..=4, forbidden: not_word, allowed: "letters" };

    #[test]
    fn each_problem_is_named_with_its_remedy_and_without_the_value() {
        for (text, wanted) in [
            ("", "is empty"),
            ("a", "at least 2 are needed"),
            ("secret", "at most 4"),
            ("a b", "byte 1"),
            ("aé", "byte 1"),
            ("a\0", "byte 1"),
        ] {
            let error = SHAPE.check(text).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(wanted), "{shown}");
            assert!(shown.contains("the thing"), "{shown}");
            assert!(!shown.contains("secret"), "{shown}");
        }
        assert_eq!(SHAPE.check("a-_9"), Ok(()));
    }
}
