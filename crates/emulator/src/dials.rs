//! What nobody documents, as dials. Each default is the choice that finds more faults in a client.

use serde::{Deserialize, Deserializer, Serialize};

use crate::life;
use crate::rule::Rule;

/// The platform's behaviour where neither a document nor a published client tells what it is.
///
/// | dial | default | otherwise |
/// |---|---|---|
/// | [`previous_server_token`](Self::previous_server_token) | `dies_at_once` | `lives_ten_minutes`, `lives_to_its_end` |
/// | [`server_token_repeats`](Self::server_token_repeats) | `false`: each request makes a new one | `true`: the same one while it lives |
/// | [`twice_replaced_ticket`](Self::twice_replaced_ticket) | `keeps_its_grace` | `dies` |
/// | [`refused_ip_status`](Self::refused_ip_status) | 4000 | any 4xxx |
/// | [`unknown_app_status`](Self::unknown_app_status) | 4000 | any 4xxx |
/// | [`wrong_secret_status`](Self::wrong_secret_status) | 4000 | any 4xxx |
/// | [`bad_field_status`](Self::bad_field_status) | 4000 | any 4xxx |
/// | [`wrong_secret_burns_code`](Self::wrong_secret_burns_code) | `false` | `true` |
/// | [`foreign_attempt_burns_code`](Self::foreign_attempt_burns_code) | `false` | `true` |
/// | [`login_needs_addition`](Self::login_needs_addition) | `false` | `true`: 4104 at login |
/// | [`page_limit`](Self::page_limit) | 100 | any from 1 |
/// | [`pages_may_ask`](Self::pages_may_ask) | `false`: 403 for a browser's page of elsewhere | `true` |
///
/// ```
/// use yzb_emulator::{Dials, PreviousToken, World};
///
/// let mut dials = Dials::default();
/// dials.previous_server_token = PreviousToken::LivesTenMinutes;
/// let world = World::demo().dials(dials);
/// # let _ = world;
/// ```
///
/// Written as JSON or YAML, the names are those above and what is left out is the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Dials {
    /// What a new server token does to the one before.
    pub previous_server_token: PreviousToken,
    /// Whether a request for a server token is answered with the current one as long as it lives,
    /// with what is left of its span.
    pub server_token_repeats: bool,
    /// What a further ticket does to one that was replaced before and still has some of its ten
    /// minutes.
    pub twice_replaced_ticket: TwiceReplaced,
    /// The status for an address that is not on the allow-list, 4000 to 4999.
    #[serde(deserialize_with = "refusal")]
    pub refused_ip_status: u16,
    /// The status for an app id that no app has, 4000 to 4999.
    #[serde(deserialize_with = "refusal")]
    pub unknown_app_status: u16,
    /// The status for another secret than the app's, 4000 to 4999.
    #[serde(deserialize_with = "refusal")]
    pub wrong_secret_status: u16,
    /// The status for a body that is no form, and for a field that is missing or out of range,
    /// 4000 to 4999.
    #[serde(deserialize_with = "refusal")]
    pub bad_field_status: u16,
    /// Whether an auth code that comes with a wrong secret is spent by it.
    pub wrong_secret_burns_code: bool,
    /// Whether an auth code that another app tries is spent by it.
    pub foreign_attempt_burns_code: bool,
    /// Whether a user who has not added the app is refused at login. The code is spent all the
    /// same.
    pub login_needs_addition: bool,
    /// The most users on one page of the user list, whatever was asked for; 0 counts as 1. The
    /// default is what every published client asks for, so that a client that asks for more and
    /// trusts to get it is caught.
    pub page_limit: usize,
    /// Whether a page of another origin, opened in somebody's browser, may make the calls. Each
    /// request for a server token kills the one before, so a page that does so for fun must not
    /// reach the one a developer is working with. A request is such a page's if it has a
    /// `Sec-Fetch-Site` other than `none` and `same-origin`, or an `Origin` other than its own
    /// host's; no client on a server sends either.
    pub pages_may_ask: bool,
}

/// What becomes of a replaced ticket when it is replaced once more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TwiceReplaced {
    /// It keeps what it has of its ten minutes. Documented is that a new ticket sets the valid time
    /// of the one before to ten minutes, and nowhere that anything shortens them; so a client that
    /// trusts a copy for 600 seconds does right, and is not told otherwise by default.
    #[default]
    KeepsItsGrace,
    /// It is dead at once, as where a platform remembers one predecessor.
    Dies,
}

/// What becomes of a server token when a newer one is issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PreviousToken {
    /// It is refused from that moment on. A client that survives this survives the others.
    #[default]
    DiesAtOnce,
    /// It keeps ten minutes, as a replaced ticket does, but never more than it had.
    LivesTenMinutes,
    /// It is not touched. The last 1024 are remembered.
    LivesToItsEnd,
}

impl Default for Dials {
    fn default() -> Self {
        Self {
            previous_server_token: PreviousToken::default(),
            server_token_repeats: false,
            twice_replaced_ticket: TwiceReplaced::default(),
            refused_ip_status: 4000,
            unknown_app_status: 4000,
            wrong_secret_status: 4000,
            bad_field_status: 4000,
            wrong_secret_burns_code: false,
            foreign_attempt_burns_code: false,
            login_needs_addition: false,
            page_limit: 100,
            pages_may_ask: false,
        }
    }
}

impl Dials {
    /// The number in the envelope for this rule, or `None` where there is no envelope.
    pub(crate) fn status(&self, rule: Rule) -> Option<u16> {
        match rule {
            Rule::IpRefused => Some(self.refused_ip_status),
            Rule::AppUnknown => Some(self.unknown_app_status),
            Rule::SecretWrong => Some(self.wrong_secret_status),
            Rule::FormMalformed | Rule::FieldMissing(_) | Rule::FieldInvalid(_) => {
                Some(self.bad_field_status)
            }
            _ => rule.status(),
        }
    }
}

impl PreviousToken {
    /// The seconds the previous token has left.
    pub(crate) fn grace(self) -> u64 {
        match self {
            Self::DiesAtOnce => life::SERVER_TOKEN_GRACE,
            Self::LivesTenMinutes => life::TICKET_GRACE,
            Self::LivesToItsEnd => u64::MAX,
        }
    }
}

fn refusal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let status = u16::deserialize(deserializer)?;
    if (4000..5000).contains(&status) {
        return Ok(status);
    }
    Err(serde::de::Error::custom("a refusal's status is from 4000 to 4999"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_the_default_and_what_is_unknown_is_refused() {
        assert_eq!(serde_json::from_str::<Dials>("{}").unwrap(), Dials::default());
        let dials = r#"{"previous_server_token": "lives_to_its_end", "page_limit": 3}"#;
        let dials: Dials = serde_json::from_str(dials).unwrap();
        assert_eq!(dials.previous_server_token, PreviousToken::LivesToItsEnd);
        assert_eq!(dials.page_limit, 3);
        for wrong in [r#"{"x": 1}"#, r#"{"refused_ip_status": 2000}"#] {
            assert!(serde_json::from_str::<Dials>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_defaults_are_the_rules_own_statuses() {
        let field = "x";
        for rule in [
            Rule::IpRefused,
            Rule::AppUnknown,
            Rule::SecretWrong,
            Rule::FormMalformed,
            Rule::FieldMissing(field),
            Rule::FieldInvalid(field),
            Rule::NotAdded,
            Rule::NoSuchPath,
        ] {
            assert_eq!(Dials::default().status(rule), rule.status(), "{rule}");
        }
    }
}
