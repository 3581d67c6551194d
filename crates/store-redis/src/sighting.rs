//! What is under a published key, for whoever looks on and writes nothing.

use core::time::Duration;

use redis::{Cmd, Value};
use yzb_cache::{SlotKey, StoreError, Stored};
use yzb_proto::{Drift, RecordError, WriterName};

use crate::keys::Keys;
use crate::record::{Known, Seen, What};
use crate::store::Inner;
use crate::{Failure, Problem, script};

/// What is under the published key of a slot.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Sighting {
    /// Nothing.
    Absent,
    /// Something that is no text.
    WrongType,
    /// A text that is no record.
    Unreadable(RecordError),
    /// A record, whoever wrote it.
    Record(Box<Sighted>),
}

/// A record, and what is known of its writer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sighted {
    /// What it says; its generation is zero if it was not written by a program of ours.
    pub stored: Stored,
    /// Whose it is.
    pub whose: Whose,
    /// In what it differs from what readers are promised.
    pub drift: Drift,
    /// Its `expires_in` is a text. Every reader takes that, but the published task raises: it reckons
    /// with it.
    pub expires_as_text: bool,
}

/// To which fleet a record belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Whose {
    /// It does not say: the published task's, or a script's.
    Unsaid,
    /// That of this slot.
    Ours,
    /// One with another app secret, or with another platform.
    Others,
}

/// How long Redis keeps a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeToLive {
    /// Until somebody removes it.
    Forever,
    /// For so long.
    Left(Duration),
}

impl Inner {
    /// What is under the published key. Nothing is remembered of it, so that no later write is judged
    /// by it.
    pub(crate) async fn sight(
        &self,
        key: &SlotKey,
        keys: &Keys<'_>,
    ) -> Result<Sighting, StoreError> {
        let value = match self.link.run(&script::look(&keys.published)).await {
            Ok(Value::BulkString(value)) => value,
            Ok(_) => return Err(Failure::new(Problem::OddAnswer).into()),
            Err(failure) if failure.problem() == Problem::WrongType => {
                return Ok(Sighting::WrongType);
            }
            Err(failure) => return Err(failure.into()),
        };
        Ok(match Seen::read(key.kind(), &value).what {
            What::Absent => Sighting::Absent,
            What::WrongType => Sighting::WrongType,
            What::Unreadable(error) => Sighting::Unreadable(error),
            What::Record(known) => {
                let whose = whose(&known, &keys.owner);
                let Known { stored, drift, .. } = *known;
                let expires_as_text = expires_as_text(&value);
                Sighting::Record(Box::new(Sighted { stored, whose, drift, expires_as_text }))
            }
        })
    }

    /// How long the published key is kept; none if it is not there.
    pub(crate) async fn time_to_live(
        &self,
        keys: &Keys<'_>,
    ) -> Result<Option<TimeToLive>, StoreError> {
        match self.number(redis::cmd("PTTL").arg(&keys.published)).await? {
            -2 => Ok(None),
            -1 => Ok(Some(TimeToLive::Forever)),
            left => Ok(Some(TimeToLive::Left(Duration::from_millis(left.unsigned_abs())))),
        }
    }

    /// Whether the key is there that one README spells `ttype/…`, and that nobody reads.
    pub(crate) async fn has_misspelt(&self, keys: &Keys<'_>) -> Result<bool, StoreError> {
        let (prefix, published) = keys.published.split_at(self.settings.prefix.len());
        let misspelt = format!("{prefix}t{published}");
        Ok(self.number(redis::cmd("EXISTS").arg(misspelt)).await? > 0)
    }

    async fn number(&self, command: &Cmd) -> Result<i64, Failure> {
        match self.link.run(command).await? {
            Value::Int(number) => Ok(number),
            _ => Err(Failure::new(Problem::OddAnswer)),
        }
    }
}

/// Whether a quote opens behind the name. In the code itself the name's own quotes would be escaped.
fn expires_as_text(record: &[u8]) -> bool {
    let name = b"\"expires_in\"";
    let behind = record.windows(name.len()).position(|part| part == name);
    let behind = behind.and_then(|at| record.get(at + name.len()..)).unwrap_or_default();
    let value = behind.iter().find(|byte| !byte.is_ascii_whitespace() && **byte != b':');
    value == Some(&b'"')
}

fn whose(known: &Known, fleet: &WriterName) -> Whose {
    match &known.owner {
        None => Whose::Unsaid,
        Some(owner) if owner == fleet => Whose::Ours,
        Some(_) => Whose::Others,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_that_is_a_text_is_told_from_a_number() {
        for (record, is_text) in [
            (r#"{"js_ticket": "t", "expires_in": 1654576906}"#, false),
            (r#"{"js_ticket": "t", "expires_in": 1654576906.0}"#, false),
            (r#"{"js_ticket": "t", "expires_in" : "1654576906"}"#, true),
            (r#"{"js_ticket":"a\"expires_in\"","expires_in":1654576906}"#, false),
            ("null", false),
        ] {
            assert_eq!(expires_as_text(record.as_bytes()), is_text, "{record}");
        }
    }
}
