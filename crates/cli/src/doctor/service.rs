//! The service itself, if it runs here.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::finding::Finding;
use crate::config::{Listen, Loaded};

/// How long it may take to answer.
const LIMIT: Duration = Duration::from_secs(3);

/// The longest part of an answer that is read.
const MOST: u64 = 4096;

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

/// Where a service on this machine answers that has both codes of all its apps at hand.
pub(crate) async fn ready(loaded: &Loaded) -> Option<String> {
    let bearer = loaded.config.service.bearer_tokens.first();
    let token = bearer.map(|bearer| loaded.secret(&bearer.token));
    for listen in &loaded.config.service.listen {
        if matches!(listen, Listen::Tcp(address) if address.port() == 0) {
            continue;
        }
        let answer = timeout(LIMIT, ask(listen, "/v1/ready", token)).await;
        if matches!(answer, Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200")) {
            return Some(listen.to_string());
        }
    }
    None
}
