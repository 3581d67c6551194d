//! `yzb users`: everybody who has added the app.

use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;

use serde_json::json;
use yzb::UserId;

use super::{Which, failed, printable};
use crate::environment::Environment;
use crate::exit::{Ended, Exit};
use crate::output::while_read;

/// Lists everybody who has added the app, page by page: a line each, the row's number and the open id.
/// With --json a JSON object a line. On a terminal it shows how far it is.
///
/// Exit codes: 0 the list is whole; 2 wrong arguments; 3 the configuration cannot be used; 4 it is
/// refused; 5 try again later: `--after` goes on behind the last row.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,

    /// Begin behind this row, where an earlier list was left.
    #[arg(long, value_name = "ROW")]
    after: Option<String>,
}

impl Arguments {
    pub(crate) async fn run(
        &self,
        environment: &Environment,
        mut output: impl Write,
    ) -> anyhow::Result<ExitCode> {
        let after = self.after.as_deref().map(UserId::new).transpose();
        let after = after.map_err(|error| Ended::new(Exit::Arguments, error))?;
        let opened = self.which.open(environment).await?;
        // Beside a list on the same terminal it would be in the way.
        let shows_progress = io::stderr().is_terminal() && !io::stdout().is_terminal();
        let all = match shows_progress {
            true => opened.app.user_count().await.ok(),
            false => None,
        };
        let mut users = opened.app.users();
        if let Some(row) = after {
            users = users.after(row);
        }
        let mut count = 0_u64;
        loop {
            let page = users.next_page().await.map_err(failed)?;
            if page.is_empty() {
                break;
            }
            for user in &page {
                let (row, open_id) = (user.id.as_str(), user.open_id.as_str());
                let written = if self.which.json {
                    writeln!(output, "{}", json!({ "id": row, "open_id": open_id }))
                } else {
                    writeln!(output, "{} {}", printable(row), printable(open_id))
                };
                match written {
                    // Whoever reads has seen enough.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                        return Ok(ExitCode::SUCCESS);
                    }
                    written => written?,
                }
            }
            count += page.len() as u64;
            if shows_progress {
                progress(count, all);
            }
        }
        if shows_progress {
            let _ = writeln!(io::stderr());
        }
        while_read(output.flush())?;
        Ok(ExitCode::SUCCESS)
    }
}

fn progress(count: u64, all: Option<u64>) {
    const WIDTH: u64 = 30;
    let mut terminal = io::stderr();
    let _ = match all.filter(|all| *all > 0) {
        Some(all) => {
            let filled = (count.min(all) * WIDTH / all) as usize;
            let bar = "#".repeat(filled) + &"-".repeat(WIDTH as usize - filled);
            write!(terminal, "\r[{bar}] {count} of {all}")
        }
        None => write!(terminal, "\r{count}"),
    };
    let _ = terminal.flush();
}
