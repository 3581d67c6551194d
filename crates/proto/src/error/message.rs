//! The platform's `message`, made fit to print.

use core::fmt;
use core::fmt::Write;
use core::ops::Range;
use std::borrow::Cow;

use crate::value::{first_without, is_unprintable};

/// The platform's own words: bounded, escaped, without secrets.
///
/// What arrives is somebody else's text on its way to a terminal or a log. Control characters and
/// the ones that reorder text are escaped, at most [`Message::LONGEST`] characters are kept, the
/// secrets of the request are masked, and so is every word that could be a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Message(Box<str>);

impl Message {
    /// How many characters are kept.
    pub const LONGEST: usize = 200;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes the text fit to print. Secrets the caller knows are masked before this.
    pub(crate) fn new(raw: String) -> Self {
        if is_harmless(&raw) {
            return Self(raw.into());
        }
        let mut text = String::new();
        for word in raw.split_inclusive(is_separator) {
            if could_be_token(word.trim_end_matches(is_separator)) {
                text.push_str(MASK);
                text.extend(word.chars().last().filter(|&last| is_separator(last)));
            } else {
                text.push_str(word);
            }
        }
        Self(printable(&text).into())
    }
}

/// What stands in a text where a secret stood.
const MASK: &str = "[masked]";

/// A text in which secrets are looked for. All are found before any is masked, so that one secret's
/// mask does not hide another's rest.
pub(crate) struct Masking {
    text: String,
    found: Vec<Range<usize>>,
}

impl Masking {
    /// Shorter secrets are not looked for: they would be found in every word.
    const SHORTEST: usize = 4;
    /// How much of a text is kept to be looked at; far more than is shown.
    const LONGEST_TEXT: usize = 4096;

    pub(crate) fn new(mut text: String) -> Self {
        if text.len() > Self::LONGEST_TEXT {
            let end = (0..=Self::LONGEST_TEXT).rev().find(|&end| text.is_char_boundary(end));
            text.truncate(end.unwrap_or_default());
        }
        Self { text, found: Vec::new() }
    }

    /// Looks for a secret in any case, plain or percent-encoded as a form writes it.
    pub(crate) fn look_for(&mut self, secret: &str) {
        // Encoding makes nothing shorter.
        if secret.len() < Self::SHORTEST || self.text.len() < secret.len() {
            return;
        }
        self.look_for_plain(secret);
        let encoded: Cow<'_, str> = match form_urlencoded::byte_serialize(secret.as_bytes()).next()
        {
            Some(first) if first.len() == secret.len() => return,
            _ => form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>().into(),
        };
        self.look_for_plain(&encoded);
    }

    fn look_for_plain(&mut self, secret: &str) {
        let windows = self.text.as_bytes().windows(secret.len()).enumerate();
        let hits = windows.filter(|(_, text)| text.eq_ignore_ascii_case(secret.as_bytes()));
        self.found.extend(hits.map(|(start, _)| start..start + secret.len()));
    }

    /// The text without what was found.
    pub(crate) fn finish(mut self) -> String {
        self.found.sort_by_key(|range| range.start);
        let mut masked: Option<Range<usize>> = None;
        for range in core::mem::take(&mut self.found).into_iter().rev() {
            // From behind, so that the places before keep their numbers.
            masked = Some(match masked {
                Some(last) if range.end >= last.start => range.start..range.end.max(last.end),
                Some(last) => {
                    self.text.replace_range(last, MASK);
                    range
                }
                None => range,
            });
        }
        if let Some(last) = masked {
            self.text.replace_range(last, MASK);
        }
        self.text
    }
}

const fn is_separator(character: char) -> bool {
    !(character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '+' | '/' | '=' | '%'))
}

