//! Values from lists that the platform may extend: what is unknown is kept.

use core::fmt;

/// What a user granted: an open list of texts.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(Box<str>);

impl Scope {
    /// The scope of a login: who the user is (documented).
    pub const SNS_BASE: &'static str = "sns_base";
    /// The scope of a user's base info.
    pub const USER_BASE_INFO: &'static str = "user/get_user_base_info";

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Scope {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Scope {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl PartialEq<str> for Scope {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Scope {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scope({:?})", &*self.0)
    }
}

/// A user's sex as they state it (documented: 1 male, 2 female, 3 unknown).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sex {
    /// 1
    Male,
    /// 2
    Female,
    /// 3
    Unknown,
    /// Any other value, as the platform wrote it.
    Other(Box<str>),
}

impl Sex {
    /// The platform's value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
            Self::Unknown => "3",
            Self::Other(text) => text,
        }
    }
}

impl From<&str> for Sex {
    fn from(text: &str) -> Self {
        match text {
            "1" => Self::Male,
            "2" => Self::Female,
            "3" => Self::Unknown,
            other => Self::Other(other.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_values_are_kept() {
        for text in ["1", "2", "3", "4", "", "male"] {
            assert_eq!(Sex::from(text).as_str(), text);
        }
        let scope = Scope::from("new/scope");
        assert!(scope == "new/scope");
    }
}
