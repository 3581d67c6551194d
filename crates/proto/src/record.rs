//! The records in the shared store: keys and JSON, byte for byte as the published clients read and
//! write them.
//!
//! | key | value |
//! |---|---|
//! | `type/server_access_token_info/app_id/{app_id}` | `{"server_access_token": "…", "expires_in": 1654576906}` |
//! | `type/js_ticket_info/app_id/{app_id}` | `{"js_ticket": "…", "expires_in": 1654575742}` |
//!
//! `expires_in` is a moment here, and stays a JSON integer (the published renewer does arithmetic
//! on it). Readers take one field by name, so further fields do no harm. A record is written with
//! an expiry of its own, the span that is left.
//!
//! What our own writers add stands behind these two fields, each only if it is known:
//! `generation`, `issued_at`, `fence`, `previous` and `previous_until`, `issuer`, `owner`; see
//! [`RecordDetails`].

mod details;

use core::fmt;

use crate::envelope::text;
use crate::error::{DecodeErrorKind, FieldProblem};
use crate::fields::Fields;
use crate::wire::Leaf;
use crate::{AppId, Body, Drift, JsTicket, Secret, ServerAccessToken, UnixSeconds};

pub use details::{RecordDetails, Replaced};

/// A code that is kept in the shared store. Sealed: there are the server token and the ticket.
pub trait StoredCode: Secret + Leaf + sealed::Sealed {
    /// The key, up to the app's id.
    const KEY_PREFIX: &'static str;
    /// The field that holds the code.
    const FIELD: &'static str;
}

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals the trait")]
    pub trait Sealed {}
}

impl sealed::Sealed for ServerAccessToken {}
impl sealed::Sealed for JsTicket {}

impl StoredCode for ServerAccessToken {
    const KEY_PREFIX: &'static str = "type/server_access_token_info/app_id/";
    const FIELD: &'static str = "server_access_token";
}

impl StoredCode for JsTicket {
    const KEY_PREFIX: &'static str = "type/js_ticket_info/app_id/";
    const FIELD: &'static str = "js_ticket";
}

/// One record: a code and the moment at which it expires.
///
/// ```
/// use yzb_proto::{AppId, JsTicket, Record, UnixSeconds};
/// let record = Record::new(JsTicket::new("36bd56")?, UnixSeconds::new(1654575742));
/// assert_eq!(Record::<JsTicket>::key(&AppId::new("100027")?), "type/js_ticket_info/app_id/100027");
/// assert_eq!(record.to_json().as_ref(), br#"{"js_ticket": "36bd56", "expires_in": 1654575742}"#);
/// # Ok::<(), yzb_proto::InvalidValue>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Record<T> {
    /// The token or ticket.
    pub code: T,
    /// When it expires.
    pub expires_at: UnixSeconds,
    /// What our own writers add.
    pub details: RecordDetails<T>,
}

/// A record cannot be read: to be reported, and then treated as if it were not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError {
    kind: DecodeErrorKind,
}

impl<T: StoredCode> Record<T> {
    /// A code and the moment at which it expires.
    #[must_use]
    pub const fn new(code: T, expires_at: UnixSeconds) -> Self {
        Self { code, expires_at, details: RecordDetails::NONE }
    }

    /// The same with details, which stand behind what the published readers know.
    #[must_use]
    pub fn with_details(self, details: RecordDetails<T>) -> Self {
        Self { details, ..self }
    }

    /// The key of an app's record.
    #[must_use]
    pub fn key(app_id: &AppId) -> String {
        format!("{}{app_id}", T::KEY_PREFIX)
    }

    /// The value, in the spelling of the published writer: a space after each colon and comma.
    #[must_use]
    pub fn to_json(&self) -> Body {
        let mut json = String::with_capacity(256);
        json.push('{');
        details::text(&mut json, T::FIELD, self.code.expose_secret());
        json.push_str(", ");
        details::number(&mut json, "expires_in", self.expires_at.as_secs());
        self.details.write(&mut json);
        json.push('}');
        json.into()
    }

