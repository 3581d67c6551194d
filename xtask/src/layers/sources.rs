//! What the sources themselves must not say: IO in proto, somebody's HTTP client in a signature.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::host::Host;
use crate::source::{Token, reads, tokens};

const PROTO: &str = "crates/proto/src";

/// Where the public promises of the transport and of the Redis store are; what is behind them may name
/// what it adapts.
const PROMISES: &[(&str, &[&str])] = &[
    ("crates/transport/src", &["transport", "shared", "client", "retry", "error"]),
    ("crates/store-redis/src", &["builder", "event", "failure", "invalid", "lib", "store"]),
];

/// Modules of std that need an operating system. `core::net` and `Duration` do not.
const NOT_IN_PROTO: &[&str] = &["env", "fs", "net", "process", "thread"];

/// Words that mean a clock or a runtime wherever they stand.
const NOT_SAID_IN_PROTO: &[&str] = &["SystemTime", "Instant", "async", "await"];

/// Crates whose major version must not become ours.
const NOT_IN_SIGNATURES: &[&str] = &["hyper", "hyper_util", "redis", "reqwest", "rustls"];

pub(super) fn check(host: &Host) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for file in rust_files(host, Path::new(PROTO))? {
        let source = host.read(&file)?;
        let tokens = tokens(&source);
        complaints.extend(named(&file, io(&tokens)));
        complaints.extend(named(&file, foreign(&tokens)));
    }
    let promises = PROMISES.iter().flat_map(|(folder, stems)| {
        stems.iter().map(|stem| Path::new(folder).join(stem).with_extension("rs"))
    });
    for file in promises {
        // A file that is not there cannot break a promise.
        if host.root.join(&file).is_file() {
            complaints.extend(named(&file, foreign(&tokens(&host.read(&file)?))));
        }
    }
    Ok(complaints)
}

/// A complaint and the line it is about.
type Found = (usize, String);

/// Sockets, files, clocks, threads, environment, async.
fn io(tokens: &[Token<'_>]) -> Vec<Found> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if NOT_SAID_IN_PROTO.contains(&token.text) {
            found.push((
                token.line,
                format!("`{}`: proto knows neither clock nor runtime", token.text),
            ));
        }
        if token.text == "std" && reads(tokens, at + 1, &[":", ":"]) {
            for module in modules(tokens, at + 3) {
                if NOT_IN_PROTO.contains(&module.text) {
                    let complaint =
                        format!("`std::{}`: proto asks nothing of a system", module.text);
                    found.push((module.line, complaint));
                }
            }
        }
    }
    found
}

/// The modules named after `std::`: one, or those of a group such as `{fmt, net::{self, TcpStream}}`.
fn modules<'a>(tokens: &'a [Token<'a>], at: usize) -> Vec<Token<'a>> {
    if !reads(tokens, at, &["{"]) {
        return tokens.get(at).copied().into_iter().collect();
    }
    let mut modules = Vec::new();
    let (mut depth, mut first) = (0_usize, true);
    for token in &tokens[at..] {
        match token.text {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => first = true,
            _ if depth == 1 && first => {
                modules.push(*token);
                first = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    modules
}

/// Paths into a crate that must stay out of sight. `crate::hyper` is a module of ours.
fn foreign(tokens: &[Token<'_>]) -> Vec<Found> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_path = reads(tokens, at + 1, &[":", ":"]) || at > 0 && tokens[at - 1].text == "use";
        let is_ours = at >= 3
            && reads(tokens, at - 2, &[":", ":"])
            && matches!(tokens[at - 3].text, "crate" | "self" | "super");
        if NOT_IN_SIGNATURES.contains(&token.text) && is_path && !is_ours {
            found.push((
                token.line,
                format!("`{}`: its types must not show; keep it in the adapter's file", token.text),
            ));
        }
    }
    found
}

fn named(file: &Path, found: Vec<Found>) -> impl Iterator<Item = String> {
    let file = file.display().to_string();
    found.into_iter().map(move |(line, complaint)| format!("{file}:{line}: {complaint}"))
}

/// All sources in `folder` and below, except files of tests only.
fn rust_files(host: &Host, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = host.list(folder, "")?;
    let mut rust = Vec::new();
    while let Some(file) = files.pop() {
        let is_test = file.file_stem().is_some_and(|stem| stem == "tests");
        if host.root.join(&file).is_dir() {
            files.extend(host.list(&file, "")?);
        } else if !is_test && file.extension().is_some_and(|extension| extension == "rs") {
            rust.push(file);
        }
    }
    rust.sort();
    Ok(rust)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_in_proto_is_found_however_it_is_imported() {
        for source in [
            "use std::net::TcpStream;",
            "use std::{fmt, net::{self, TcpStream}};",
            "let x = std::env::var(\"X\");",
            "use std::fs;",
            "std::thread::yield_now();",
            "use std::time::{Duration, SystemTime};",
            "fn f(now: std::time::Instant) {}",
            "async fn f() {}",
            "let x = f().await;",
        ] {
            assert_eq!(io(&tokens(source)).len(), 1, "{source}");
        }
    }

    #[test]
    fn what_only_sounds_like_io_passes() {
        for source in [
            "use std::time::Duration; use core::net::IpAddr;",
            "use std::{collections::BTreeMap, fmt::{self, net}};",
            "// use std::net::TcpStream;\n/// `async fn`\nfn f() {}",
            "fail(\"std::fs is not for us\");",
            "#[cfg(test)] mod tests { use std::fs; }",
            "env!(\"CARGO_PKG_VERSION\")",
        ] {
            assert_eq!(io(&tokens(source)), [], "{source}");
        }
    }

    #[test]
    fn a_foreign_type_in_a_promise_is_found_with_its_line() {
        let found = foreign(&tokens("use http::Request;\npub fn f(error: hyper::Error) {}"));
        assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2]);
        for source in ["use reqwest;", "fn f(x: ::rustls::Error) {}", "use hyper_util::client;"] {
            assert_eq!(foreign(&tokens(source)).len(), 1, "{source}");
        }
    }

    #[test]
    fn our_own_adapter_may_be_named() {
        for source in [
            "use crate::hyper::HyperTransport;",
            "pub mod hyper;",
            "#[cfg(feature = \"hyper\")] pub use self::hyper::Builder;",
            "// hyper::Error\nlet reqwest = 1;",
        ] {
            assert_eq!(foreign(&tokens(source)), [], "{source}");
        }
    }
}
