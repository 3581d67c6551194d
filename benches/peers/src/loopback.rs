//! A token endpoint on the loopback, for peers that want to talk HTTP.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::row::{Failure, Issues, LIFETIME, TOKEN};

/// Starts an endpoint on a port of its own that gives the same answer to everybody.
pub(crate) async fn serve(issues: Issues) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            issues.count();
            // Who hangs up early shows that in a row without figures.
            let _ = answer(stream).await;
        }
    });
    Ok(address)
}

/// The answer's body, as all the peers read it.
pub(crate) fn body() -> String {
    format!(r#"{{"access_token":"{TOKEN}","expires_in":{LIFETIME},"token_type":"Bearer"}}"#)
}

/// Reads a request without a body, and answers it.
async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let body = body();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMetadata-Flavor: Google\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len(),
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}
