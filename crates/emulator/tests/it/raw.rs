//! A raw socket that speaks just enough HTTP/1.1 to see what comes over the wire.

use std::io::{Read, Write};
use std::net::TcpStream;

use yzb_emulator::Emulator;

/// What came back, as it came.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The status line and the header lines.
    pub(crate) head: String,
    /// The body, freed of its framing.
    pub(crate) body: Vec<u8>,
}

pub(crate) fn connect(emulator: &Emulator) -> TcpStream {
    TcpStream::connect(emulator.origin().strip_prefix("http://").unwrap()).unwrap()
}

/// Sends one request as it is written and reads one answer. `\n` in `head` is a line's end.
pub(crate) fn exchange(stream: &mut TcpStream, head: &str, body: &[u8]) -> Seen {
    let length = body.len();
    let head = head.trim_end().replace('\n', "\r\n");
    let mut bytes = format!("{head}\r\nContent-Length: {length}\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body);
    stream.write_all(&bytes).unwrap();
    read(stream)
}

/// Posts a form on a connection of its own.
pub(crate) fn post(emulator: &Emulator, path: &str, body: &str) -> Seen {
    exchange(&mut connect(emulator), &format!("POST {path} HTTP/1.1\nHost: x"), body.as_bytes())
}

pub(crate) fn read(stream: &mut TcpStream) -> Seen {
    let head = read_head(stream);
    let mut seen = Seen { head, body: Vec::new() };
    if seen.header("transfer-encoding") == Some("chunked") {
        seen.body = read_chunks(stream);
    } else if let Some(length) = seen.header("content-length") {
        seen.body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut seen.body).unwrap();
    } else {
        stream.read_to_end(&mut seen.body).unwrap();
    }
    seen
}

pub(crate) fn read_head(stream: &mut TcpStream) -> String {
    String::from_utf8(read_until(stream, b"\r\n\r\n")).unwrap()
}

fn read_until(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(end) {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    bytes
}

fn read_chunks(stream: &mut TcpStream) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = String::from_utf8(read_until(stream, b"\r\n")).unwrap();
        let length = usize::from_str_radix(line.trim(), 16).unwrap();
        let mut chunk = vec![0; length + 2];
        stream.read_exact(&mut chunk).unwrap();
        body.extend_from_slice(&chunk[..length]);
        if length == 0 {
            return body;
        }
    }
}

impl Seen {
    /// The HTTP status.
    pub(crate) fn http(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    pub(crate) fn status(&self) -> String {
        self.json()["status"].as_str().unwrap().to_owned()
    }
}
