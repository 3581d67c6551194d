//! A value from a list that the platform may extend: what is unknown is kept.

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
    }
}