    /// Reads a value, whoever wrote it: the expiry may be text or a float, unknown fields are
    /// ignored. What had to be forgiven comes with it.
    ///
    /// # Errors
    ///
    /// The value is null, no object, or no record of this code; the code has a character that it
    /// cannot have; or the expiry is missing, or is no moment in seconds.
    pub fn read(value: &[u8]) -> Result<(Self, Drift), RecordError> {
        Self::parse(value).map_err(|kind| RecordError { kind })
    }

    fn parse(value: &[u8]) -> Result<(Self, Drift), DecodeErrorKind> {
        let mut drift = Drift::NONE;
        let text = text(value, &mut drift)?;
        let record = Fields::within(text, None, &mut drift, |fields| {
            let code = fields.read(T::FIELD)?;
            let expires_at = fields.read("expires_in")?;
            Ok(Self { code, expires_at, details: RecordDetails::read(fields) })
        })?;
        Ok((record, drift))
    }
}

impl RecordError {
    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> &DecodeErrorKind {
        &self.kind
    }

    /// Whether the record seems to be in milliseconds.
    #[must_use]
    pub const fn is_in_milliseconds(&self) -> bool {
        matches!(self.kind, DecodeErrorKind::Field { problem: FieldProblem::MomentTooLate, .. })
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the stored record {}: find out who wrote it; it is as good as absent", self.kind)
    }
}

impl core::error::Error for RecordError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tolerance;

    fn read(value: &str) -> Result<(Record<ServerAccessToken>, Drift), RecordError> {
        Record::read(value.as_bytes())
    }

    #[test]
    fn keys_and_values_are_the_published_ones() {
        let app_id = AppId::new("100027").unwrap();
        assert_eq!(
            Record::<ServerAccessToken>::key(&app_id),
            "type/server_access_token_info/app_id/100027"
        );
        let code = ServerAccessToken::new("5cc928").unwrap();
        let record = Record::new(code, UnixSeconds::new(1_654_576_906));
        assert_eq!(
            record.to_json().as_ref(),
            br#"{"server_access_token": "5cc928", "expires_in": 1654576906}"#
        );
        assert!(format!("{record:?}").contains("ServerAccessToken(…)"));
    }

    #[test]
    fn an_odd_but_legal_code_survives_the_way_through_the_store() {
        let code = JsTicket::new("a\"b\\c").unwrap();
        let record = Record::new(code.clone(), UnixSeconds::new(1_654_576_906));
        let (back, drift) = Record::<JsTicket>::read(record.to_json().as_ref()).unwrap();
        assert!(back.code.same_as(&code));
        assert!(drift.is_empty());
    }

    #[test]
    fn what_is_readable_is_read_and_reported() {
        for value in [
            r#"{"server_access_token": "t", "expires_in": 1654576906.0}"#,
            r#"{"server_access_token": "t", "expires_in": " 1654576906 "}"#,
            "{\"server_access_token\": \"t\", \"expires_in\": 1654576906}\n",
            "\n\u{feff}{\"server_access_token\": \"t\", \"expires_in\": 1654576906}",
            r#"{"written_by": 7, "expires_in": "1654576906", "server_access_token": "t"}"#,
        ] {
            let (record, drift) = read(value).unwrap();
            assert_eq!(record.expires_at, UnixSeconds::new(1_654_576_906));
            assert!(!drift.is_empty(), "{value}");
        }
        let (_, drift) = read(r#"{"server_access_token":"t","expires_in":"1654576906"}"#).unwrap();
        assert!(!drift.contains(Tolerance::NumberForm));
    }

    #[test]
    fn what_is_not_readable_is_an_error_without_the_value() {
        for value in [
            "",
            "null",
            "[]",
            "\"planted\"",
            "{\"server_access_token\": \"planted\"",
            r#"{"server_access_token": "planted", "expires_in": null}"#,
            r#"{"server_access_token": "planted", "expires_in": 7200}"#,
            r#"{"server_access_token": "planted", "expires_in": 1654576906000}"#,
            r#"{"server_access_token": "planted", "expires_in": "soon"}"#,
            r#"{"server_access_token": null, "expires_in": 1654576906}"#,
            r#"{"server_access_token": "plan ted", "expires_in": 1654576906}"#,
            r#"{"js_ticket": "planted", "expires_in": 1654576906}"#,
        ] {
            let error = read(value).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("plan"), "{shown}");
            assert_eq!(error.is_in_milliseconds(), value.contains("906000"), "{value}");
        }
    }
}
