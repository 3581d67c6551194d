//! The table of the control API.

use std::net::IpAddr;

use http::{Method, Request, StatusCode};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::assertions::{self, Assertions};
use super::{Answered, Refusal};
use crate::call::Call;
use crate::emulator::Shared;
use crate::fault::FaultPlan;
use crate::journal::fingerprint;
use crate::platform::Platform;
use crate::state::Slot;

pub(super) fn decide<B: AsRef<[u8]>>(
    shared: &Shared,
    route: &str,
    request: &Request<B>,
) -> Answered {
    let body = request.body().as_ref();
    let value = match (route, request.method()) {
        ("state", &Method::GET) => state(shared),
        ("code", &Method::POST) => {
            let User { app_id, open_id } = read(body)?;
            json!({ "code": shared.issue_code(&app_id, &open_id) })
        }
        ("revoke", &Method::POST) => {
            let AppOnly { app_id } = read(body)?;
            let now = shared.clock().now();
            json!({ "revoked": shared.platform().revoke_server_token(now, &app_id) })
        }
        ("clock", &Method::POST) => turn(shared, &read(body)?)?,
        ("quirks" | "faults" | "dials" | "allow-list", &Method::PUT) => put(shared, route, body)?,
        ("quirks" | "faults" | "dials" | "allow-list", &Method::GET) => get(shared, route),
        ("journal", &Method::GET) => journal(shared, request.uri().query())?,
        ("journal", &Method::DELETE) => {
            shared.platform().clear_journal();
            json!({ "entries": [] })
        }
        ("assert", &Method::POST) => {
            let Assertions { assertions } = read(body)?;
            return assertions::judge(&shared.platform(), &assertions);
        }
        ("verify", &Method::POST) => verify(shared, &read(body)?),
        (
            "state" | "code" | "revoke" | "clock" | "quirks" | "faults" | "dials" | "allow-list"
            | "journal" | "assert" | "verify",
            _,
        ) => {
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "not by this method"));
        }
        _ => return Err(Refusal::new(StatusCode::NOT_FOUND, "no such control")),
    };
    Ok((StatusCode::OK, value))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    app_id: String,
    open_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppOnly {
    app_id: String,
}

/// In this order: how fast, where, and how far from there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    mode: Option<String>,
    now: Option<u64>,
    step: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    app_id: String,
    nonce_str: String,
    #[serde(deserialize_with = "seconds")]
    timestamp: u64,
    url: String,
    signature: String,
}

/// A moment as a page's configuration has it: a number in the documents, a text from every client.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let text = value.as_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let read = value.as_u64().or_else(|| text.and_then(|text| text.parse().ok()));
    read.ok_or_else(|| Error::custom("the `timestamp` is unix seconds, as a number or a text"))
}

/// Reads a body. The parser's own words quote what it read; they are cut down to what was expected.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let text = error.to_string();
        let said = [
            ("invalid type", "wrong kind of value"),
            ("invalid value", "wrong kind of value"),
            ("unknown field", "unknown key"),
            ("unknown variant", "unknown value"),
        ];
        let said = said.iter().find(|(its, _)| text.starts_with(its)).map(|(_, ours)| ours);
        // The last one: what it quotes may have the words too.
        let error = match (said, text.rfind(", expected")) {
            (Some(ours), Some(at)) => format!("{ours}{}", &text[at..]),
            (Some(ours), None) => (*ours).to_owned(),
            (None, _) => text,
        };
        Refusal::new(StatusCode::BAD_REQUEST, error)
    })
}

fn turn(shared: &Shared, turn: &Turn) -> Result<Value, Refusal> {
    let clock = shared.clock();
    if let Some(mode) = &turn.mode {
        let mode = mode.parse().map_err(|error: crate::clock::UnknownClock| {
            Refusal::new(StatusCode::BAD_REQUEST, error.to_string())
        })?;
        clock.set_mode(mode);
    }
    if let Some(now) = turn.now {
        clock.set(now);
    }
    clock.step(turn.step.unwrap_or(0).into());
    Ok(json!({ "now": clock.now(), "clock": clock.mode().to_string() }))
}

