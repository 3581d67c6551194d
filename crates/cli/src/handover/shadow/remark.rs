//! One line of what was seen.

use std::fmt;

use serde_json::{Value, json};
use yzb::UnixSeconds;

use super::super::time_of_day;

/// Something that was seen.
#[derive(Clone, Debug)]
pub(in super::super) struct Remark {
    pub(in super::super) at: UnixSeconds,
    /// Something is wrong, and not only noted.
    pub(in super::super) is_wrong: bool,
    /// Which code, if it is about one.
    pub(in super::super) of: Option<String>,
    /// A stable name in kebab case, for programs.
    pub(in super::super) what: &'static str,
    pub(in super::super) text: String,
}

impl Remark {
    pub(super) fn note(at: UnixSeconds, what: &'static str, text: impl Into<String>) -> Self {
        Self { at, is_wrong: false, of: None, what, text: text.into() }
    }

    pub(super) fn wrong(at: UnixSeconds, what: &'static str, text: impl Into<String>) -> Self {
        Self { is_wrong: true, ..Self::note(at, what, text) }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "at": self.at.as_secs(),
            "wrong": self.is_wrong,
            "of": self.of,
            "what": self.what,
            "text": self.text,
        })
    }
}

/// `13:05:09  wrong  late      server-token of 100027: …`
impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_wrong { "wrong" } else { "note" };
        write!(f, "{}  {verdict:<5}  {:<10}  ", time_of_day(self.at), self.what)?;
        if let Some(of) = &self.of {
            write!(f, "{of}: ")?;
        }
        f.write_str(&self.text)
    }
}
