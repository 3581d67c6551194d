//! What our own writers add to a record, for each other.

use crate::fields::Fields;
use crate::record::StoredCode;
use crate::{UnixSeconds, WriterName};

/// What stands in a record behind the two fields that the published readers know. Each is written
/// only if it is known; one that cannot be read is as good as absent.
///
/// ```
/// use yzb_proto::{JsTicket, Record, RecordDetails, UnixSeconds, WriterName};
/// let details = RecordDetails::NONE.generation(7).issuer(Some(WriterName::new("web-1")?));
/// let record = Record::new(JsTicket::new("36bd56")?, UnixSeconds::new(1654575742));
/// assert_eq!(
///     record.with_details(details).to_json().as_ref(),
///     br#"{"js_ticket": "36bd56", "expires_in": 1654575742, "generation": 7, "issuer": "web-1"}"#,
/// );
/// # Ok::<(), yzb_proto::InvalidValue>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordDetails<T> {
    /// How many times the code was replaced, as far as its writers know; zero if the record does not
    /// say, which is how a record of somebody else's is told.
    pub generation: u64,
    /// When the code was asked for, in unix seconds.
    pub issued_at: Option<UnixSeconds>,
    /// The latest moment at which this code or one that it replaced was asked for, in unix seconds, where
    /// that is later than `issued_at`: clocks differ.
    pub fence: Option<UnixSeconds>,
    /// The code that this one replaced.
    pub previous: Option<Replaced<T>>,
    /// The program that wrote the record.
    pub issuer: Option<WriterName>,
    /// The fleet that the record belongs to.
    pub owner: Option<WriterName>,
}

/// A code that was replaced and lives on for a while.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Replaced<T> {
    /// The code.
    pub code: T,
    /// Until when it is sure to be accepted, in unix seconds.
    pub until: UnixSeconds,
}

impl<T> Replaced<T> {
    /// A code, and until when it is sure to be accepted, in unix seconds.
    #[must_use]
    pub const fn new(code: T, until: UnixSeconds) -> Self {
        Self { code, until }
    }
}

impl<T> RecordDetails<T> {
    /// Nothing but what the published readers know.
    pub const NONE: Self = Self {
        generation: 0,
        issued_at: None,
        fence: None,
        previous: None,
        issuer: None,
        owner: None,
    };

    /// Adds how many times the code was replaced; zero is not written.
    #[must_use]
    pub fn generation(self, generation: u64) -> Self {
        Self { generation, ..self }
    }

    /// Adds when the code was asked for, in unix seconds.
    #[must_use]
    pub fn issued_at(self, issued_at: Option<UnixSeconds>) -> Self {
        Self { issued_at, ..self }
    }

    /// Adds the latest moment of an issue, if it is later than this code's own.
    #[must_use]
    pub fn fence(self, fence: Option<UnixSeconds>) -> Self {
        Self { fence, ..self }
    }

    /// Adds the code that this one replaced.
    #[must_use]
    pub fn previous(self, previous: Option<Replaced<T>>) -> Self {
        Self { previous, ..self }
    }

    /// Adds the program that wrote the record.
    #[must_use]
    pub fn issuer(self, issuer: Option<WriterName>) -> Self {
        Self { issuer, ..self }
    }

    /// Adds the fleet that the record belongs to.
    #[must_use]
    pub fn owner(self, owner: Option<WriterName>) -> Self {
        Self { owner, ..self }
    }
}

impl<T> Default for RecordDetails<T> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<T: StoredCode> RecordDetails<T> {
    pub(super) fn write(&self, json: &mut String) {
        if self.generation > 0 {
            json.push_str(", ");
            number(json, "generation", self.generation);
        }
        for (name, moment) in [("issued_at", self.issued_at), ("fence", self.fence)] {
            if let Some(moment) = moment {
                json.push_str(", ");
                number(json, name, moment.as_secs());
            }
        }
        if let Some(Replaced { code, until }) = &self.previous {
            json.push_str(", ");
            text(json, "previous", code.expose_secret());
            json.push_str(", ");
            number(json, "previous_until", until.as_secs());
        }
        for (name, value) in [("issuer", &self.issuer), ("owner", &self.owner)] {
            if let Some(value) = value {
                json.push_str(", ");
                text(json, name, value.as_str());
            }
        }
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        let (code, until) = (fields.spare("previous"), fields.spare("previous_until"));
        Self {
            generation: fields.spare("generation").unwrap_or_default(),
            issued_at: fields.spare("issued_at"),
            fence: fields.spare("fence"),
            previous: code.zip(until).map(|(code, until)| Replaced::new(code, until)),
            issuer: fields.spare("issuer"),
            owner: fields.spare("owner"),
        }
    }
}

