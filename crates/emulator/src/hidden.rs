//! Text that never shows in Debug output. The secrets are fake, but people paste logs.

use std::borrow::Borrow;
use std::fmt;

/// A secret, token, ticket or code as the emulator keeps it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Hidden(String);

impl Hidden {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Lets a map keyed by `Hidden` be asked with a `&str`.
impl Borrow<str> for Hidden {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}
