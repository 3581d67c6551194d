//! The log: text for people or a JSON object a line, of our own crates only.

mod lines;

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

use lines::Written;

use crate::config::{Log, LogFormat, LogLevel};

/// Begins to log to standard error, until what it returns is dropped.
///
/// Of other people's crates nothing is logged: what they write at their lower levels is not ours to
/// vouch for, and may be a secret.
pub(super) fn begin(log: Log, is_terminal: bool) -> anyhow::Result<Written> {
    let targets = Targets::new().with_target("yzb", level(log.level));
    let (writer, written) = lines::begin(std::io::stderr())?;
    let lines = fmt::layer().with_writer(writer);
    let registry = Registry::default();
    match log.format {
        LogFormat::Text => {
            let lines = lines.with_ansi(is_terminal).with_target(false);
            registry.with(lines.with_filter(targets)).try_init()?;
        }
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_span_list(false);
            registry.with(lines.with_filter(targets)).try_init()?;
        }
    }
    Ok(written)
}

const fn level(level: LogLevel) -> Level {
    match level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Trace => Level::TRACE,
    }
}
