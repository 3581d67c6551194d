//! Ids: opaque texts that are not secret.

use core::fmt;

use crate::InvalidValue;
use crate::value::{Shape, first_without, not_printable};

macro_rules! ids {
    ($($(#[$doc:meta])* $Name:ident = $what:literal, $longest:literal, $forbidden:ident, $allowed:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $Name(Box<str>);

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
            /// The text is empty, too long, or has a forbidden character; the error says where.
            pub fn new(text: &str) -> Result<Self, InvalidValue> {
                Self::SHAPE.check(text)?;
                Ok(Self(Box::from(text)))
            }

            pub(crate) fn from_checked(text: Box<str>) -> Self {
                Self(text)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl core::str::FromStr for $Name {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $Name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($Name), "({})"), self.0)
            }
        }

        impl serde::Serialize for $Name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// The app's id at the open platform. It becomes part of store keys and file names, so it is
    /// 1 to 128 of `A-Z a-z 0-9 . _ -`, a letter or digit first; the platform's own are digits.
    AppId = "app id", 128, not_key_safe, "letters, digits, and behind the first also `.`, `_`, `-`";
    /// A user, as one app knows them: opaque, up to 1024 bytes without control characters
    /// (observed: base64 of some 170 bytes, so `/`, `+` and `=` occur).
    OpenId = "open id", 1024, not_printable, "characters that can be printed";
    /// The `id` of a row of the user list: what the next page starts after. Up to 128 bytes.
    UserId = "user id", 128, not_printable, "characters that can be printed";
    /// The name of a program in a [`Record`](crate::Record): who wrote it, or whose it is. 1 to 64 of
    /// `A-Z a-z 0-9 . _ -`, a letter or digit first. It is shown to people, and is no secret.
    WriterName = "writer's name", 64, not_key_safe, "letters, digits, and behind the first also `.`, `_`, `-`";
    /// What a user granted: an open list of texts, up to 256 bytes each.
    Scope = "scope", 256, not_printable, "characters that can be printed";
}

impl Scope {
    /// The scope of a login: who the user is (documented).
    pub const SNS_BASE: &'static str = "sns_base";
    /// The scope of a user's base info.
    pub const USER_BASE_INFO: &'static str = "user/get_user_base_info";
}

fn not_key_safe(text: &[u8]) -> Option<usize> {
    // Neither a hidden file nor a folder above.
    if text.first().is_some_and(|first| !first.is_ascii_alphanumeric()) {
        return Some(0);
    }
    first_without(text, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_id_cannot_leave_its_key_or_its_folder() {
        for bad in ["a/b", "a\0", "a b", "a\r\nSET x", "{a}", "a:b", "猿", "*", ".", "..", "-a"] {
            assert!(AppId::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(AppId::new("100027").unwrap().to_string(), "100027");
    }

    #[test]
    fn an_open_id_is_base64_or_whatever_else_can_be_printed() {
        for good in ["bkNhRE1LN2Fv+/==", "猿", "a b", "-1"] {
            assert!(OpenId::new(good).is_ok(), "{good}");
        }
        for bad in ["a\nb", "a\u{1b}[2J", "a\u{202e}b", "猿\u{9b}", "\u{7f}"] {
            assert!(OpenId::new(bad).is_err(), "{bad:?}");
        }
    }
}
