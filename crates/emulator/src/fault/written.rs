//! The keys of a fault in a file, and which of them suit which fault.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::script::MOMENTS;
use super::{Fault, FaultKind};
use crate::call::Call;

/// An hour: the longest that anything is delayed, in milliseconds.
pub(super) const LONGEST: u64 = 3_600_000;

/// A fault as it is written: the kind's parameters beside the conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) fault: FaultKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<Call>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) app_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nth: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) first: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) chance: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) milliseconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) http_status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) acts: Option<bool>,
}

/// A fault in a plan has a key or a value that it cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadFault {
    kind: FaultKind,
    key: &'static str,
    wants: &'static str,
}

impl Written {
    pub(super) fn new(fault: FaultKind) -> Self {
        Self {
            fault,
            call: None,
            app_id: None,
            from: None,
            until: None,
            nth: None,
            first: None,
            chance: None,
            milliseconds: None,
            bytes: None,
            http_status: None,
            seconds: None,
            location: None,
            acts: None,
        }
    }

    /// The first key that does not suit the kind, or whose value does not suit the key.
    fn complaint(&self) -> Option<(&'static str, &'static str)> {
        use FaultKind as K;
        const NOT: &str = "is of no use to this fault";
        let kind = self.fault;
        let timed = matches!(kind, K::Delay | K::Drip);
        let statuses = match kind {
            K::ServerError => 500..600,
            K::Redirect => 300..400,
            _ => 0..0,
        };
        let location_fits =
            |url: &String| kind == K::Redirect && http::HeaderValue::try_from(url).is_ok();
        let checks = [
            ("nth", self.nth == Some(0), "counts from 1"),
            ("first", self.first == Some(0), "is of no request"),
            (
                "nth",
                self.nth.zip(self.first).is_some_and(|(nth, first)| nth > first),
                "is not among the `first`: it never strikes",
            ),
            ("until", self.never(), "is not after `from`: it never strikes"),
            ("acts", self.acts.is_some() && kind == K::IpRefused, NOT),
            (
                "milliseconds",
                self.milliseconds.is_some_and(|pause| pause > LONGEST),
                "is at most 3600000, an hour",
            ),
            ("chance", self.chance.is_some_and(|p| !(0.0..=1.0).contains(&p)), "is from 0 to 1"),
            ("milliseconds", self.milliseconds.is_some() && !timed, NOT),
            ("bytes", self.bytes.is_some() && kind != K::Oversized, NOT),
            ("bytes", self.bytes.is_some_and(|bytes| bytes > 64 << 20), "is at most 67108864"),
            ("seconds", self.seconds.is_some() && kind != K::TooManyRequests, NOT),
            (
                "http_status",
                self.http_status.is_some_and(|status| !statuses.contains(&status)),
                "is from 500 to 599 for server-error, from 300 to 399 for redirect, and of no use otherwise",
            ),
            (
                "location",
                self.location.as_ref().is_some_and(|url| !location_fits(url)),
                "is a URL for redirect, and of no use otherwise",
            ),
        ];
        checks.into_iter().find(|(_, wrong, _)| *wrong).map(|(key, _, wants)| (key, wants))
    }
}

impl Written {
    /// Whether its span of time is empty, as far as that can be told before it begins.
    fn never(&self) -> bool {
        let alike = |from: u64, until: u64| (from < MOMENTS) == (until < MOMENTS);
        self.from.zip(self.until).is_some_and(|(from, until)| alike(from, until) && from >= until)
    }

    /// What is said of a plan for an app that is not there.
    pub(super) fn stray(&self, is_app: impl Fn(&str) -> bool) -> Option<BadFault> {
        let stray = self.app_id.as_deref().is_some_and(|app_id| !is_app(app_id));
        let wants = "is of no app in this world: it never strikes";
        stray.then_some(BadFault { kind: self.fault, key: "app_id", wants })
    }
}

impl TryFrom<Written> for Fault {
    type Error = BadFault;

    fn try_from(written: Written) -> Result<Self, BadFault> {
        let kind = written.fault;
        match written.complaint() {
            Some((key, wants)) => Err(BadFault { kind, key, wants }),
            None => Ok(Self { kind, written }),
        }
    }
}

impl From<Fault> for Written {
    fn from(fault: Fault) -> Self {
        fault.written
    }
}

impl fmt::Display for BadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fault {}: `{}` {}", self.kind, self.key, self.wants)
    }
}

impl std::error::Error for BadFault {}
