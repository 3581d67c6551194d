//! What was seen of one code at one look.

use yzb::{Fingerprint, UnixSeconds};
use yzb_store_redis::{Sighted, Sighting, TimeToLive, Whose};

use super::super::platform::Opinion;

/// What was under a key.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    Nothing,
    /// Something that no client can use: in what words.
    Bad(&'static str),
    Code(Card),
}

/// A readable record, without its code.
#[derive(Clone, Debug)]
pub(super) struct Card {
    pub(super) code: Fingerprint,
    pub(super) expires_at: UnixSeconds,
    pub(super) by: By,
    /// Its expiry is a text, and the task reckons with it.
    pub(super) is_odd: bool,
    /// How long Redis keeps it, if that was asked for.
    pub(super) kept: Option<TimeToLive>,
    pub(super) opinion: Opinion,
}

/// Who wrote a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// Nobody who says so: the task, or a script.
    Task,
    /// A program of ours, of this name.
    Ours(String),
    /// One with another secret, or for another platform.
    Others,
}

impl Seen {
    pub(super) fn of(sighting: &Sighting) -> Self {
        match sighting {
            Sighting::Absent => Self::Nothing,
            Sighting::WrongType => Self::Bad("is no text"),
            Sighting::Unreadable(error) if error.is_in_milliseconds() => {
                Self::Bad("expires in milliseconds, where seconds are meant")
            }
            Sighting::Record(sighted) => Self::Code(Card::of(sighted)),
            _ => Self::Bad("cannot be read"),
        }
    }

    /// What its readers can use at this moment.
    pub(super) fn usable(&self, now: UnixSeconds) -> Option<&Card> {
        match self {
            Self::Code(card) if card.expires_at > now => Some(card),
            _ => None,
        }
    }
}

impl Card {
    fn of(sighted: &Sighted) -> Self {
        let stored = &sighted.stored;
        let issuer = stored.issuer.as_ref().map_or("yzb", |issuer| issuer.as_str());
        let by = match sighted.whose {
            Whose::Others => By::Others,
            Whose::Ours => By::Ours(issuer.to_owned()),
            _ if stored.generation > 0 => By::Ours(issuer.to_owned()),
            _ => By::Task,
        };
        Self {
            code: stored.code.fingerprint(),
            expires_at: stored.expires_at,
            by,
            is_odd: sighted.expires_as_text,
            kept: None,
            opinion: Opinion::Unasked,
        }
    }

    /// The seconds that it has left.
    pub(super) fn left(&self, now: UnixSeconds) -> u64 {
        self.expires_at.since(now).as_secs()
    }
}

impl By {
    pub(super) fn words(&self) -> String {
        match self {
            Self::Task => "written by the task, or a script".to_owned(),
            Self::Ours(name) => format!("written by {name}, one of ours"),
            Self::Others => "written by another fleet".to_owned(),
        }
    }
}
