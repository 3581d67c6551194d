//! An answer before it is spelled: what kind of value each field holds, not how it looks.

use crate::rule::Rule;

/// What a call decided: by which rule, and the `data` of the envelope.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) rule: Rule,
    pub(crate) data: Data,
}

/// The `data` of an envelope.
pub(crate) enum Data {
    /// Nothing: a refusal, or an empty list.
    Empty,
    /// One record.
    Record(Record),
    /// A list of records.
    Records(Vec<Record>),
    /// A list of strings.
    Texts(Vec<String>),
}

/// The fields of a record, in the order they are written.
pub(crate) type Record = Vec<(&'static str, Leaf)>;

/// One value.
pub(crate) enum Leaf {
    /// Tokens, names, open ids.
    Text(String),
    /// A number that only names something: decimal digits.
    Id(String),
    /// 1, 2 or 3, or whatever else the world has.
    Sex(String),
    /// How many.
    Count(u64),
    /// Seconds from now.
    Span(u64),
    /// Unix seconds.
    Moment(u64),
    /// Yes or no.
    Flag(bool),
}

impl Answer {
    /// An answer whose data is one record.
    pub(crate) fn record(rule: Rule, record: impl Into<Record>) -> Self {
        Self { rule, data: Data::Record(record.into()) }
    }

    /// An answer without data.
    pub(crate) fn empty(rule: Rule) -> Self {
        Self { rule, data: Data::Empty }
    }
}

/// Data holds tokens: Debug says only that it is there.
impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Data")
    }
}

impl From<&str> for Leaf {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Leaf {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Leaf {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}