/// A field with a text of visible ASCII, of which JSON wants `"` and `\` escaped.
pub(super) fn text(json: &mut String, name: &str, value: &str) {
    for part in ["\"", name, "\": \""] {
        json.push_str(part);
    }
    for character in value.chars() {
        if matches!(character, '"' | '\\') {
            json.push('\\');
        }
        json.push(character);
    }
    json.push('"');
}

/// A field with an integer.
pub(super) fn number(json: &mut String, name: &str, value: u64) {
    for part in ["\"", name, "\": ", itoa::Buffer::new().format(value)] {
        json.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{JsTicket, Record, ServerAccessToken, Tolerance};

    fn whole() -> Record<JsTicket> {
        let name = |text| Some(WriterName::new(text).unwrap());
        let previous = JsTicket::new("old\"\\").unwrap();
        let details = RecordDetails::NONE
            .generation(7)
            .issued_at(Some(UnixSeconds::new(1_654_568_542)))
            .fence(Some(UnixSeconds::new(1_654_568_550)))
            .previous(Some(Replaced::new(previous, UnixSeconds::new(1_654_569_142))))
            .issuer(name("web-1.example"))
            .owner(name("0123456789abcdef"));
        let code = JsTicket::new("new").unwrap();
        Record::new(code, UnixSeconds::new(1_654_575_742)).with_details(details)
    }

    #[test]
    fn details_stand_behind_what_the_published_readers_know() {
        assert_eq!(
            core::str::from_utf8(whole().to_json().as_ref()).unwrap(),
            concat!(
                r#"{"js_ticket": "new", "expires_in": 1654575742, "generation": 7, "#,
                r#""issued_at": 1654568542, "fence": 1654568550, "previous": "old\"\\", "previous_until": 1654569142, "#,
                r#""issuer": "web-1.example", "owner": "0123456789abcdef"}"#
            )
        );
    }

    #[test]
    fn details_come_back_as_they_were_written() {
        let (record, drift) = Record::<JsTicket>::read(whole().to_json().as_ref()).unwrap();
        assert!(drift.is_empty(), "{drift:?}");
        let details = record.details;
        assert_eq!(details.generation, 7);
        assert_eq!(details.issued_at, Some(UnixSeconds::new(1_654_568_542)));
        assert_eq!(details.fence, Some(UnixSeconds::new(1_654_568_550)));
        let previous = details.previous.unwrap();
        assert_eq!(previous.code.expose_secret(), "old\"\\");
        assert_eq!(previous.until, UnixSeconds::new(1_654_569_142));
        assert_eq!(details.issuer.unwrap().as_str(), "web-1.example");
        assert_eq!(details.owner.unwrap().as_str(), "0123456789abcdef");
    }

    #[test]
    fn an_unreadable_detail_is_as_good_as_absent_and_noted() {
        for detail in [
            r#""generation": -1"#,
            r#""generation": "seven""#,
            r#""issued_at": 12"#,
            r#""fence": null"#,
            r#""previous": 5, "previous_until": 1654569142"#,
            r#""issuer": "web 1""#,
            r#""owner": {"a": 1}"#,
        ] {
            let value =
                format!(r#"{{"server_access_token":"t","expires_in":1654576906,{detail}}}"#);
            let (record, drift) = Record::<ServerAccessToken>::read(value.as_bytes()).unwrap();
            assert!(drift.contains(Tolerance::UselessField), "{detail}");
            let RecordDetails { generation, issued_at, fence, previous, issuer, owner } =
                record.details;
            assert_eq!((generation, issued_at, issuer, owner), (0, None, None, None), "{detail}");
            assert_eq!(fence, None, "{detail}");
            assert!(previous.is_none(), "{detail}");
        }
    }

    #[test]
    fn a_previous_code_is_one_only_together_with_its_end_and_shows_nothing() {
        let value = br#"{"js_ticket": "t", "expires_in": 1654576906, "previous": "planted"}"#;
        let (record, _) = Record::<JsTicket>::read(value).unwrap();
        assert!(record.details.previous.is_none());
        assert!(!format!("{:?}", whole()).contains("old"), "{:?}", whole());
    }
}
