//! `log`: what the service writes, and how.

use super::reader::{Fields, Reader};

/// How the service logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    pub(crate) level: LogLevel,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// A JSON object a line.
    Json,
}

/// Down to what the log goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

const FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];

const LEVELS: [(&str, LogLevel); 5] = [
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

pub(super) fn read(reader: &mut Reader, root: &Fields<'_>) -> Log {
    let mut log = Log { format: LogFormat::Text, level: LogLevel::Info };
    let fields = root.find("log").and_then(|at| reader.map(&at, &["format", "level"]));
    let Some(fields) = fields else { return log };
    if let Some(format) = fields.find("format").and_then(|at| reader.choice(&at, &FORMATS)) {
        log.format = format;
    }
    if let Some(level) = fields.find("level").and_then(|at| reader.choice(&at, &LEVELS)) {
        log.level = level;
    }
    log
}

impl LogFormat {
    /// As the file writes it.
    pub(crate) fn name(self) -> &'static str {
        FORMATS.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }
}

impl LogLevel {
    /// As the file writes it.
    pub(crate) fn name(self) -> &'static str {
        LEVELS.iter().find(|(_, level)| *level == self).map_or("", |(name, _)| name)
    }
}
