//! The envelope's four-digit status.

use core::fmt;

/// The `status` of an answer: four digits, of which 2xxx means success (documented).
///
/// The codes exist to guide a program (documented): an error either repeats on retry or asks for a
/// special reaction. What an error asks for depends on the call as well as on the number, so the
/// advice is on the error: see [`Rejection::retry`](crate::Rejection::retry).
///
/// ```
/// use yzb_proto::Status;
/// assert!(Status::SUCCESS.is_success());
/// assert_eq!(Status::new(4102), Some(Status::INVALID_CODE));
/// assert_eq!(Status::new(200), None); // an HTTP status is not one of these
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status(u16);

impl Status {
    /// 2000: success (documented).
    pub const SUCCESS: Self = Self(2000);
    /// 2011: success, and there is no data (documented). A list is empty; a single value is absent.
    pub const NO_DATA: Self = Self(2011);
    /// 4000: the generic error (documented). Passing for a refresh loop, an error for a caller.
    pub const GENERIC_ERROR: Self = Self(4000);
    /// 4102: the code that was passed in is invalid (documented): an auth code, a token or a
    /// ticket. *Which* one the call tells, never the message: see [`Credential`](crate::Credential).
    pub const INVALID_CODE: Self = Self(4102);
    /// 4103: no permission (documented). At the user's base info: the user has not granted it.
    pub const NO_PERMISSION: Self = Self(4103);
    /// 4104: the user has not added the app (documented). Final for that user.
    pub const NOT_ADDED: Self = Self(4104);

    /// A status from its number; `None` unless it has exactly four digits.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        if number >= 1000 && number <= 9999 { Some(Self(number)) } else { None }
    }

    /// The number, 1000 to 9999.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Whether it is one of 2xxx. Everything else is an error (documented: "other than 2000").
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 / 1000 == 2
    }

    /// Whether a document says what this number means.
    #[must_use]
    pub const fn is_documented(self) -> bool {
        matches!(self.0, 2000 | 2011 | 4000 | 4102 | 4103 | 4104)
    }

    /// The meaning in a few words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self.0 {
            2000 => "success",
            2011 => "success without data",
            4000 => "generic error",
            4102 => "the code passed in is invalid",
            4103 => "no permission",
            4104 => "the user has not added the app",
            2001..=2999 => "an undocumented success",
            _ => "an undocumented error",
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status({})", self.0)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0, self.meaning())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_2xxx_is_success_and_only_four_digits_are_a_status() {
        for number in 0..=u16::MAX {
            match Status::new(number) {
                Some(status) => {
                    assert_eq!(status.number(), number);
                    assert_eq!(status.is_success(), (2000..3000).contains(&number));
                }
                None => assert!(!(1000..10_000).contains(&number)),
            }
        }
    }

    #[test]
    fn the_meaning_of_a_documented_status_is_not_called_undocumented() {
        for number in 1000..10_000 {
            let status = Status::new(number).unwrap();
            assert_eq!(status.is_documented(), !status.meaning().contains("undocumented"));
        }
    }
}
