//! `yzb user OPEN_ID`: what the platform says of a user.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;
use yzb::{BaseInfoAccess, OpenId};

use super::{Which, failed, printable};
use crate::environment::Environment;
use crate::exit::{Ended, Exit};

/// Shows what the platform says of a user: whether they added the app, what they granted, and their
/// nick, avatar and sex if they granted that.
///
/// Exit codes: 0 they added the app; 1 they did not; 2 wrong arguments; 3 the configuration cannot be
/// used; 4 it is refused; 5 try again later.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,

    /// The user's open id.
    open_id: String,
}

impl Arguments {
    pub(crate) async fn run(
        &self,
        environment: &Environment,
        output: impl Write,
    ) -> anyhow::Result<ExitCode> {
        let open_id =
            OpenId::new(&self.open_id).map_err(|error| Ended::new(Exit::Arguments, error))?;
        let opened = self.which.open(environment).await?;
        if !opened.app.is_added(&open_id).await.map_err(failed)? {
            let json = json!({ "open_id": open_id.as_str(), "is_added": false });
            self.which.write(output, "has not added the app", &json)?;
            return Ok(Exit::No.into());
        }
        let scopes = opened.app.app_access(&open_id).await.map_err(failed)?;
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
        let granted = if scopes.is_empty() { "nothing".to_owned() } else { scopes.join(", ") };
        let mut text = format!("granted  {}", printable(&granted));
        let mut json = json!({ "open_id": open_id.as_str(), "is_added": true, "granted": scopes });
        match opened.app.base_info(&open_id).await.map_err(failed)? {
            BaseInfoAccess::Granted(info) => {
                let sex = format!("{:?}", info.sex).to_lowercase();
                let (nick, avatar) = (info.nick.as_str(), info.avatar.as_str());
                text += &format!("\nnick     {}", printable(nick));
                text += &format!("\navatar   {}", printable(avatar));
                text += &format!("\nsex      {sex}");
                json["base_info"] = json!({ "nick": nick, "avatar": avatar, "sex": sex });
            }
            _ => text += "\nnick     not granted",
        }
        self.which.write(output, &text, &json)?;
        Ok(ExitCode::SUCCESS)
    }
}
