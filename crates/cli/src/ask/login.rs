//! `yzb login CODE`: a page's code for the user.

use std::io::{Read, Write};
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;

use super::{Which, failed, printable};
use crate::environment::Environment;

/// Exchanges a page's login-free code for the user. A code is good for one login: it is spent by this.
///
/// Others on this machine can see arguments: `-` reads the code from standard input.
///
/// Exit codes: 0 logged in; 2 wrong arguments; 3 the configuration cannot be used; 4 it is refused:
/// most often the code is spent; 5 try again later.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,

    /// The code from `requestAuthCode`, or `-`.
    code: String,

    /// Show the user's own tokens too, which are secrets.
    #[arg(long)]
    reveal: bool,
}

impl Arguments {
    pub(crate) async fn run(
        &self,
        environment: &Environment,
        mut input: impl Read,
        output: impl Write,
    ) -> anyhow::Result<ExitCode> {
        let mut code = self.code.clone();
        if code == "-" {
            code.clear();
            input.read_to_string(&mut code).context("cannot read standard input")?;
        }
        let opened = self.which.open(environment).await?;
        let user = opened.app.login(code.trim()).await.map_err(failed)?;
        let scope = user.scope.as_ref().map(|scope| scope.as_str().to_owned());
        let mut text = format!("open_id  {}", printable(user.open_id.as_str()));
        let mut json = json!({ "open_id": user.open_id.as_str(), "scope": scope });
        if let Some(scope) = &scope {
            text += &format!("\nscope    {}", printable(scope));
        }
        if self.reveal {
            if let Some(token) = &user.access_token {
                text += &format!("\naccess_token   {}", token.expose_secret());
                json["access_token"] = token.expose_secret().into();
            }
            if let Some(token) = &user.refresh_token {
                text += &format!("\nrefresh_token  {}", token.expose_secret());
                json["refresh_token"] = token.expose_secret().into();
            }
        }
        self.which.write(output, &text, &json)?;
        Ok(ExitCode::SUCCESS)
    }
}