/// Long, or rather long with a digit in it: `server_access_token` is neither, the platform's 64
/// hexadecimal digits are both.
fn could_be_token(word: &str) -> bool {
    word.len() >= 32 || word.len() >= 20 && word.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether a text is fit to print as it is, as nearly every message is: plain ASCII, so short or so
/// free of digits that no word could be a token.
fn is_harmless(text: &str) -> bool {
    let plain = |byte: u8| (byte.is_ascii_graphic() | (byte == b' ')) & (byte != b'"');
    let harmless = |byte: u8| plain(byte) & !byte.is_ascii_digit();
    let short = text.len() < 32 || text.split(is_separator).all(|word| word.len() < 32);
    text.len() <= Message::LONGEST && short && first_without(text.as_bytes(), harmless).is_none()
}

fn printable(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == Message::LONGEST {
            shown.push('…');
            break;
        }
        match character {
            '"' => shown.push('\''),
            _ if is_unprintable(character) => {
                // Writing to a String cannot fail.
                let _ = write!(shown, "{}", character.escape_unicode());
            }
            _ => shown.push(character),
        }
    }
    shown
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({:?})", &*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(raw: &str) -> String {
        Message::new(raw.to_owned()).to_string()
    }

    #[test]
    fn the_documents_messages_are_left_alone() {
        for text in ["ok", "authorization_code is invalid", "server_access_token is invalid", "猿"]
        {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn a_terminal_cannot_be_driven_and_a_line_cannot_be_forged() {
        assert_eq!(shown("a\u{1b}[2Jb\r\nINFO ok"), "a\\u{1b}[2Jb\\u{d}\\u{a}INFO ok");
        for hidden in
            ["\u{202e}", "\u{61c}", "\u{ad}", "\u{200b}", "\u{feff}", "\u{e0041}", "\u{9b}"]
        {
            assert!(!shown(&format!("a{hidden}b")).contains(hidden), "{}", hidden.escape_unicode());
        }
        assert_eq!(shown("say \"x\""), "say 'x'");
    }

    #[test]
    fn the_length_is_bounded() {
        for letters in ["é", "a ", "x"] {
            assert!(shown(&letters.repeat(60_000)).chars().count() <= Message::LONGEST + 1);
        }
        assert_eq!(shown(&"é".repeat(60_000)).chars().count(), Message::LONGEST + 1);
    }

    #[test]
    fn words_that_could_be_tokens_are_masked() {
        let token = "5cc928f1eadd0a25bf18e08269c2309741e94b0b51585d987d24488331ca50de";
        assert_eq!(shown(&format!("bad token {token}, sorry")), "bad token [masked], sorry");
        assert_eq!(shown(&format!("token={token}&x")), "[masked]&x");
    }

    fn masked(text: &str, secrets: &[&str]) -> String {
        let mut masking = Masking::new(text.to_owned());
        secrets.iter().for_each(|secret| masking.look_for(secret));
        masking.finish()
    }

    #[test]
    fn known_secrets_are_masked_however_they_are_written() {
        let text = "secret p@ss, p%40ss, P@SS and ma%2Fsk ma%2fsk";
        assert_eq!(
            masked(text, &["p@ss", "ma/sk"]),
            "secret [masked], [masked], [masked] and [masked] [masked]"
        );
        assert_eq!(masked("猿secret猿", &["secret"]), "猿[masked]猿");
        assert_eq!(masked("nothing", &["", "not", "something"]), "nothing");
    }

    #[test]
    fn secrets_within_and_across_each_other_leave_no_rest() {
        assert_eq!(masked("it is planted-tail", &["planted", "planted-tail"]), "it is [masked]");
        assert_eq!(masked("it is planted-tail", &["planted-tail", "planted"]), "it is [masked]");
        assert_eq!(masked("abcdefgh", &["abcdef", "defgh"]), "[masked]");
        assert_eq!(masked("aaaaaa aaaa", &["aaaa"]), "[masked] [masked]");
        assert_eq!(masked("[masked]", &["aske"]), "[m[masked]d]");
    }

    #[test]
    fn a_token_at_the_end_and_one_without_digits_are_masked_too() {
        assert_eq!(shown(&format!("no {}", "a1".repeat(16))), "no [masked]");
        assert_eq!(shown(&format!("no {}", "ab".repeat(16))), "no [masked]");
    }
}
