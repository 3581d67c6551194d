//! Ways to spell an answer that some platform, proxy or language has, each by name.

mod set;

use std::fmt;
use std::str::FromStr;

pub use set::Quirks;

/// What the quirks are about. Those about one thing exclude each other, because a status cannot be
/// a number and missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum About {
    Status,
    Number,
    Flag,
    Sex,
    Empty,
    Full,
    Success,
    Data,
    Message,
    Span,
    Moment,
    HttpOfError,
    Label,
    /// Goes together with everything.
    Alone(u8),
}

/// One line here is a quirk: what it is about, its variant, its name, its documentation.
macro_rules! quirks {
    ($($about:expr; $variant:ident $name:literal $doc:literal)*) => {
        /// One way to spell an answer otherwise than by default.
        ///
        /// A quirk changes how an answer looks, never what was decided. Written as text, it is its
        /// [name](Self::name).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Quirk {
            $(#[doc = concat!("`", $name, "`: ", $doc)] $variant,)*
        }

        impl Quirk {
            /// Every quirk, those about one thing together.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name, as `--quirk` and the control API take it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What it does, in one line.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $doc),* }
            }

            pub(crate) fn group(self) -> About {
                match self { $(Self::$variant => $about),* }
            }
        }
    };
}

quirks! {
    About::Status; StatusNumber "status-number" "`status` is a JSON integer."
    About::Status; StatusFloat "status-float" "`status` is a JSON number with `.0`."
    About::Status; StatusPadded "status-padded" "`status` is a string with spaces around it."
    About::Status; StatusZeroLed "status-zero-led" "`status` is a string that begins with a zero: `\"02000\"`."
    About::Status; StatusExponent "status-exponent" "`status` is a string with an exponent: `\"2.000e3\"`."
    About::Status; StatusBoolean "status-boolean" "`status` is `true` for a success and `false` for an error."
    About::Status; StatusNull "status-null" "`status` is `null`."
    About::Status; StatusMissing "status-missing" "There is no `status`."
    About::Status; StatusTwice "status-twice" "`status` is there twice, 4000 first."
    About::Number; NumbersString "numbers-string" "Spans, moments and counts are strings."
    About::Number; NumbersFloat "numbers-float" "Spans, moments and counts are numbers with `.0`."
    About::Number; NumbersNegative "numbers-negative" "Spans, moments and counts are below zero."
    About::Span; SpanZero "span-zero" "`expires_in` of a token or ticket is 0."
    About::Span; SpanMissing "span-missing" "A token or ticket comes without `expires_in`."
    About::Span; SpanIsMoment "span-is-moment" "`expires_in` of a token or ticket is a moment."
    About::Moment; MomentIsSpan "moment-is-span" "`expires_in` of check code is a span."
    About::Flag; FlagsNumber "flags-number" "`is_added` is 1 or 0."
    About::Flag; FlagsDigit "flags-digit" "`is_added` is `\"1\"` or `\"0\"`."
    About::Flag; FlagsWord "flags-word" "`is_added` is `\"true\"` or `\"false\"`."
    About::Alone(0); IdsNumber "ids-number" "The `id` of a listed user is a JSON integer."
    About::Sex; SexNumber "sex-number" "`sex` is a JSON integer."
    About::Sex; SexUnknown "sex-unknown" "`sex` is `\"9\"`, which means nothing yet."
    About::Empty; EmptyAs2000 "empty-as-2000" "An empty list is a 2000 without data instead of a 2011."
    About::Full; FullAs2011 "full-as-2011" "A success with data says 2011."
    About::Success; SuccessUnknown "success-unknown" "Every success is 2099, which means nothing yet."
    About::Data; DataMissing "data-missing" "Where there is no data there is no `data`."
    About::Data; DataNull "data-null" "No data is `null`."
    About::Data; DataObject "data-object" "No data is `{}`."
    About::Data; DataOfError "data-of-error" "An error carries data that looks like a token; an empty list stays `[]`."
    About::Message; MessageMissing "message-missing" "There is no `message`."
    About::Message; MessageNull "message-null" "`message` is `null`."
    About::Message; MessageHostile "message-hostile" "`message` has line ends, terminal escapes and 2000 characters."
    About::Alone(1); Bom "bom" "A UTF-8 byte order mark precedes the body."
    About::Alone(2); Padded "padded" "White space surrounds the body and fills it."
    About::Alone(3); KeysShuffled "keys-shuffled" "Keys come in the reverse order."
    About::Alone(4); KeysUnknown "keys-unknown" "The envelope and every record have keys nobody documents."
    About::Alone(5); UnicodeEscaped "unicode-escaped" "What is not ASCII is written as `\\uXXXX`, in pairs where it takes two."
    About::Alone(6); SlashesEscaped "slashes-escaped" "A slash is written as `\\/`."
    About::HttpOfError; Http400OfError "http-400-of-error" "A 4xxx envelope comes with HTTP 400."
    About::HttpOfError; Http403OfError "http-403-of-error" "A 4xxx envelope comes with HTTP 403."
    About::Alone(7); Http500OfSuccess "http-500-of-success" "A 2xxx envelope comes with HTTP 500."
    About::Label; LabelHtml "label-html" "The content type is `text/html`."
    About::Label; LabelMissing "label-missing" "There is no content type."
    About::Alone(8); Chunked "chunked" "The body comes in chunks and without a length. Only over a socket."
    About::Alone(9); Gzip "gzip" "The body is compressed, though nobody asked for it."
}

/// There is no quirk of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownQuirk(());

impl fmt::Display for UnknownQuirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Quirk::ALL.iter().map(|quirk| quirk.name()).collect();
        write!(f, "no quirk has this name; there are: {}", names.join(", "))
    }
}

impl std::error::Error for UnknownQuirk {}

impl FromStr for Quirk {
    type Err = UnknownQuirk;

    fn from_str(name: &str) -> Result<Self, UnknownQuirk> {
        let found = Self::ALL.iter().find(|quirk| quirk.name() == name);
        found.copied().ok_or(UnknownQuirk(()))
    }
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_with_dashes_each_used_once_and_read_back() {
        for (n, quirk) in Quirk::ALL.iter().enumerate() {
            let name = quirk.name();
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
            assert_eq!(name.parse(), Ok(*quirk));
            assert!(!Quirk::ALL[..n].iter().any(|other| other.name() == name), "{name} twice");
            assert!(quirk.about().ends_with('.'), "{name}");
        }
        let error = "Bom".parse::<Quirk>().unwrap_err().to_string();
        assert!(error.contains("bom, padded"), "{error}");
    }
}
