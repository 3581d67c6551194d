//! The service itself, if it runs here.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use yzb::{AppId, Fingerprint, Kind};

use super::finding::Finding;
use crate::config::{Listen, Loaded};

/// How long it may take to answer.
const LIMIT: Duration = Duration::from_secs(3);

/// The longest part of an answer that is read: how an app stands, with its last events.
const MOST: u64 = 64 * 1024;

pub(super) async fn examine(loaded: &Loaded, findings: &mut Vec<Finding>) {
    for listen in &loaded.config.service.listen {
        if matches!(listen, Listen::Tcp(address) if address.port() == 0) {
            findings.push(Finding::skipped("service", format!("{listen}: a port that it chooses")));
            continue;
        }
        findings.push(match timeout(LIMIT, ask(listen, "/v1/live", None)).await {
            Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200") => {
                Finding::good("service", format!("answers on {listen}"))
            }
            Ok(Ok(_)) => Finding::bad("service", format!("something else answers on {listen}"))
                .remedy("find out what listens there, or choose another address"),
            Ok(Err(error)) => {
                Finding::warning("service", format!("is not there on {listen} ({})", error.kind()))
                    .remedy("if it should run here, start it: yzb serve")
            }
            Err(_) => Finding::bad("service", format!("is silent on {listen}"))
                .remedy("look into its log, and restart it"),
        });
    }
}

/// What it answers there to a question for this path.
async fn ask(listen: &Listen, path: &str, token: Option<&str>) -> std::io::Result<String> {
    match listen {
        Listen::Tcp(address) => put(TcpStream::connect(address).await?, path, token).await,
        #[cfg(unix)]
        Listen::Unix(at) => put(tokio::net::UnixStream::connect(at).await?, path, token).await,
        #[cfg(not(unix))]
        Listen::Unix(_) => Err(std::io::ErrorKind::Unsupported.into()),
    }
}

async fn put(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    path: &str,
    token: Option<&str>,
) -> std::io::Result<String> {
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n"));
    let token = token.unwrap_or_default();
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{token}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MOST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// A code of an app, by which it is told whether a service keeps it.
pub(crate) type Held = (AppId, Kind, Fingerprint);

/// Where a service on this machine answers that holds these codes. One that is ready may be of other
/// apps, or of another store.
pub(crate) async fn that_holds(loaded: &Loaded, codes: &[Held]) -> Option<String> {
    let bearer = loaded.config.service.bearer_tokens.first();
    let token = bearer.map(|bearer| loaded.secret(&bearer.token));
    for listen in &loaded.config.service.listen {
        if matches!(listen, Listen::Tcp(address) if address.port() == 0) {
            continue;
        }
        if holds(listen, token, codes).await {
            return Some(listen.to_string());
        }
    }
    None
}

async fn holds(listen: &Listen, token: Option<&str>, codes: &[Held]) -> bool {
    let mut of_app: Option<(&AppId, Value)> = None;
    for (app_id, kind, code) in codes {
        let report = match of_app.take().filter(|(known, _)| *known == app_id) {
            Some((_, report)) => report,
            None => match timeout(LIMIT, status(listen, token, app_id)).await {
                Ok(Some(report)) => report,
                _ => return false,
            },
        };
        let field = if *kind == Kind::JsTicket { "js_ticket" } else { "server_token" };
        if report[field]["fingerprint"] != code.to_string() {
            return false;
        }
        of_app = Some((app_id, report));
    }
    !codes.is_empty()
}

/// How an app stands there, if it is one of the service's.
async fn status(listen: &Listen, token: Option<&str>, app_id: &AppId) -> Option<Value> {
    let path = format!("/v1/apps/{app_id}/status");
    let answer = ask(listen, &path, token).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200").then(|| serde_json::from_str(body).ok())?
}
