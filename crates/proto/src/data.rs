//! The `data` of a successful answer.

use core::fmt;

use serde_json::value::RawValue;

use crate::error::{DecodeErrorKind, FieldProblem};
use crate::fields::Fields;
use crate::wire::{Leaf, Scalar};
use crate::{Drift, Tolerance};

/// The `data` of a successful answer, for a call to take its output from.
///
/// `[]`, `{}`, `null` and nothing at all are the same: empty.
pub struct Data<'a> {
    pub(crate) raw: Option<&'a str>,
    /// The fields, if it is an object that was cut together with the envelope.
    pub(crate) fields: Fields<'a>,
    pub(crate) drift: Drift,
}

impl<'a> Data<'a> {
    pub(crate) fn none() -> Self {
        Self { raw: None, fields: Fields::none(), drift: Drift::NONE }
    }

    /// Reads the object that a single value comes as.
    ///
    /// # Errors
    ///
    /// There is no data, it is not an object, or `read` fails.
    pub fn object<T>(
        &mut self,
        read: impl FnOnce(&mut Fields<'a>) -> Result<T, DecodeErrorKind>,
    ) -> Result<T, DecodeErrorKind> {
        match self.full()? {
            None => Err(DecodeErrorKind::NoData),
            Some(_) if self.fields.has_leftovers() => self.fields.read_by(&mut self.drift, read),
            Some(raw) if raw.starts_with('{') => {
                Fields::within(raw, None, &mut self.drift, read).map_err(|kind| in_data(kind, None))
            }
            Some(raw) => Err(wrong_data(raw, "an object")),
        }
    }

    /// Reads a list of objects; without data it is empty.
    ///
    /// # Errors
    ///
    /// The data is not a list of objects, or `read` fails at one; the error has the row.
    pub fn rows<T>(
        &mut self,
        mut read: impl FnMut(&mut Fields<'a>) -> Result<T, DecodeErrorKind>,
    ) -> Result<Vec<T>, DecodeErrorKind> {
        let rows = self.list()?.into_iter().enumerate();
        rows.map(|(index, raw)| match raw.get() {
            raw if raw.starts_with('{') => {
                let row = Some(index);
                let read = Fields::within(raw, row, &mut self.drift, &mut read);
                read.map_err(|kind| in_data(kind, row))
            }
            raw => Err(wrong_row(raw, index)),
        })
        .collect()
    }

    /// Reads a list of single values; without data it is empty.
    ///
    /// # Errors
    ///
    /// The data is not a list, or one value is not what `T` accepts; the error has the row.
    pub fn values<T: Leaf>(&mut self) -> Result<Vec<T>, DecodeErrorKind> {
        let values = self.list()?.into_iter().enumerate();
        values
            .map(|(index, raw)| {
                let value = T::read(raw.get(), &mut self.drift);
                value.map_err(|problem| row_flaw(index, problem))
            })
            .collect()
    }

    fn list(&mut self) -> Result<Vec<&'a RawValue>, DecodeErrorKind> {
        match self.full()? {
            None => Ok(Vec::new()),
            Some(raw) => serde_json::from_str(raw).map_err(|_| wrong_data(raw, "a list")),
        }
    }

    /// The raw text, unless it is one of the forms that mean "empty".
    fn full(&mut self) -> Result<Option<&'a str>, DecodeErrorKind> {
        let Some(raw) = self.raw else {
            self.drift.insert(Tolerance::EmptyForm);
            return Ok(None);
        };
        if is_empty(raw) {
            if !raw.starts_with('[') {
                self.drift.insert(Tolerance::EmptyForm);
            }
            return Ok(None);
        }
        Ok(Some(raw))
    }
}

impl fmt::Debug for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Data(…)")
    }
}

/// The text of data is known to be JSON, so what its keys can still have is half a surrogate pair.
fn in_data(kind: DecodeErrorKind, row: Option<usize>) -> DecodeErrorKind {
    match kind {
        DecodeErrorKind::NotJson { .. } => {
            DecodeErrorKind::Field { name: "data", row, problem: FieldProblem::LoneSurrogate }
        }
        kind => kind,
    }
}

/// Whether a value is one of `[]`, `{}` and `null`, with or without space inside.
pub(crate) fn is_empty(raw: &str) -> bool {
    match raw.as_bytes() {
        b"null" => true,
        [b'[', inner @ .., b']'] | [b'{', inner @ .., b'}'] => inner.trim_ascii().is_empty(),
        _ => false,
    }
}

fn wrong_data(raw: &str, wanted: &'static str) -> DecodeErrorKind {
    DecodeErrorKind::Field { name: "data", row: None, problem: wrong_type(raw, wanted) }
}

fn wrong_row(raw: &str, index: usize) -> DecodeErrorKind {
    row_flaw(index, wrong_type(raw, "an object"))
}

const fn row_flaw(index: usize, problem: FieldProblem) -> DecodeErrorKind {
    DecodeErrorKind::Field { name: "data", row: Some(index), problem }
}

fn wrong_type(raw: &str, wanted: &'static str) -> FieldProblem {
    match Scalar::of(raw) {
        Ok(other) => other.wrong_type(wanted),
        Err(problem) => problem,
    }
}
