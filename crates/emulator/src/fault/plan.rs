//! Which faults strike which requests: written down, before it happens.

use serde::{Deserialize, Serialize};

use super::written::Written;
use super::{BadFault, FaultKind};
use crate::call::Call;
use crate::world::World;

/// One fault and the requests it strikes.
///
/// Without further words it strikes every request. Each of [`on`](Self::on),
/// [`app`](Self::app), [`from`](Self::from) and [`until`](Self::until) makes them fewer;
/// [`nth`](Self::nth) and [`first`](Self::first) count among those that are left, beginning when
/// the plan is put in place; [`chance`](Self::chance) throws a dice for each.
///
/// ```
/// use yzb_emulator::{Call, Fault, FaultKind};
///
/// let third_ticket = Fault::new(FaultKind::ResetDuring).on(Call::JsTicket).nth(3);
/// let slow = Fault::new(FaultKind::Delay).milliseconds(300).chance(0.1);
/// # let _ = (third_ticket, slow);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
#[must_use]
pub struct Fault {
    pub(super) kind: FaultKind,
    pub(super) written: Written,
}

/// Faults, and the seed for those that strike by chance.
///
/// In a file (YAML or JSON):
///
/// ```yaml
/// seed: 7
/// faults:
///   - { fault: reset-during, call: js-ticket, nth: 3 }
///   - { fault: delay, milliseconds: 300, chance: 0.1 }
///   - { fault: outage, from: 3600, until: 3660 }      # seconds since the plan was put in place
///   - { fault: server-error, http_status: 503, app_id: "990001", first: 2 }
/// ```
///
/// | key | meaning |
/// |---|---|
/// | `fault` | the name of a [`FaultKind`] |
/// | `call` | only this [`Call`] |
/// | `app_id` | only this app |
/// | `from`, `until` | only from this moment on, only before this one; unix seconds, or below 10⁹ seconds since the plan was put in place |
/// | `nth` | only the nth of those, from 1 |
/// | `first` | only the first so many |
/// | `chance` | each with this probability, 0 to 1, drawn by the seed |
/// | `milliseconds` | for `delay` and `drip`, at most an hour |
/// | `bytes` | for `oversized`, at most 64 MiB |
/// | `http_status` | for `server-error` (500 to 599) and `redirect` (300 to 399) |
/// | `seconds` | for `too-many-requests`: `Retry-After` |
/// | `location` | for `redirect` |
/// | `acts` | whether the platform acts on the request; see [`FaultKind`] |
///
/// What could never strike is refused: a `nth` beyond `first`, a `from` that is not before `until`,
/// an `app_id` that is no app's. How often each has struck is in the state that the control API
/// tells, and in [`Platform::fault_strikes`](crate::Platform::fault_strikes).
///
/// All that strike a request do so together; where two spoil the same thing the earlier one in the
/// plan does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPlan {
    /// Where the dice of `chance` begin.
    #[serde(default)]
    pub seed: u64,
    /// The faults.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

impl Fault {
    /// A fault that strikes every request.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, written: Written::new(kind) }
    }

    /// What goes wrong.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.kind
    }

    /// Only this call.
    pub fn on(mut self, call: Call) -> Self {
        self.written.call = Some(call);
        self
    }

    /// Only requests with this `app_id`.
    pub fn app(mut self, app_id: impl Into<String>) -> Self {
        self.written.app_id = Some(app_id.into());
        self
    }

    /// Only from this moment on: unix seconds, or below 10⁹ seconds since the plan began.
    pub fn from(mut self, moment: u64) -> Self {
        self.written.from = Some(moment);
        self
    }

    /// Only before this moment, counted likewise.
    pub fn until(mut self, moment: u64) -> Self {
        self.written.until = Some(moment);
        self
    }

    /// Only the nth of these requests, from 1.
    pub fn nth(mut self, nth: u64) -> Self {
        self.written.nth = Some(nth);
        self
    }

    /// Only the first so many of these requests.
    pub fn first(mut self, count: u64) -> Self {
        self.written.first = Some(count);
        self
    }

    /// Each of these requests with this probability, 0 to 1.
    pub fn chance(mut self, chance: f64) -> Self {
        self.written.chance = Some(chance);
        self
    }

    /// How late, or how far apart: for [`Delay`](FaultKind::Delay) and [`Drip`](FaultKind::Drip).
    /// Here and below, what a kind has no use for is ignored in a plan made by code, and refused
    /// in one that is read.
    pub fn milliseconds(mut self, milliseconds: u64) -> Self {
        self.written.milliseconds = Some(milliseconds);
        self
    }

    /// How much longer: for [`Oversized`](FaultKind::Oversized).
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.written.bytes = Some(bytes);
        self
    }

    /// The gateway's status: for [`ServerError`](FaultKind::ServerError) and
    /// [`Redirect`](FaultKind::Redirect).
    pub fn http_status(mut self, status: u16) -> Self {
        self.written.http_status = Some(status);
        self
    }

    /// The `Retry-After`: for [`TooManyRequests`](FaultKind::TooManyRequests).
    pub fn seconds(mut self, seconds: u64) -> Self {
        self.written.seconds = Some(seconds);
        self
    }

    /// Where a [`Redirect`](FaultKind::Redirect) leads.
    pub fn location(mut self, url: impl Into<String>) -> Self {
        self.written.location = Some(url.into());
        self
    }

    /// Whether the platform acts on the request although the answer is spoiled.
    pub fn acts(mut self, acts: bool) -> Self {
        self.written.acts = Some(acts);
        self
    }
}

