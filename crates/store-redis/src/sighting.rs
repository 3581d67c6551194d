//! What is under a published key, for whoever looks on and writes nothing.

use core::time::Duration;

use redis::{Cmd, Value};
use yzb_cache::{SlotKey, StoreError, Stored};
use yzb_proto::{Drift, RecordError, WriterName};

use crate::keys::Keys;
use crate::record::{Known, What};
use crate::store::Inner;
use crate::{Failure, Problem};

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
    /// In what it differs from the published form.
    pub drift: Drift,
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
    pub(crate) async fn sight(&self, key: &SlotKey, keys: &Keys) -> Result<Sighting, StoreError> {
        Ok(match self.fetch(key.kind(), &keys.published).await?.what {
            What::Absent => Sighting::Absent,
            What::WrongType => Sighting::WrongType,
            What::Unreadable(error) => Sighting::Unreadable(error),
            What::Record(known) => {
                let whose = whose(&known, &keys.owner);
                let Known { stored, drift, .. } = *known;
                Sighting::Record(Box::new(Sighted { stored, whose, drift }))
            }
        })
    }

    /// How long the published key is kept; none if it is not there.
    pub(crate) async fn time_to_live(&self, keys: &Keys) -> Result<Option<TimeToLive>, StoreError> {
        match self.number(redis::cmd("PTTL").arg(&keys.published)).await? {
            -2 => Ok(None),
            -1 => Ok(Some(TimeToLive::Forever)),
            left => Ok(Some(TimeToLive::Left(Duration::from_millis(left.unsigned_abs())))),
        }
    }

    /// Whether the key is there that one README spells `ttype/…`, and that nobody reads.
    pub(crate) async fn has_misspelt(&self, keys: &Keys) -> Result<bool, StoreError> {
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

fn whose(known: &Known, fleet: &WriterName) -> Whose {
    match &known.owner {
        None => Whose::Unsaid,
        Some(owner) if owner == fleet => Whose::Ours,
        Some(_) => Whose::Others,
    }
}
