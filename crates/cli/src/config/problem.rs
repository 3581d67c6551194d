//! What is wrong in a configuration file, and where, without a word of what it says.
//!
//! A problem is written in our own words only: keys that we know, positions and numbers. Nothing of
//! the file is quoted, not even an unknown key, because a secret may stand anywhere in it.

use std::borrow::Cow;
use std::fmt;

/// A line and a column, both from 1; 0 where the whole file is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Whether a file can be used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// It cannot.
    Error,
    /// It can, and probably does something other than was meant.
    Warning,
}

/// One thing that is wrong, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) severity: Severity,
    pub(crate) place: Place,
    /// The setting in question, such as `app_info[0].app_secret`; empty for the whole file.
    pub(crate) path: String,
    pub(crate) what: Cow<'static, str>,
    /// What to do, as an instruction.
    pub(crate) remedy: Cow<'static, str>,
}

impl Severity {
    /// As it is printed.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Problem {
    /// A problem with which the file cannot be used.
    pub(crate) fn error(
        place: Place,
        path: impl Into<String>,
        what: impl Into<Cow<'static, str>>,
        remedy: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (what, remedy) = (what.into(), remedy.into());
        Self { severity: Severity::Error, place, path: path.into(), what, remedy }
    }

    /// A problem with which it can be used.
    pub(crate) fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }
}

/// `12:5: error: app_info[0].app_secret: is empty; copy it from the open platform's console`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.line > 0 {
            write!(f, "{}:{}: ", self.place.line, self.place.column)?;
        }
        write!(f, "{}: ", self.severity.name())?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.what)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "; {}", self.remedy) }
    }
}
