//! An HTTP proxy that wants a password and connects by CONNECT.

use std::io::{Read as _, Write as _, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::spawn;

/// It serves until the test ends.
pub(crate) struct Proxy {
    pub(crate) address: String,
    let_through: Arc<AtomicUsize>,
}

impl Proxy {
    /// Lets through who shows this header: `Basic …`.
    pub(crate) fn start(authorization: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let let_through = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&let_through);
        spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let count = Arc::clone(&count);
                spawn(move || serve(client, authorization, &count));
            }
        });
        Self { address, let_through }
    }

    /// How many tunnels were made.
    pub(crate) fn tunnels(&self) -> usize {
        self.let_through.load(Ordering::SeqCst)
    }
}

fn serve(mut client: TcpStream, authorization: &str, count: &AtomicUsize) -> Option<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let target = head.strip_prefix("CONNECT ")?.split(' ').next()?;
    let shown = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization").then_some(value)
    });
    if shown != Some(authorization) {
        let answer = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        return client.write_all(answer.as_bytes()).ok();
    }
    let mut server = TcpStream::connect(target).ok()?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    count.fetch_add(1, Ordering::SeqCst);
    let (mut from_client, mut to_server) = (client.try_clone().ok()?, server.try_clone().ok()?);
    spawn(move || {
        let _ = copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    copy(&mut server, &mut client).ok()?;
    client.shutdown(Shutdown::Write).ok()
}
