//! What is wrong with one field of an answer.

use core::fmt;

use crate::value::ValueProblem;

/// What is wrong with one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldProblem {
    /// It is not there.
    Missing,
    /// It is there twice.
    Duplicate,
    /// It has another JSON type.
    WrongType {
        /// What it should be.
        wanted: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// Its text is refused.
    Value(ValueProblem),
    /// Its text has half of a surrogate pair.
    LoneSurrogate,
    /// It is not a four-digit status.
    NotAStatus,
    /// It is not a number.
    NotANumber,
    /// It is below zero.
    Negative,
    /// It has a fraction.
    Fraction,
    /// It does not fit.
    TooLarge,
    /// It should be a span and is above 10⁹: a moment in the wrong place.
    SpanTooLong,
    /// It should be a moment and is below 10⁹: a span in the wrong place.
    MomentTooEarly,
    /// It should be a moment in seconds and is above 10¹¹: milliseconds.
    MomentTooLate,
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Duplicate => f.write_str("stands there twice"),
            Self::WrongType { wanted, found } => write!(f, "should be {wanted} and is {found}"),
            Self::Value(problem) => problem.fmt(f),
            Self::LoneSurrogate => f.write_str("has half of a surrogate pair"),
            Self::NotAStatus => f.write_str("should be four digits and is not"),
            Self::NotANumber => f.write_str("should be a number and is other text"),
            Self::Negative => f.write_str("is below zero"),
            Self::Fraction => f.write_str("has a fraction"),
            Self::TooLarge => f.write_str("is too large a number"),
            Self::SpanTooLong => f.write_str("should be a span of seconds and looks like a moment"),
            Self::MomentTooEarly => f.write_str("should be a moment and looks like a span"),
            Self::MomentTooLate => {
                f.write_str("should be a moment in seconds and looks like milliseconds")
            }
        }
    }
}
