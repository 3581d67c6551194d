//! `yzb token` and `yzb ticket`: the code that is in use.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;
use yzb::cache::Token;
use yzb::{Clock as _, Kind, Lease, Source, SystemClock};

use super::{Which, failed, moment, moment_json};
use crate::environment::Environment;

// Their help stands at the commands: a comment here would take its place.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,

    /// Show the code itself, which is a secret.
    #[arg(long)]
    reveal: bool,
}

impl Arguments {
    /// Shows the code of this kind.
    pub(crate) async fn run(
        &self,
        kind: Kind,
        environment: &Environment,
        output: impl Write,
    ) -> anyhow::Result<ExitCode> {
        let opened = self.which.open(environment).await?;
        let app_id = opened.app.app_id().as_str();
        if kind == Kind::JsTicket {
            let lease = opened.app.js_ticket().await.map_err(failed)?;
            self.show(kind, app_id, &lease, lease.token().expose_secret(), output)
        } else {
            let lease = opened.app.server_token().await.map_err(failed)?;
            self.show(kind, app_id, &lease, lease.token().expose_secret(), output)
        }
    }

    fn show<T: Token>(
        &self,
        kind: Kind,
        app_id: &str,
        lease: &Lease<T>,
        code: &str,
        output: impl Write,
    ) -> anyhow::Result<ExitCode> {
        let now = SystemClock::new().now().wall;
        let fingerprint = Token::fingerprint(lease.token()).to_string();
        let name = if kind == Kind::JsTicket { "ticket" } else { "server token" };
        let from = match lease.source() {
            Source::Issued => "issued just now",
            _ => "from the store",
        };
        let shown = if self.reveal {
            code.to_owned()
        } else {
            format!("#{fingerprint} (--reveal shows it)")
        };
        let text = format!(
            "{name} of {app_id}, {from}\n  code     {shown}\n  expires  {}",
            moment(lease.expires_at(), now)
        );
        let mut json = json!({
            "app_id": app_id,
            "kind": kind.name(),
            "fingerprint": fingerprint,
            "expires_at": moment_json(lease.expires_at()),
            "issued_now": lease.source() == Source::Issued,
        });
        if self.reveal {
            json["code"] = code.into();
        }
        self.which.write(output, &text, &json)?;
        Ok(ExitCode::SUCCESS)
    }
}