impl FaultPlan {
    /// Nothing goes wrong.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Every kind of fault, each striking each request with this probability.
    #[must_use]
    pub fn random(seed: u64, chance: f64) -> Self {
        let fault = |kind: &FaultKind| Fault::new(*kind).chance(chance);
        Self { seed, faults: FaultKind::ALL.iter().map(fault).collect() }
    }
}

impl FaultPlan {
    /// Whether each fault that is for one app is for an app of this world.
    ///
    /// # Errors
    ///
    /// The first that is not: it would never strike.
    pub fn fits(&self, world: &World) -> Result<(), BadFault> {
        self.fits_apps(|app_id| world.has_app(app_id))
    }

    pub(crate) fn fits_apps(&self, is_app: impl Fn(&str) -> bool) -> Result<(), BadFault> {
        let stray = self.faults.iter().find_map(|fault| fault.written.stray(&is_app));
        stray.map_or(Ok(()), Err)
    }
}

impl From<Fault> for FaultPlan {
    fn from(fault: Fault) -> Self {
        Self { seed: 0, faults: vec![fault] }
    }
}

impl FromIterator<Fault> for FaultPlan {
    fn from_iter<T: IntoIterator<Item = Fault>>(faults: T) -> Self {
        Self { seed: 0, faults: faults.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<FaultPlan, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_plan_is_written_and_read_back() {
        let plan = FaultPlan {
            seed: 7,
            faults: vec![
                Fault::new(FaultKind::ResetDuring).on(Call::JsTicket).nth(3),
                Fault::new(FaultKind::Delay).milliseconds(300).chance(0.5),
            ],
        };
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(
            json,
            r#"{"seed":7,"faults":[{"fault":"reset-during","call":"js-ticket","nth":3},{"fault":"delay","chance":0.5,"milliseconds":300}]}"#
        );
        assert_eq!(read(&json).unwrap(), plan);
    }

    #[test]
    fn what_does_not_suit_is_refused_by_name() {
        for (fault, part) in [
            (r#"{"fault": "dealy"}"#, "no fault has this name"),
            (r#"{"fault": "delay", "call": "tickets"}"#, "no call has this name"),
            (r#"{"fault": "delay", "nht": 3}"#, "unknown field `nht`"),
            (r#"{"fault": "delay", "nth": 0}"#, "fault delay: `nth` counts from 1"),
            (r#"{"fault": "delay", "chance": 1.5}"#, "`chance` is from 0 to 1"),
            (r#"{"fault": "silence", "milliseconds": 5}"#, "`milliseconds` is of no use"),
            (r#"{"fault": "delay", "bytes": 5}"#, "`bytes` is of no use"),
            (r#"{"fault": "server-error", "http_status": 404}"#, "`http_status` is from 500"),
            (r#"{"fault": "redirect", "location": "a\nb"}"#, "`location` is a URL"),
            (r#"{"fault": "delay", "nth": 5, "first": 2}"#, "`nth` is not among the `first`"),
            (r#"{"fault": "delay", "first": 0}"#, "`first` is of no request"),
            (r#"{"fault": "delay", "from": 9, "until": 9}"#, "`until` is not after `from`"),
            (r#"{"fault": "ip-refused", "acts": true}"#, "`acts` is of no use"),
            (r#"{"fault": "delay", "milliseconds": 3600001}"#, "`milliseconds` is at most"),
            (r#"{"fault": "redirect", "http_status": 299}"#, "from 300 to 399 for redirect"),
            (r#"{"fault": "redirect", "http_status": 400}"#, "from 300 to 399 for redirect"),
            (r#"{"call": "js-ticket"}"#, "missing field `fault`"),
        ] {
            let error = read(&format!(r#"{{"faults": [{fault}]}}"#)).unwrap_err();
            assert!(error.contains(part), "{fault}: {error}");
        }
    }
}
