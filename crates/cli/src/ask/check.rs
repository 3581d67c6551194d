//! `yzb check`: whether the platform takes the codes that are in the store.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};
use yzb::{
    CheckedCode, Clock as _, Code, Kind, SlotKey, Store as _, SystemClock, UnixSeconds, Validity,
};

use super::{Opened, Which, failed, moment, store_failed};
use crate::environment::Environment;
use crate::exit::Exit;

/// Asks the platform whether the codes in the store are valid, and until when. Nothing is issued.
///
/// Exit codes: 0 both are valid; 1 one is not, or is not there; 2 wrong arguments; 3 the
/// configuration cannot be used; 4 it is refused; 5 try again later.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
}

impl Arguments {
    pub(crate) async fn run(
        &self,
        environment: &Environment,
        output: impl Write,
    ) -> anyhow::Result<ExitCode> {
        let opened = self.which.open(environment).await?;
        let now = SystemClock::new().now().wall;
        let of_token = opened.app.server_tokens().key();
        let (mut text, mut json, mut all_valid) = (String::new(), json!({}), true);
        for (name, key) in
            [("server token", of_token.clone()), ("ticket      ", of_token.of_kind(Kind::JsTicket))]
        {
            let found = look(&opened, &key).await?;
            all_valid &= matches!(found, Found::Valid { .. });
            text += &format!("{name}  {}\n", found.words(now));
            json[key.kind().name()] = found.json();
        }
        self.which.write(output, &text, &json)?;
        Ok(if all_valid { ExitCode::SUCCESS } else { Exit::No.into() })
    }
}

/// What came of one code.
enum Found {
    Nothing,
    Invalid {
        fingerprint: String,
    },
    /// With what the record says, and what the platform does.
    Valid {
        fingerprint: String,
        stored: UnixSeconds,
        until: UnixSeconds,
    },
}

async fn look(opened: &Opened, key: &SlotKey) -> anyhow::Result<Found> {
    let loaded = opened.store.load(key).await;
    let loaded = loaded.map_err(|error| store_failed(error.to_string(), &error))?;
    let Some(record) = loaded else { return Ok(Found::Nothing) };
    let fingerprint = record.code.fingerprint().to_string();
    let checked = match &record.code {
        Code::ServerToken(token) => CheckedCode::ServerToken(token),
        Code::JsTicket(ticket) => CheckedCode::JsTicket(ticket),
        _ => return Ok(Found::Nothing),
    };
    Ok(match opened.app.check(checked).await.map_err(failed)? {
        Validity::ValidUntil(until) => {
            Found::Valid { fingerprint, stored: record.expires_at, until }
        }
        _ => Found::Invalid { fingerprint },
    })
}

impl Found {
    fn words(&self, now: UnixSeconds) -> String {
        match self {
            Self::Nothing => "is not in the store".to_owned(),
            Self::Invalid { fingerprint } => {
                format!("#{fingerprint} is refused: somebody else issued another")
            }
            Self::Valid { fingerprint, stored, until } => {
                let replaced = if stored.since(*until).as_secs() > 60 {
                    "; the record says longer: somebody else replaced it"
                } else {
                    ""
                };
                format!("#{fingerprint} is valid until {}{replaced}", moment(*until, now))
            }
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Nothing => json!({ "stored": false, "valid": false }),
            Self::Invalid { fingerprint } => {
                json!({ "stored": true, "valid": false, "fingerprint": fingerprint })
            }
            Self::Valid { fingerprint, stored, until } => json!({
                "stored": true,
                "valid": true,
                "fingerprint": fingerprint,
                "stored_until": stored.as_secs(),
                "valid_until": until.as_secs(),
            }),
        }
    }
}
