//! A platform, a Redis and a service with so many apps.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use yzb_emulator::{Call, ClockMode, Emulator, World};

use crate::process::{Process, free_port, redis, until};
use crate::program;

/// The page that is signed, percent-encoded.
const PAGE: &str = "https%3A%2F%2Fshop.example%2Fcart";

/// A platform and a Redis, which know nothing yet.
pub(crate) struct Ground {
    pub(crate) platform: Emulator,
    pub(crate) port: u16,
    apps: usize,
    _redis: Process,
}

/// A service on it.
pub(crate) struct Service {
    pub(crate) process: Process,
    pub(crate) address: String,
    folder: PathBuf,
}

/// The id of an app by its number.
pub(crate) fn app_id(number: usize) -> String {
    format!("{}", 100_000 + number)
}

/// Its secret.
pub(crate) fn secret(number: usize) -> String {
    format!("secret-of-{}", app_id(number))
}

impl Ground {
    pub(crate) fn new(apps: usize) -> Self {
        let world = (0..apps).fold(World::new(), |it, n| it.app(app_id(n), secret(n)));
        let platform = Emulator::builder(world).clock(ClockMode::Real).start().unwrap();
        let (redis, port) = redis();
        Self { platform, port, apps, _redis: redis }
    }

    /// How many requests there were.
    pub(crate) fn asked(&self) -> usize {
        let calls = [Call::ServerToken, Call::JsTicket, Call::CheckCode];
        calls.into_iter().map(|call| self.platform.calls(call, None)).sum()
    }

    /// Starts a service; it has only begun when this returns.
    pub(crate) fn serve(&self) -> Service {
        let listen = free_port();
        let folder =
            std::env::temp_dir().join(format!("yzb-bench-{}-{listen}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("config.yaml");
        fs::write(&file, self.config(listen)).unwrap();
        let mut command = Command::new(program());
        command.args(["serve", "--config"]).arg(&file);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(name);
        }
        Service {
            process: Process::start(&mut command),
            address: format!("127.0.0.1:{listen}"),
            folder,
        }
    }

    /// Waits until every app has both codes at hand. The service is only asked near the end.
    pub(crate) fn until_fresh(&self, service: &Service) {
        until(|| self.platform.calls(Call::JsTicket, None) >= self.apps);
        until(|| service.get("/v1/ready").is_some_and(|answer| answer.contains(" 200 ")));
    }

    /// The published keys, and nothing that a service does not have by default but a page's origin.
    fn config(&self, listen: u16) -> String {
        let (origin, port) = (self.platform.origin(), self.port);
        let mut text = format!(
            "storage_redis: {{ host: 127.0.0.1, port: {port}, auth: \"\", db: 0 }}
oauth_api:
  get_server_access_token_url: \"{origin}/OAuth2/token\"
  get_js_ticket_url: \"{origin}/OAuth2/ticket\"
service: {{ listen: [\"127.0.0.1:{listen}\"] }}
app_info:
"
        );
        for number in 0..self.apps {
            let (id, secret) = (app_id(number), secret(number));
            let _ = writeln!(
                text,
                "  - {{ app_id: \"{id}\", app_secret: {secret}, app_name: app, \
                 page_origins: [https://shop.example] }}"
            );
        }
        text
    }
}

impl Service {
    /// The head of an answer; none if the service is not there yet.
    pub(crate) fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.lines().next().map(str::to_owned)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A kept connection on which a page of the first app is signed again and again.
pub(crate) struct Reader {
    stream: BufReader<TcpStream>,
    request: String,
}

impl Reader {
    pub(crate) fn on(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let path = format!("/v1/apps/{}/js-config?url={PAGE}", app_id(0));
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        Self { stream: BufReader::new(stream), request }
    }

    /// Whether the page was signed.
    pub(crate) fn sign(&mut self) -> bool {
        self.stream.get_mut().write_all(self.request.as_bytes()).unwrap();
        let (mut line, mut length, mut signed) = (String::new(), 0, false);
        loop {
            line.clear();
            assert!(self.stream.read_line(&mut line).unwrap() > 0, "the service hung up");
            signed |= line.starts_with("HTTP/1.1 200 ");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        self.stream.read_exact(&mut vec![0; length]).unwrap();
        signed
    }
}
