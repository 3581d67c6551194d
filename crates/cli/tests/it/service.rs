//! A running `yzb serve`, what it logs, and how it is asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// A service that says so much without what is waited for will not say it.
const MOST_LINES: usize = 600;

/// The service, killed at its end.
pub(crate) struct Service {
    child: Child,
    lines: Receiver<String>,
    /// Everything that it has written so far.
    pub(crate) log: String,
    /// Where it listens.
    pub(crate) address: String,
}

impl Service {
    /// Starts it by this file, which has a JSON log and one address with port 0.
    pub(crate) fn start(config: &str) -> Self {
        let mut service = Self::spawn(config);
        service.until_serving();
        service
    }

    /// Waits until it listens.
    pub(crate) fn until_serving(&mut self) {
        let serving = self.until("serving");
        let address = serving["addresses"].as_str().unwrap();
        self.address = address.split(", ").next().unwrap_or_default().to_owned();
    }

    /// The same, without waiting for anything.
    pub(crate) fn spawn(config: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yzb"));
        command.args(["serve", "--config", config]);
        Self::run(command)
    }

    /// The same by this command, which becomes the service.
    pub(crate) fn run(mut command: Command) -> Self {
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(name);
        }
        let mut child = command.spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        Self { child, lines, log: String::new(), address: String::new() }
    }

    /// Waits for the line with this message.
    pub(crate) fn until(&mut self, message: &str) -> Value {
        self.until_line(message, |line| line["message"] == message)
    }

    /// Waits until every app has both codes.
    pub(crate) fn until_ready(&mut self) {
        self.until("every app has both codes");
    }

    /// Waits for such a line.
    pub(crate) fn until_line(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..MOST_LINES {
            let line = self.lines.recv_timeout(Duration::from_secs(30));
            let Ok(line) = line else { panic!("no line for {what} in:\n{}", self.log) };
            self.log.push_str(&line);
            self.log.push('\n');
            let line: Value = serde_json::from_str(&line).unwrap_or(Value::Null);
            if is_it(&line) {
                return line;
            }
        }
        panic!("no line for {what} in:\n{}", self.log);
    }

    /// How many descriptors it has open.
    #[cfg(target_os = "linux")]
    pub(crate) fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// Sends a signal by its name: `HUP`, `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Reads the log to its end; the exit code.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(60)) {
            self.log.push_str(&line);
            self.log.push('\n');
        }
        self.child.wait().unwrap().code()
    }

    /// Tells it to stop, and waits for its end.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        self.signal("TERM");
        self.ended()
    }

    /// As a power failure would end it.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Status and body of an answer.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// A field of an answer of JSON.
    pub(crate) fn field(&self, path: &str, name: &str) -> String {
        let (status, body) = self.get(path);
        assert_eq!(status, 200, "{path}: {body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        body[name].as_str().unwrap_or_else(|| panic!("{name} in {body}")).to_owned()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}