fn put(shared: &Shared, what: &str, body: &[u8]) -> Result<Value, Refusal> {
    match what {
        "quirks" => {
            let quirks: crate::Quirks = read(body)?;
            if let Some((one, other)) = quirks.clash().filter(|_| quirks.seed().is_none()) {
                let error = format!("{one} and {other} exclude each other; one of them, or a seed");
                return Err(Refusal::new(StatusCode::BAD_REQUEST, error));
            }
            shared.platform().set_quirks(quirks);
        }
        "faults" => {
            let plan: FaultPlan = read(body)?;
            let now = shared.clock().now();
            let mut platform = shared.platform();
            let fits = plan.fits_apps(|app_id| platform.state().apps.contains_key(app_id));
            fits.map_err(|bad| Refusal::new(StatusCode::BAD_REQUEST, bad.to_string()))?;
            platform.set_faults(now, plan);
        }
        "dials" => {
            let dials = read(body)?;
            shared.platform().set_dials(dials);
        }
        _ => {
            let addresses: Vec<IpAddr> = read(body)?;
            shared.platform().set_allow_list(addresses);
        }
    }
    Ok(get(shared, what))
}

fn get(shared: &Shared, what: &str) -> Value {
    let platform = shared.platform();
    match what {
        "quirks" => json!(platform.quirks()),
        "faults" => json!(platform.faults()),
        "dials" => json!(platform.dials()),
        _ => json!(platform.allow_list()),
    }
}

fn journal(shared: &Shared, query: Option<&str>) -> Result<Value, Refusal> {
    let after = match query {
        None => Some(0),
        Some(query) => query.strip_prefix("after=").and_then(|after| after.parse().ok()),
    };
    let complaint = "the query is `after=` and a number";
    let after = after.ok_or_else(|| Refusal::new(StatusCode::BAD_REQUEST, complaint))?;
    let entries: Vec<_> = shared.platform().journal(after).collect();
    Ok(json!({ "entries": entries }))
}

fn verify(shared: &Shared, signed: &Signed) -> Value {
    let Signed { app_id, nonce_str, timestamp, url, signature } = signed;
    let now = shared.clock().now();
    let platform = shared.platform();
    let verdict = platform.verify_signature(now, app_id, nonce_str, *timestamp, url, signature);
    json!({ "accepted": verdict.is_accepted(), "verdict": verdict.to_string() })
}

fn state(shared: &Shared) -> Value {
    let (now, clock) = (shared.clock().now(), shared.clock().mode().to_string());
    let platform = shared.platform();
    let requests =
        Call::ALL.map(|call| (call.name().to_owned(), platform.calls(call, None).into()));
    let statuses = platform.statuses().map(|(status, count)| (status.to_string(), count.into()));
    json!({
        "now": now,
        "clock": clock,
        "apps": apps(&platform, now),
        "requests": Map::from_iter(requests),
        "statuses": Map::from_iter(statuses),
        "quirks": platform.quirks(),
        "faults": platform.faults(),
        "fault_strikes": platform.fault_strikes(),
        "dials": platform.dials(),
        "allow_list": platform.allow_list(),
    })
}

fn apps(platform: &Platform, now: u64) -> Value {
    let held = |slot: &Slot| {
        slot.current(now).map(|(value, until)| {
            json!({ "fingerprint": fingerprint(value.as_bytes()), "until": until })
        })
    };
    let app = |(app_id, app): (&String, &crate::state::App)| {
        let shown = json!({
            "server_token": held(&app.server_token),
            "ticket": held(&app.ticket),
            "users": app.members.len(),
            "logins": app.logins.len(),
        });
        (app_id.clone(), shown)
    };
    Value::Object(platform.state().apps.iter().map(app).collect())
}
