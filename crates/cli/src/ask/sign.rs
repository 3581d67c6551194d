//! `yzb sign URL`: a page as `core.config` wants it.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};
use yzb::{Clock as _, PageUrl, SystemClock};

use super::{Which, failed, moment};
use crate::environment::Environment;

/// Signs the page of this URL with the ticket in use.
pub(crate) async fn run(
    which: &Which,
    url: &str,
    environment: &Environment,
    output: impl Write,
) -> anyhow::Result<ExitCode> {
    let rewritten = PageUrl::rewrite(url)?;
    let opened = which.open(environment).await?;
    let lints: Vec<_> = rewritten.lints.iter().map(yzb::proto::Lint::name).collect();
    let signed = opened.app.sign(rewritten.page).await.map_err(failed)?;
    let config: Value = serde_json::from_str(&signed.to_json())?;
    let now = SystemClock::new().now().wall;
    let mut text = String::new();
    for name in ["app_id", "timestamp", "nonce_str", "signature", "url"] {
        let value = config[name].as_str().map_or_else(|| config[name].to_string(), str::to_owned);
        text += &format!("{name:<9}  {value}\n");
    }
    text += &format!("accepted   surely until {}\n", moment(signed.sure_until(), now));
    for lint in &lints {
        text += &format!("unusual    {lint}: see `yzb explain`\n");
    }
    let json = json!({
        "config": config,
        "sure_until": signed.sure_until().as_secs(),
        "lints": lints,
    });
    which.write(output, &text, &json)?;
    Ok(ExitCode::SUCCESS)
}
