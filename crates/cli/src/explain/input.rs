//! What `yzb explain` is asked.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use yzb::proto::JsTicket;

use crate::environment::Environment;

/// Explains what is signed for a page's URL, what in the URL is unusual, and which published client
/// would have signed something else.
///
/// With a ticket, a nonce and a timestamp it shows the signature; with --signature also whose
/// signature it is that a page got. The ticket is never shown, but its fingerprint. It is taken from
/// --ticket-file or the environment variable YZB_JS_TICKET, because others can see arguments.
///
/// Exit codes: 0 all is well; 1 the signature is not the one of this page, or the URL cannot be signed,
/// or the ticket is none; 2 wrong arguments.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The page's URL. One that begins with a hyphen, or is copied by a program, stands behind `--`.
    pub(super) url: String,

    /// The signature that a page got.
    #[arg(long, value_name = "HEX")]
    pub(super) signature: Option<String>,

    /// The nonce_str that it was made with.
    #[arg(long, value_name = "TEXT")]
    pub(super) nonce: Option<String>,

    /// The timestamp that it was made with.
    #[arg(long, value_name = "UNIX_SECONDS")]
    pub(super) timestamp: Option<u64>,

    /// A file with the js_ticket, or - for standard input.
    #[arg(long, value_name = "FILE")]
    ticket_file: Option<PathBuf>,

    /// One JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

/// The variable that has the ticket.
const VARIABLE: &str = "YZB_JS_TICKET";

/// Bytes that are read in search of a ticket; one that is accepted has 512 at most.
const MOST: u64 = 4096;

impl Arguments {
    /// The ticket, if one is named.
    pub(super) fn ticket(
        &self,
        environment: &Environment,
        input: impl Read,
    ) -> anyhow::Result<Option<JsTicket>> {
        let text = match self.ticket_file.as_deref() {
            Some(path) if path == Path::new("-") => {
                read(input).context("cannot read the ticket from standard input")?
            }
            Some(path) => File::open(path)
                .and_then(read)
                .with_context(|| format!("cannot read the ticket from {}", path.display()))?,
            None => match environment.find(VARIABLE).map(std::ffi::OsStr::to_str) {
                Some(Some(text)) => text.to_owned(),
                Some(None) => anyhow::bail!("{VARIABLE} is not UTF-8"),
                None => return Ok(None),
            },
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Ok(Some(JsTicket::new(text.strip_suffix('\r').unwrap_or(text))?))
    }
}

fn read(input: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    input.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}

/// The URL may have a password in it.
impl std::fmt::Debug for Arguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Arguments(…)")
    }
}
