//! A platform that hands out codes and counts them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Who asks it under a name that begins with this gets no answer.
pub(crate) const SILENT: &str = "silent";

/// Listens on loopback until the test's process ends.
pub(crate) struct Platform {
    port: u16,
    issues: Arc<AtomicU64>,
    unanswered: Receiver<TcpStream>,
}

impl Platform {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (issues, (left, unanswered)) = (Arc::new(AtomicU64::new(0)), channel());
        let count = Arc::clone(&issues);
        std::thread::spawn(move || serve(&listener, &count, &left));
        Self { port, issues, unanswered }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How many codes it issued, delivered or not.
    pub(crate) fn issues(&self) -> u64 {
        self.issues.load(Ordering::SeqCst)
    }

    /// Waits for the request of somebody who gets no answer.
    pub(crate) fn until_asked(&self) -> TcpStream {
        self.unanswered.recv().unwrap()
    }
}

fn serve(listener: &TcpListener, issues: &AtomicU64, left: &Sender<TcpStream>) {
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut name = String::new();
        // Whoever was killed before it sent its name got nothing.
        if !matches!(BufReader::new(&stream).read_line(&mut name), Ok(read) if read > 0) {
            continue;
        }
        let number = issues.fetch_add(1, Ordering::SeqCst) + 1;
        if name.starts_with(SILENT) {
            let _ = left.send(stream);
        } else {
            let _ = writeln!(stream, "code-{number}");
        }
    }
}
