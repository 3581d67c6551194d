//! `yzb doctor`: what is wrong, from the configuration to the service, and how to mend it.

pub(crate) mod finding;
mod platform;
pub(crate) mod service;
mod store;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use crate::config::{Loaded, Origin};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::output::while_read;
use finding::{Finding, Verdict};

/// Looks at everything on the way from the configuration to a signed page: the configuration, DNS,
/// TCP, the proxy, TLS, the platform's answer, the clock, Redis and the records in it, the service. A
/// line says what was found, and the next how to mend it.
///
/// Nothing is issued and nothing is changed. So of the secret and the allow-list only as much is seen
/// as the platform says to a check of the code that is in the store.
///
/// Exit codes: 0 nothing is wrong, whatever is remarked; 1 something is; 2 wrong arguments; 3 the
/// configuration cannot be used.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The configuration; without it the one that the other commands take.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// One JSON object: all findings, and whether all is well.
    #[arg(long)]
    json: bool,
}

/// Looks at everything, and tells what it found to `output`.
pub(crate) fn run(
    arguments: &Arguments,
    environment: &Environment,
    output: impl Write,
) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let origin = Origin::find(arguments.config.as_deref(), environment);
    let (findings, bad) = runtime.block_on(examine(&origin, environment));
    let is_bad = findings.iter().any(|finding| finding.verdict == Verdict::Bad);
    while_read(tell(&findings, arguments.json, output))?;
    Ok(if is_bad { bad.into() } else { ExitCode::SUCCESS })
}

/// What was found, and the exit code if something of it is bad.
async fn examine(origin: &Origin, environment: &Environment) -> (Vec<Finding>, Exit) {
    let loaded = match Loaded::load(origin, environment).await {
        Ok(loaded) => loaded,
        Err(error) => {
            let finding = Finding::bad("configuration", error.to_string())
                .remedy("mend the file; `yzb config check` says the same with less around it");
            return (vec![finding], Exit::Configuration);
        }
    };
    let mut findings = vec![configuration(&loaded)];
    for line in crate::config::lines(&loaded.name, &loaded.warnings) {
        findings.push(Finding::warning("configuration", line));
    }
    let http = crate::setup::http(&loaded, environment);
    platform::examine(&loaded, environment, http.as_ref(), &mut findings).await;
    store::examine(&loaded, http.as_ref().ok(), &mut findings).await;
    service::examine(&loaded, &mut findings).await;
    (findings, Exit::No)
}

fn configuration(loaded: &Loaded) -> Finding {
    let apps = loaded.config.apps.len();
    Finding::good("configuration", format!("{} can be used; apps: {apps}", loaded.name))
}

fn tell(findings: &[Finding], json: bool, mut output: impl Write) -> std::io::Result<()> {
    if json {
        let is_good = findings.iter().all(|finding| finding.verdict != Verdict::Bad);
        let findings: Vec<_> = findings.iter().map(Finding::json).collect();
        return writeln!(output, "{}", json!({ "good": is_good, "findings": findings }));
    }
    findings.iter().try_for_each(|finding| writeln!(output, "{finding}"))?;
    writeln!(output, "{}", finding::sum(findings))
}
