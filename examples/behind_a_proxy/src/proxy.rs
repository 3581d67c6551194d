//! A proxy as small as can be: CONNECT with one password.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// `user:pass@word`, as the header has it.
const PASSWORD: &str = "Basic dXNlcjpwYXNzQHdvcmQ=";

/// The longest head that is read.
const LONGEST: usize = 8 * 1024;

/// Starts on a free port of this machine; it ends with the runtime.
pub(crate) async fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(tunnel(client));
        }
    });
    Ok(address)
}

async fn tunnel(mut client: TcpStream) -> io::Result<()> {
    let head = read_head(&mut client).await?;
    println!("  the proxy sees: {}", head.lines().next().unwrap_or_default());
    if !head.lines().any(|line| line.ends_with(PASSWORD)) {
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        return client.write_all(refusal).await;
    }
    let target = head.split(' ').nth(1).unwrap_or_default();
    let mut server = TcpStream::connect(target).await?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

async fn read_head(client: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST {
        head.push(client.read_u8().await?);
    }
    String::from_utf8(head).map_err(|_| io::ErrorKind::InvalidData.into())
}
