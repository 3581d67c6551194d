//! The platform's `message`, made fit to print.

use core::fmt;
use core::fmt::Write;

use crate::value::first_without;

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
pub(crate) const MASK: &str = "[masked]";

/// Masks every occurrence of `secret`, also percent-encoded as a form writes it.
pub(crate) fn mask(text: &mut String, secret: &str) {
    // Encoding makes nothing shorter.
    if secret.is_empty() || text.len() < secret.len() {
        return;
    }
    let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    for form in [secret, &encoded] {
        if text.contains(form) {
            *text = text.replace(form, MASK);
        }
    }
}

const fn is_separator(character: char) -> bool {
    !(character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '+' | '/' | '=' | '%'))
}

/// Long and with a digit in it: `server_access_token` is not, the platform's 64 hexadecimal digits
/// are.
fn could_be_token(word: &str) -> bool {
    word.len() >= 20 && word.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether a text is fit to print as it is, as nearly every message is: short plain ASCII without a
/// digit, so that no word could be a token.
fn is_harmless(text: &str) -> bool {
    let plain = |byte: u8| (byte.is_ascii_graphic() | (byte == b' ')) & (byte != b'"');
    let harmless = |byte: u8| plain(byte) & !byte.is_ascii_digit();
    text.len() <= Message::LONGEST && first_without(text.as_bytes(), harmless).is_none()
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
            _ if character.is_control() || reorders(character) => {
                // Writing to a String cannot fail.
                let _ = write!(shown, "{}", character.escape_unicode());
            }
            _ => shown.push(character),
        }
    }
    shown
}

/// The characters that make a terminal show text in another order, or not at all.
const fn reorders(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
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
        assert_eq!(shown("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(shown("say \"x\""), "say 'x'");
    }

    #[test]
    fn the_length_is_bounded() {
        assert_eq!(shown(&"é".repeat(100_000)).chars().count(), Message::LONGEST + 1);
    }

    #[test]
    fn words_that_could_be_tokens_are_masked() {
        let token = "5cc928f1eadd0a25bf18e08269c2309741e94b0b51585d987d24488331ca50de";
        assert_eq!(shown(&format!("bad token {token}, sorry")), "bad token [masked], sorry");
        assert_eq!(shown(&format!("token={token}&x")), "[masked]&x");
    }

    #[test]
    fn known_secrets_are_masked_however_they_are_written() {
        let mut text = "secret p@ss and p%40ss".to_owned();
        mask(&mut text, "p@ss");
        assert_eq!(text, "secret [masked] and [masked]");
        mask(&mut text, "");
        assert_eq!(text, "secret [masked] and [masked]");
    }
}
