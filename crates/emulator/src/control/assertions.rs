//! What a test may claim about the requests so far.

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{Answered, Refusal};
use crate::call::Call;
use crate::platform::Platform;

/// A request's body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Assertions {
    pub(super) assertions: Vec<Assertion>,
}

/// One of the first three, and a bound.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Assertion {
    in_flight: Option<Call>,
    requests: Option<Call>,
    status: Option<u16>,
    app_id: Option<String>,
    at_least: Option<usize>,
    at_most: Option<usize>,
}

/// 200 if all hold, 409 with those that do not otherwise.
pub(super) fn judge(platform: &Platform, assertions: &[Assertion]) -> Answered {
    if assertions.is_empty() {
        return bad("nothing is asserted");
    }
    let mut failures = Vec::new();
    for assertion in assertions {
        let (what, count) = assertion.count(platform)?;
        let wants = match (assertion.at_least, assertion.at_most) {
            (Some(least), _) if count < least => format!("at least {least}"),
            (_, Some(most)) if count > most => format!("at most {most}"),
            _ => continue,
        };
        failures.push(format!("{what}: {count}, asserted {wants}"));
    }
    let holds = failures.is_empty();
    let status = if holds { StatusCode::OK } else { StatusCode::CONFLICT };
    Ok((status, json!({ "holds": holds, "failures": failures })))
}

fn bad<T>(error: &str) -> Result<T, Refusal> {
    Err(Refusal::new(StatusCode::BAD_REQUEST, error))
}

impl Assertion {
    /// What is counted, in words, and the count.
    fn count(&self, platform: &Platform) -> Result<(String, usize), Refusal> {
        if self.at_least.is_none() && self.at_most.is_none() {
            return bad("an assertion has `at_least`, `at_most` or both");
        }
        let app_id = self.app_id.as_deref();
        if app_id.is_some_and(|app_id| !platform.state().apps.contains_key(app_id)) {
            return bad("no app has this `app_id`");
        }
        match (self.in_flight, self.requests, self.status) {
            (Some(call), None, None) => {
                let peak = platform.peak(call, app_id);
                Ok((format!("{call} in flight at once"), peak))
            }
            (None, Some(call), None) => {
                Ok((format!("{call} requests"), platform.calls(call, app_id)))
            }
            (None, None, Some(_)) if app_id.is_some() => {
                bad("statuses are not counted by app; leave `app_id` out")
            }
            (None, None, Some(status)) if !(2000..5000).contains(&status) => {
                bad("a status is from 2000 to 4999")
            }
            (None, None, Some(status)) => {
                let found = platform.statuses().find(|(seen, _)| *seen == status);
                Ok((format!("answers with {status}"), found.map_or(0, |(_, count)| count)))
            }
            _ => bad("an assertion has exactly one of `in_flight`, `requests`, `status`"),
        }
    }
}
