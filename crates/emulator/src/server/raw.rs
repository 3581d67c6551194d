//! Answers as no HTTP library would send them, written to the socket by hand. Each ends the
//! connection.

use std::io;
use std::time::Duration;

use http::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::outgoing::Landing;
use crate::delivery::Manner;

/// What a length that is too long promises beyond what there is.
const MISSING: usize = 64;

/// An answer and what to do to it.
pub(super) struct Raw {
    pub(super) response: Response<Vec<u8>>,
    pub(super) manner: Manner,
    /// Dropped when all is over.
    pub(super) _landing: Option<Landing>,
}

/// Does it.
pub(super) async fn perform(mut stream: TcpStream, raw: Raw) -> io::Result<()> {
    let Raw { response, manner, .. } = &raw;
    let body = response.body();
    let half = &body[..body.len() / 2];
    match manner {
        Manner::Closed => {}
        Manner::ResetBefore => return reset(stream),
        Manner::ResetDuring => {
            send(&mut stream, response, body.len(), half).await?;
            return reset(stream);
        }
        Manner::ResetAfter => {
            send(&mut stream, response, body.len(), body).await?;
            return reset(stream);
        }
        Manner::Truncated => send(&mut stream, response, body.len(), half).await?,
        Manner::LengthTooLong => {
            send(&mut stream, response, body.len() + MISSING, body).await?;
        }
        Manner::LengthTooShort => send(&mut stream, response, half.len(), body).await?,
        Manner::Drip(pause) => drip(&mut stream, response, *pause).await?,
        Manner::Silence => until_it_leaves(&mut stream).await?,
        // These are hyper's, and do not come here.
        Manner::Plain | Manner::Chunked => {}
    }
    stream.shutdown().await
}

/// Says nothing until the client has enough.
async fn until_it_leaves(stream: &mut TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

async fn send(
    stream: &mut TcpStream,
    response: &Response<Vec<u8>>,
    length: usize,
    body: &[u8],
) -> io::Result<()> {
    let mut bytes = head(response, length);
    bytes.extend_from_slice(body);
    stream.write_all(&bytes).await
}

async fn drip(
    stream: &mut TcpStream,
    response: &Response<Vec<u8>>,
    pause: Duration,
) -> io::Result<()> {
    let mut bytes = head(response, response.body().len());
    bytes.extend_from_slice(response.body());
    for byte in bytes {
        stream.write_all(&[byte]).await?;
        tokio::time::sleep(pause).await;
    }
    Ok(())
}

/// Closing with a linger of zero seconds is what makes the system send a reset.
fn reset(stream: TcpStream) -> io::Result<()> {
    stream.set_zero_linger()?;
    drop(stream);
    Ok(())
}

fn head(response: &Response<Vec<u8>>, length: usize) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    for (name, value) in response.headers() {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("content-length: {length}\r\n\r\n").as_bytes());
    bytes
}
