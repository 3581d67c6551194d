//! One thing that was looked at.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Value, json};

/// What was found, and how to mend it.
pub(crate) struct Finding {
    /// What was looked at.
    check: &'static str,
    pub(crate) verdict: Verdict,
    found: String,
    remedy: Cow<'static, str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Good,
    /// It works, and may not be what is meant.
    Warning,
    Bad,
    /// It could not be looked at.
    Skipped,
}

impl Finding {
    pub(crate) fn good(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Verdict::Good, found)
    }

    pub(crate) fn warning(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Verdict::Warning, found)
    }

    pub(crate) fn bad(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Verdict::Bad, found)
    }

    pub(crate) fn skipped(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Verdict::Skipped, found)
    }

    fn new(check: &'static str, verdict: Verdict, found: impl Into<String>) -> Self {
        Self { check, verdict, found: found.into(), remedy: Cow::Borrowed("") }
    }

    /// How to mend it, as an instruction.
    pub(crate) fn remedy(self, remedy: impl Into<Cow<'static, str>>) -> Self {
        Self { remedy: remedy.into(), ..self }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "check": self.check,
            "verdict": self.verdict.name(),
            "found": self.found,
            "remedy": self.remedy,
        })
    }
}

impl Verdict {
    const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::Skipped => "skipped",
        }
    }
}

/// `good     platform       answers at https://…`, and the remedy in a line of its own.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {:<14} {}", self.verdict.name(), self.check, self.found)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "\n{:24}{}", "", self.remedy) }
    }
}
