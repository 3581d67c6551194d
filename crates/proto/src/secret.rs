//! One type for each secret, so that a user's token never goes where the server's belongs.
//!
//! None of them has `Display`, `Serialize` or `PartialEq`; `Debug` shows the kind and nothing else;
//! the text is wiped on drop. It is exposed where a form is written, a signature computed or a
//! record stored, and wherever a caller writes `expose_secret`.

use core::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha1::{Digest, Sha1};

use crate::InvalidValue;
use crate::value::{Shape, not_visible, not_visible_or_ampersand};

/// The storage, in characters, that the document asks to reserve for a ticket. (It says "128-bit",
/// a mistranslation: the ticket in its own example has 64 characters.) For authors of schemas.
pub const TICKET_STORAGE_CHARS: usize = 128;

/// The most bytes a token or ticket may have to be accepted.
pub const LONGEST_TOKEN: usize = 512;

/// Eight bytes of a hash, by which people and programs tell secrets apart without seeing them.
///
/// It is shown as eight hexadecimal digits. From a secret with the entropy of the platform's own
/// (64 hexadecimal digits) it tells nothing; of a guessable secret it lets a guess be checked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 8]);

impl Fingerprint {
    /// All eight bytes, for use as part of a key.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0
    }

    fn of(kind: &str, secret: &str) -> Self {
        // The kind and a NUL in front: an equal token and ticket have different fingerprints.
        let mut hash = Sha1::new();
        hash.update(kind);
        hash.update([0]);
        hash.update(secret);
        let digest: [u8; 20] = hash.finalize().into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        Self([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "{:08x}", u32::from_be_bytes([a, b, c, d]))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// What all secrets have in common. [`Form::secret`](crate::Form::secret) takes any of them; a call of
/// one's own may have a secret type of its own.
pub trait Secret {
    /// The text itself. Every use of this is a place where a secret may leave.
    fn expose_secret(&self) -> &str;
}

macro_rules! secrets {
    ($($(#[$doc:meta])* $Name:ident = $what:literal, $longest:expr, $forbidden:ident, $allowed:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $Name(SecretString);

        impl $Name {
            pub(crate) const SHAPE: Shape = Shape {
                what: $what,
                length: 1..=$longest,
                forbidden: $forbidden,
                allowed: $allowed,
            };

            /// Takes a copy of the text.
            ///
            /// # Errors
            ///
            /// The text is empty, too long, or has a character that the platform cannot have put
            /// there; the error names which, never the text.
            pub fn new(text: &str) -> Result<Self, InvalidValue> {
                Self::SHAPE.check(text)?;
                Ok(Self::from_checked(Box::from(text)))
            }

            pub(crate) fn from_checked(text: Box<str>) -> Self {
                Self(SecretString::new(text))
            }

            /// The text itself. Every use of this is a place where a secret may leave.
            #[must_use]
            pub fn expose_secret(&self) -> &str {
                self.0.expose_secret()
            }

            /// By what it may be told apart in logs and keys.
            #[must_use]
            pub fn fingerprint(&self) -> Fingerprint {
                Fingerprint::of($what, self.expose_secret())
            }

            /// Whether both hold the same text. It takes the same time wherever they differ.
            #[must_use]
            pub fn same_as(&self, other: &Self) -> bool {
                let (a, b) = (self.expose_secret().as_bytes(), other.expose_secret().as_bytes());
                a.len() == b.len() && a.iter().zip(b).fold(0, |diff, (a, b)| diff | (a ^ b)) == 0
            }
        }

        impl Secret for $Name {
            fn expose_secret(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl core::str::FromStr for $Name {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                Self::new(text)
            }
        }

        impl fmt::Debug for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($Name), "(…)"))
            }
        }
    )+};
}

secrets! {
    /// The app's secret key, from the open platform's console. Goes to `/OAuth2/token` and nowhere
    /// else.
    AppSecret = "app secret", 1024, not_visible, "visible ASCII";
    /// The **server's** access token: the key to tickets and to user and app resources.
    ServerAccessToken = "server access token", LONGEST_TOKEN, not_visible_or_ampersand, "visible ASCII without `&`";
    /// A **user's** access token, from a login. "Temporarily useless" (documented): user data is
    /// read with the user's `open_id` and the [`ServerAccessToken`].
    UserAccessToken = "user access token", LONGEST_TOKEN, not_visible_or_ampersand, "visible ASCII without `&`";
    /// A user's refresh token, from a login. "Temporarily useless" (documented).
    RefreshToken = "refresh token", LONGEST_TOKEN, not_visible_or_ampersand, "visible ASCII without `&`";
    /// The `js_ticket`: the key with which pages are signed. Reserve
    /// [`TICKET_STORAGE_CHARS`] characters for one.
    JsTicket = "js ticket", LONGEST_TOKEN, not_visible_or_ampersand, "visible ASCII without `&`";
    /// The login-free code that a page got from `yzb.core.requestAuthCode`: temporary, and spent
    /// by its first use.
    AuthCode = "auth code", 1024, not_visible, "visible ASCII";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_text() {
        let shown = format!(
            "{:?} {:?} {:?} {:?} {:?} {:?}",
            AppSecret::new("planted").unwrap(),
            ServerAccessToken::new("planted").unwrap(),
            UserAccessToken::new("planted").unwrap(),
            RefreshToken::new("planted").unwrap(),
            JsTicket::new("planted").unwrap(),
            AuthCode::new("planted").unwrap(),
        );
        assert!(!shown.contains("planted"), "{shown}");
        assert!(shown.contains("JsTicket(…)"), "{shown}");
    }

    #[test]
    fn tokens_are_1_to_512_visible_characters_without_ampersand() {
        assert!(JsTicket::new(&"t".repeat(512)).is_ok());
        for bad in ["", "a&b", "a b", "a\nb", "é", "\u{7f}", &"t".repeat(513)] {
            assert!(JsTicket::new(bad).is_err());
        }
        assert!(AuthCode::new("a&b").is_ok(), "an auth code is never part of a signed string");
    }

    #[test]
    fn fingerprints_tell_secrets_and_kinds_apart() {
        let ticket = JsTicket::new("same").unwrap();
        assert_eq!(ticket.fingerprint(), ticket.clone().fingerprint());
        assert_ne!(ticket.fingerprint(), JsTicket::new("other").unwrap().fingerprint());
        assert_ne!(ticket.fingerprint(), ServerAccessToken::new("same").unwrap().fingerprint());
        assert_eq!(ticket.fingerprint().to_string().len(), 8);
    }

    #[test]
    fn the_same_text_is_the_same_secret() {
        let ticket = JsTicket::new("same").unwrap();
        assert!(ticket.same_as(&JsTicket::new("same").unwrap()));
        assert!(!ticket.same_as(&JsTicket::new("sama").unwrap()));
        assert!(!ticket.same_as(&JsTicket::new("samee").unwrap()));
    }
}
