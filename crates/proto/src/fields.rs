//! The fields of a JSON object, taken one by one by their names.

use core::fmt;
use std::borrow::Cow;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{DecodeErrorKind, FieldProblem};
use crate::json::{self, Entries};
use crate::wire::Leaf;
use crate::{Drift, Lifetime, Tolerance};

/// The fields of one JSON object. A call takes those it knows; what is left over is ignored, and
/// noted as [`Tolerance::UnknownField`].
pub struct Fields<'a> {
    pub(crate) entries: Entries<'a>,
    /// How many were taken: their keys are empty now, which no asked-for name is. (To close the gap
    /// would be to move what was only just written, and costs more than looking past it.)
    taken: usize,
    row: Option<usize>,
    pub(crate) drift: Drift,
}

impl<'a> Fields<'a> {
    /// Takes the field of this name.
    ///
    /// # Errors
    ///
    /// It is missing, there twice, or not what `T` accepts; the error names the field.
    #[inline]
    pub fn read<T: Leaf>(&mut self, name: &'static str) -> Result<T, DecodeErrorKind> {
        match self.optional(name)? {
            Some(value) => Ok(value),
            None => Err(self.flaw(name, FieldProblem::Missing)),
        }
    }

    /// Takes the field of this name, if it is there. A null is not: it is refused.
    ///
    /// # Errors
    ///
    /// It is there twice, or not what `T` accepts; the error names the field.
    #[inline]
    pub fn optional<T: Leaf>(&mut self, name: &'static str) -> Result<Option<T>, DecodeErrorKind> {
        let Some(raw) = self.raw(name)? else { return Ok(None) };
        let value = T::read(raw, &mut self.drift);
        value.map(Some).map_err(|problem| self.flaw(name, problem))
    }

    /// Takes the span of a token or ticket: `expires_in`. Missing, null and zero mean due at once.
    ///
    /// # Errors
    ///
    /// It is there twice, is no number, or is above 10⁹ (a moment in the wrong place).
    pub fn lifetime(&mut self) -> Result<Lifetime, DecodeErrorKind> {
        const NAME: &str = "expires_in";
        match self.raw(NAME)? {
            Some(raw) if raw != "null" => {
                let span = Lifetime::read(raw, &mut self.drift);
                span.map_err(|problem| self.flaw(NAME, problem))
            }
            _ => {
                self.drift.insert(Tolerance::LifetimeMissing);
                Ok(Lifetime::ZERO)
            }
        }
    }

    /// Takes the field of this name, if it is there and readable. For what an answer can do without:
    /// anything else is noted as [`Tolerance::UselessField`].
    pub fn lenient<T: Leaf>(&mut self, name: &'static str) -> Option<T> {
        let value = self.read(name).ok();
        if value.is_none() {
            self.drift.insert(Tolerance::UselessField);
        }
        value
    }

    /// Takes the field of this name, if it is there and readable. For what is seldom there; if it is
    /// unreadable, that is noted as [`Tolerance::UselessField`].
    pub(crate) fn spare<T: Leaf>(&mut self, name: &'static str) -> Option<T> {
        let value = self.optional(name);
        if value.is_err() {
            self.drift.insert(Tolerance::UselessField);
        }
        value.ok().flatten()
    }

