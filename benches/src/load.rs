//! Load on a server over connections that are kept.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Connections that are asked all at once and then read one by one.
#[derive(Debug)]
pub struct Load {
    streams: Vec<TcpStream>,
    request: String,
    end: &'static str,
}

impl Load {
    /// So many connections to a server, each of which sends this request again and again. An answer of at
    /// most 1024 bytes is known by how it ends.
    ///
    /// # Errors
    ///
    /// The server takes no connection.
    pub fn new(
        address: SocketAddr,
        connections: usize,
        request: String,
        end: &'static str,
    ) -> io::Result<Self> {
        let connect = |_| {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let streams = (0..connections).map(connect).collect::<io::Result<_>>()?;
        Ok(Self { streams, request, end })
    }

    /// Asks on each connection, and reads all answers: how many bytes came back.
    ///
    /// # Errors
    ///
    /// The server hung up, or its answer is too long.
    pub fn ask(&mut self) -> io::Result<usize> {
        for stream in &mut self.streams {
            stream.write_all(self.request.as_bytes())?;
        }
        let end = self.end.as_bytes();
        self.streams.iter_mut().map(|stream| read(stream, end)).sum()
    }
}

/// One answer.
fn read(stream: &mut TcpStream, end: &[u8]) -> io::Result<usize> {
    let (mut buffer, mut length) = ([0; 1024], 0);
    while !buffer[..length].ends_with(end) {
        match stream.read(&mut buffer[length..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => length += read,
        }
    }
    Ok(length)
}
