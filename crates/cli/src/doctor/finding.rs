//! One thing that was looked at.

use std::borrow::Cow;
use std::fmt;

use anstyle::{AnsiColor, Style};
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
    /// How it stands out on a terminal; whoever writes to something else takes it out.
    const fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warning => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Skipped => Style::new().dimmed(),
        }
    }

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
        let style = self.verdict.style();
        write!(f, "{style}{:<8}{style:#} {:<14} ", self.verdict.name(), self.check)?;
        let mut lines = self.found.lines();
        write!(f, "{}", lines.next().unwrap_or_default())?;
        for line in lines.chain((!self.remedy.is_empty()).then_some(&*self.remedy)) {
            write!(f, "\n{:24}{line}", "")?;
        }
        Ok(())
    }
}

/// What all findings come to, in one line.
pub(super) fn sum(findings: &[Finding]) -> String {
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (bad, warnings) = (count(Verdict::Bad), count(Verdict::Warning));
    let (beginning, style) = match (bad, warnings) {
        (0, 0) => ("all is well", Verdict::Good.style()),
        (0, _) => ("it works; look at the warnings", Verdict::Warning.style()),
        _ => ("something is wrong", Verdict::Bad.style()),
    };
    let counts: Vec<_> = [Verdict::Bad, Verdict::Warning, Verdict::Good, Verdict::Skipped]
        .map(|verdict| (count(verdict), verdict.name()))
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    format!("{style}{beginning}{style:#}: {}", counts.join(", "))
}
