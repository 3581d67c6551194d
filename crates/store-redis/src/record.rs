//! A value in Redis, and what a store keeps.

use sha1::{Digest, Sha1};
use yzb_cache::{Code, Kind, Previous, Stored};
use yzb_proto::{
    Body, Drift, JsTicket, Lifetime, Record, RecordDetails, RecordError, Replaced,
    ServerAccessToken, StoredCode, UnixSeconds, WriterName,
};

use crate::fence::{Existing, Facts};
use crate::keys::hex;

/// What is under a key.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// By what the server tells whether it is still the same: the hash of the value.
    pub(crate) digest: String,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Absent,
    WrongType,
    Unreadable(RecordError),
    Record(Box<Known>),
}

/// A record that was read.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) stored: Stored,
    pub(crate) fence: Option<UnixSeconds>,
    pub(crate) issuer: Option<WriterName>,
    pub(crate) owner: Option<WriterName>,
    pub(crate) drift: Drift,
}

/// What a script says instead of a hash where a key holds no text.
pub(crate) const WRONG_TYPE: &str = "wrong type";

impl Seen {
    /// Reads what `GETRANGE` gave: nothing at all where there is no such key.
    pub(crate) fn read(kind: Kind, value: &[u8]) -> Self {
        let digest = hex(&Sha1::digest(value));
        let known = match kind {
            _ if value.is_empty() => return Self { digest, what: What::Absent },
            Kind::JsTicket => known(value, Code::JsTicket as fn(JsTicket) -> Code),
            _ => known(value, Code::ServerToken as fn(ServerAccessToken) -> Code),
        };
        let what = known.map_or_else(What::Unreadable, |known| What::Record(Box::new(known)));
        Self { digest, what }
    }

    pub(crate) fn wrong_type() -> Self {
        Self { digest: WRONG_TYPE.to_owned(), what: What::WrongType }
    }

    pub(crate) fn existing(&self) -> Existing<'_> {
        match &self.what {
            What::Absent => Existing::Absent,
            What::WrongType | What::Unreadable(_) => Existing::Unreadable,
            What::Record(known) => {
                let owner = known.owner.as_ref().map(WriterName::as_str);
                let facts = facts(&known.stored, owner);
                Existing::Record(Facts { fence: facts.fence.max(known.fence), ..facts })
            }
        }
    }
}

impl Known {
    /// Whether it belongs to this fleet, or to nobody who says so.
    pub(crate) fn is_of(&self, fleet: &WriterName) -> bool {
        self.owner.as_ref().is_none_or(|owner| owner == fleet)
    }
}

/// What of a record decides whether it may replace another.
pub(crate) fn facts<'a>(stored: &Stored, owner: Option<&'a str>) -> Facts<'a> {
    Facts {
        code: stored.code.fingerprint(),
        expires_at: stored.expires_at,
        issued_at: stored.issued_at,
        fence: stored.issued_at,
        generation: stored.generation,
        owner,
    }
}

/// The value for this record, with the ticket that it replaces.
pub(crate) fn write(
    stored: &Stored,
    (generation, fence): (u64, Option<UnixSeconds>),
    (issuer, owner): (&WriterName, &WriterName),
    replaced: &Seen,
) -> Option<Body> {
    match &stored.code {
        Code::ServerToken(token) => {
            let details = details(stored, (generation, fence), (issuer, owner), None);
            Some(Record::new(token.clone(), stored.expires_at).with_details(details).to_json())
        }
        Code::JsTicket(ticket) => {
            let details = details(
                stored,
                (generation, fence),
                (issuer, owner),
                previous(ticket, stored, replaced),
            );
            Some(Record::new(ticket.clone(), stored.expires_at).with_details(details).to_json())
        }
        _ => None,
    }
}

fn details<T>(
    stored: &Stored,
    (generation, fence): (u64, Option<UnixSeconds>),
    (issuer, owner): (&WriterName, &WriterName),
    previous: Option<Replaced<T>>,
) -> RecordDetails<T> {
    RecordDetails::NONE
        .generation(generation)
        .issued_at(stored.issued_at)
        .fence(fence.filter(|fence| stored.issued_at.is_none_or(|issued_at| *fence > issued_at)))
        .previous(previous)
        .issuer(Some(issuer.clone()))
        .owner(Some(owner.clone()))
}

/// A replaced ticket lives on for ten minutes. Of a token nobody says that it does. Where nothing is
/// replaced (a record that was lost, or further news of one), what was known of the one before stays so.
fn previous(ticket: &JsTicket, stored: &Stored, replaced: &Seen) -> Option<Replaced<JsTicket>> {
    let other = |code: &Code| match code {
        Code::JsTicket(old) if !old.same_as(ticket) => Some(old.clone()),
        _ => None,
    };
    let there = match &replaced.what {
        What::Record(known) => Some(&known.stored),
        _ => None,
    };
    if let Some((old, there)) = there.and_then(|there| Some((other(&there.code)?, there))) {
        let until = there.expires_at.min(stored.issued_at? + Lifetime::TICKET_GRACE);
        return Some(Replaced::new(old, until));
    }
    let before = stored.previous.as_ref().or(there.and_then(|there| there.previous.as_ref()))?;
    Some(Replaced::new(other(&before.token)?, before.valid_until))
}

