//! `yzb config check`: every problem of a file at once, before it is used.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::exposed::exposed;
use super::load::{lines, look_up, read, unreadable};
use super::{Config, Follow, Problem, Secret, Severity, Sources, file, report};
use crate::environment::Environment;
use crate::output::while_read;

/// Checks a configuration, and tells every problem at once: file, line, column and remedy. Nothing
/// is sent, and nothing of the file is quoted.
///
/// Without --config, the file is the one that YZB_CONFIG names, else config.yaml here.
///
/// Exit codes: 0 the file can be used; 1 it cannot; 2 wrong arguments; 3 it cannot be read. Warnings
/// alone leave it at 0.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The file to check.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// One JSON object: the problems, and what the file comes to without its secrets.
    #[arg(long)]
    json: bool,

    /// How far secrets that stand elsewhere are followed, and whether other files are looked at.
    #[arg(long, value_enum, value_name = "HOW", default_value = "read")]
    secrets: Follow,
}

/// The file has an error.
const BAD: u8 = 1;

/// The file cannot be read.
const UNREADABLE: u8 = 3;

/// Checks, and prints what was found to `output`.
pub(crate) fn run(
    arguments: &Arguments,
    environment: &Environment,
    mut output: impl Write,
) -> anyhow::Result<ExitCode> {
    let path = file(arguments.config.as_deref(), environment);
    let verdict = match read(&path) {
        Ok(bytes) => check(&bytes, &path, arguments.secrets, environment)?,
        Err(error) => Verdict::unreadable(&error),
    };
    let written = if arguments.json {
        writeln!(output, "{}", verdict.json(&path))
    } else {
        verdict.print(&path, &mut output)
    };
    while_read(written)?;
    Ok(ExitCode::from(verdict.code))
}

/// What came of a check.
struct Verdict {
    code: u8,
    problems: Vec<Problem>,
    /// What the file comes to, if it can be used.
    report: Option<Value>,
}

fn check(
    bytes: &[u8],
    path: &Path,
    follow: Follow,
    environment: &Environment,
) -> anyhow::Result<Verdict> {
    let reading = Config::read(bytes);
    let mut problems = reading.problems;
    let Some(config) = reading.config else {
        return Ok(Verdict { code: BAD, problems, report: None });
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let sources = Sources { environment, folder, command_limit: Secret::COMMAND_LIMIT };
    // Commands want a runtime to be timed by.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (found, wrong) = runtime.block_on(look_up(&config, &sources, follow));
    problems.extend(wrong);
    problems.extend(exposed(&config, path, &sources, follow));
    problems.sort_by_key(|problem| problem.place);
    let is_good = problems.iter().all(|problem| problem.severity == Severity::Warning);
    let report = is_good.then(|| report(&config, &found));
    Ok(Verdict { code: if is_good { 0 } else { BAD }, problems, report })
}

impl Verdict {
    fn unreadable(error: &std::io::Error) -> Self {
        Self { code: UNREADABLE, problems: vec![unreadable(error)], report: None }
    }

    /// `config.yaml:12:5: error: …`, a line for each, as editors and CI systems read it.
    fn print(&self, path: &Path, output: &mut impl Write) -> std::io::Result<()> {
        for line in lines(&path.display().to_string(), &self.problems) {
            writeln!(output, "{line}")?;
        }
        match &self.report {
            Some(report) => summary(report, path, output),
            None => Ok(()),
        }
    }

    fn json(&self, path: &Path) -> Value {
        let problem = |problem: &Problem| {
            json!({
                "severity": problem.severity.name(),
                "line": problem.place.line,
                "column": problem.place.column,
                "setting": problem.path,
                "problem": problem.what,
                "remedy": problem.remedy,
            })
        };
        json!({
            "file": path.display().to_string(),
            "usable": self.code == 0,
            "problems": self.problems.iter().map(problem).collect::<Vec<_>>(),
            "config": self.report,
        })
    }
}

/// The few things by which somebody sees that it is the file they meant.
fn summary(report: &Value, path: &Path, output: &mut impl Write) -> std::io::Result<()> {
    let apps = report["apps"].as_array().map_or(&[][..], Vec::as_slice);
    let ids: Vec<_> = apps.iter().filter_map(|app| app["app_id"].as_str()).take(5).collect();
    let more = apps.len().saturating_sub(ids.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let (platform, store) = (&report["platform"], &report["store"]);
    writeln!(output, "{}: can be used", path.display())?;
    writeln!(output, "  platform  {}{}", text(&platform["origin"]), through(&platform["proxy"]))?;
    writeln!(output, "  apps      {}: {}{more}", apps.len(), ids.join(", "))?;
    match store["directory"].as_str() {
        Some(directory) => writeln!(output, "  store     the folder {directory}")?,
        None => writeln!(output, "  store     {}", redis(&store["redis"]))?,
    }
    writeln!(output, "  service   {}", joined(&report["service"]["listen"]))?;
    let log = &report["log"];
    writeln!(output, "  log       {}, from {} up", text(&log["format"]), text(&log["level"]))
}

fn through(proxy: &Value) -> String {
    match (proxy.is_null(), proxy["proxy"].as_str()) {
        (true, _) => String::new(),
        (false, Some(shown)) => format!(", through the proxy {shown}"),
        (false, None) if proxy["from"] == "the environment" => {
            ", through the environment's proxy if it names one".to_owned()
        }
        (false, None) => format!(", through a proxy that {} names", text(&proxy["from"])),
    }
}

fn redis(redis: &Value) -> String {
    let kind = match redis["kind"].as_str() {
        Some("sentinel") => "Redis by the Sentinels",
        Some("cluster") => "the Redis cluster of",
        _ => "Redis at",
    };
    let servers = match &redis["servers"] {
        Value::Null => "a URL that stands elsewhere".to_owned(),
        servers => joined(servers),
    };
    let tls = if redis["tls"] == true { ", TLS" } else { "" };
    format!("{kind} {servers}, database {}{tls}", redis["database"])
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn joined(list: &Value) -> String {
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    items.iter().map(text).collect::<Vec<_>>().join(", ")
}