    /// Takes the raw JSON of the field of this name, if it is there.
    #[inline] // so that names are compared as the constants they are
    pub(crate) fn raw(&mut self, name: &'static str) -> Result<Option<&'a str>, DecodeErrorKind> {
        let mut found = None;
        for (index, (key, _)) in self.entries.iter().enumerate() {
            if key == name && found.replace(index).is_some() {
                return Err(self.flaw(name, FieldProblem::Duplicate));
            }
        }
        let Some((key, raw)) = found.and_then(|index| self.entries.get_mut(index)) else {
            return Ok(None);
        };
        *key = Cow::Borrowed("");
        self.taken += 1;
        Ok(Some(*raw))
    }

    /// Reads an object and closes it after `read`.
    pub(crate) fn within<T>(
        raw: &'a str,
        row: Option<usize>,
        drift: &mut Drift,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeErrorKind>,
    ) -> Result<T, DecodeErrorKind> {
        let mut fields = Self::none();
        if json::cut(raw, &mut fields.entries, None).is_none() {
            fields = Self::parse(raw)?;
        }
        fields.row = row;
        fields.read_by(drift, read)
    }

    /// Hands the fields to `read` and closes them after it.
    pub(crate) fn read_by<T>(
        &mut self,
        drift: &mut Drift,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeErrorKind>,
    ) -> Result<T, DecodeErrorKind> {
        let output = read(self);
        if self.has_leftovers() && output.is_ok() {
            self.drift.insert(Tolerance::UnknownField);
        }
        *drift = drift.union(self.drift);
        self.entries.clear();
        self.taken = 0;
        output
    }

    pub(crate) fn none() -> Self {
        Self { entries: Entries::new(), taken: 0, row: None, drift: Drift::NONE }
    }

    /// Reads any object, however it is written, or says where it stops being one.
    pub(crate) fn parse(text: &'a str) -> Result<Self, DecodeErrorKind> {
        match serde_json::from_str::<Object<'a>>(text) {
            Ok(Object(entries)) => Ok(Self { entries, ..Self::none() }),
            Err(error) if error.is_data() => Err(DecodeErrorKind::NotAnEnvelope),
            // Line and column only: the parser's own message quotes the input.
            Err(error) => {
                Err(DecodeErrorKind::NotJson { line: error.line(), column: error.column() })
            }
        }
    }

    /// Whether fields are left that nobody took.
    pub(crate) fn has_leftovers(&self) -> bool {
        self.entries.len() > self.taken
    }

    fn flaw(&self, name: &'static str, problem: FieldProblem) -> DecodeErrorKind {
        DecodeErrorKind::Field { name, row: self.row, problem }
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys are somebody's text, too.
        write!(f, "Fields({} left)", self.entries.len() - self.taken)
    }
}

struct Object<'a>(Entries<'a>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Entries::new();
        while let Some(key) = map.next_key_seed(Key)? {
            entries.push((key, map.next_value::<&RawValue>()?.get()));
        }
        Ok(Object(entries))
    }
}

/// A key: a slice of the input unless it has escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JsTicket;

    #[test]
    fn fields_come_in_any_order_and_unknown_ones_stay_behind() {
        let mut fields = Fields::parse(r#"{"b":"2","x":[1],"a":1}"#).unwrap();
        assert_eq!(fields.read::<u64>("a"), Ok(1));
        assert_eq!(fields.read::<u64>("b"), Ok(2));
        assert!(fields.has_leftovers());
    }

    #[test]
    fn an_escaped_key_is_the_same_key() {
        let mut fields = Fields::parse(r#"{"\u0061":1}"#).unwrap();
        assert_eq!(fields.read::<u64>("a"), Ok(1));
        assert_eq!(
            Fields::parse(r#"{"a":1,"\u0061":1}"#).unwrap().read::<u64>("a").unwrap_err(),
            DecodeErrorKind::Field { name: "a", row: None, problem: FieldProblem::Duplicate }
        );
    }

    #[test]
    fn a_missing_field_is_named() {
        let error = Fields::parse("{}").unwrap().read::<JsTicket>("ticket").unwrap_err();
        assert_eq!(error.to_string(), "has a field `ticket` that is missing");
    }

    #[test]
    fn a_lifetime_may_be_missing_or_null_and_is_then_due_at_once() {
        for raw in ["{}", r#"{"expires_in":null}"#] {
            let mut fields = Fields::parse(raw).unwrap();
            assert_eq!(fields.lifetime(), Ok(Lifetime::ZERO));
            assert!(fields.drift.contains(Tolerance::LifetimeMissing));
        }
    }
}