fn known<T: StoredCode>(value: &[u8], wrap: fn(T) -> Code) -> Result<Known, RecordError> {
    let (record, drift) = Record::<T>::read(value)?;
    let Record { code, expires_at, details, .. } = record;
    let RecordDetails { generation, issued_at, fence, previous, issuer, owner, .. } = details;
    let previous = previous.map(|old| Previous::new(wrap(old.code), old.until));
    let stored = Stored::new(wrap(code), expires_at)
        .issued_at(issued_at)
        .generation(generation)
        .previous(previous)
        .issuer(issuer.clone());
    Ok(Known { stored, fence, issuer, owner, drift })
}

/// The seconds that the record has left, for its expiry in Redis: as the published writer does it.
pub(crate) fn seconds_left(stored: &Stored, now: UnixSeconds) -> Option<u64> {
    Some(stored.expires_at.since(now).as_secs()).filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(text: &str, issued_at: u64) -> Stored {
        let code = Code::JsTicket(JsTicket::new(text).unwrap());
        Stored::new(code, UnixSeconds::new(issued_at + 7200))
            .issued_at(Some(UnixSeconds::new(issued_at)))
            .generation(2)
    }

    fn name(text: &str) -> WriterName {
        WriterName::new(text).unwrap()
    }

    #[test]
    fn a_record_begins_as_the_published_writer_writes_it() {
        let absent = Seen::read(Kind::JsTicket, b"");
        let value =
            write(&ticket("new", 1_654_568_542), (3, None), (&name("web-1"), &name("us")), &absent);
        assert_eq!(
            str::from_utf8(value.unwrap().as_ref()).unwrap(),
            concat!(
                r#"{"js_ticket": "new", "expires_in": 1654575742, "generation": 3, "#,
                r#""issued_at": 1654568542, "issuer": "web-1", "owner": "us"}"#
            )
        );
    }

    #[test]
    fn a_replaced_ticket_rides_along_for_ten_minutes_and_a_replaced_token_does_not() {
        let old = Seen::read(Kind::JsTicket, br#"{"js_ticket": "old", "expires_in": 1654569000}"#);
        let names = (&name("web-1"), &name("us"));
        let value = write(&ticket("new", 1_654_568_542), (3, None), names, &old).unwrap();
        let value = String::from_utf8(value.as_ref().to_vec()).unwrap();
        assert!(value.contains(r#""previous": "old", "previous_until": 1654569000"#), "{value}");
        let value = write(&ticket("old", 1_654_568_542), (3, None), names, &old).unwrap();
        assert!(!String::from_utf8(value.as_ref().to_vec()).unwrap().contains("previous"));
        let value = br#"{"server_access_token": "old", "expires_in": 1654569000}"#;
        let old = Seen::read(Kind::ServerToken, value);
        let token = Code::ServerToken(ServerAccessToken::new("new").unwrap());
        let token = Stored::new(token, UnixSeconds::new(1_654_575_742));
        let value = write(&token, (1, None), names, &old).unwrap();
        assert!(!String::from_utf8(value.as_ref().to_vec()).unwrap().contains("previous"));
    }

    #[test]
    fn a_ticket_that_is_written_again_keeps_the_one_before() {
        let absent = Seen::read(Kind::JsTicket, b"");
        let names = (&name("web-1"), &name("us"));
        let old = Code::JsTicket(JsTicket::new("old").unwrap());
        let previous = Some(Previous::new(old, UnixSeconds::new(1_654_569_142)));
        let lost = ticket("new", 1_654_568_542).previous(previous);
        let text =
            |value: Option<Body>| String::from_utf8(value.unwrap().as_ref().to_vec()).unwrap();
        let first = text(write(&lost, (3, None), names, &absent));
        assert!(first.contains(r#""previous": "old", "previous_until": 1654569142"#), "{first}");
        // Further news of it, by somebody who does not know the one before.
        let there = Seen::read(Kind::JsTicket, first.as_bytes());
        let again = text(write(&ticket("new", 1_654_568_542), (4, None), names, &there));
        assert!(again.contains(r#""previous": "old", "previous_until": 1654569142"#), "{again}");
    }

    #[test]
    fn the_expiry_in_redis_is_the_span_that_is_left() {
        let stored = ticket("t", 1_654_568_542);
        assert_eq!(seconds_left(&stored, UnixSeconds::new(1_654_568_544)), Some(7198));
        assert_eq!(seconds_left(&stored, stored.expires_at), None);
    }
}
