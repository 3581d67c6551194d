//! `yzb emulate` and `yzb serve`, as processes.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::host::{Host, run};

/// The service's token. Whoever reads it here can ask a service that lives for a minute.
pub(super) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Both programs; ended when dropped.
pub(super) struct Scene {
    /// Where the service listens.
    pub(super) address: String,
    service: Running,
    _platform: Running,
}

/// A program that is killed when dropped.
struct Running(Child);

impl Scene {
    /// Starts a platform to which this happens, and a service for its apps.
    pub(super) fn start(host: &Host, program: &Path, folder: &Path, faults: &str) -> Result<Self> {
        let file = folder.join("faults.yaml");
        write(&file, faults)?;
        let mut command = host.command(program, ["emulate", "--faults"]);
        let (platform, origin) = Running::start(
            command.arg(&file).stderr(Stdio::null()).stdout(Stdio::piped()),
            |line| line.strip_prefix("listening on ").map(str::to_owned),
        )?;
        let store = folder.join("store");
        let _ = std::fs::remove_dir_all(&store);
        private_folder(&store)?;
        let file = folder.join("config.yaml");
        write(&file, &config(&origin))?;
        let mut command = host.command(program, ["serve", "--config"]);
        let (service, address) = Running::start(
            command.arg(&file).stdout(Stdio::null()).stderr(Stdio::piped()),
            |line| {
                let line: serde_json::Value = serde_json::from_str(line).ok()?;
                let addresses = line.get("addresses")?.as_str()?;
                Some(addresses.to_owned())
            },
        )?;
        Ok(Self { address, service, _platform: platform })
    }

    /// Fails unless the service still answers, and ends as it should when it is told to.
    pub(super) fn end(mut self, host: &Host) -> Result<()> {
        let answer = self.live().context("the service does not answer any more")?;
        if !answer.starts_with("HTTP/1.1 200 ") {
            bail!("the service is not well any more: {answer}");
        }
        run(&mut host.command("kill", ["-TERM", &self.service.0.id().to_string()]))?;
        let status = self.service.0.wait()?;
        if !status.success() {
            bail!("the service was told to stop and ended with {status}");
        }
        Ok(())
    }

    fn live(&self) -> Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream
            .write_all(b"GET /v1/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

impl Running {
    /// Starts a program and reads what it prints, standard output first, up to the line that tells
    /// where it listens. What comes then is read and dropped, so that it is never kept waiting.
    fn start(
        command: &mut Command,
        told: impl Fn(&str) -> Option<String>,
    ) -> Result<(Self, String)> {
        let mut running = Self(command.spawn().context("yzb did not start")?);
        let output = running.0.stdout.take().map(|it| Box::new(it) as Box<dyn Read + Send>);
        let errors = running.0.stderr.take().map(|it| Box::new(it) as Box<dyn Read + Send>);
        let mut lines = BufReader::new(output.or(errors).context("there is no pipe")?);
        let mut before = String::new();
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                bail!("yzb ended before it listened:\n{before}");
            }
            if let Some(place) = told(line.trim_end()) {
                std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
                return Ok((running, place));
            }
            before += &line;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The two apps of the emulator's built-in world; pages of one origin are signed.
fn config(origin: &str) -> String {
    format!(
        "oauth_api:
  get_server_access_token_url: \"{origin}/OAuth2/token\"
  get_js_ticket_url: \"{origin}/OAuth2/ticket\"
app_info:
  - app_id: \"990001\"
    app_secret: peer-secret-0001
    app_name: Shop
    page_origins: [https://shop.example]
  - {{ app_id: \"990002\", app_secret: peer-secret-0002 }}
store: {{ directory: store }}
service: {{ listen: [\"127.0.0.1:0\"], bearer_tokens: [{{ name: api, token: {TOKEN} }}] }}
log: {{ format: json }}
"
    )
}

fn write(file: &Path, text: &str) -> Result<()> {
    std::fs::write(file, text).with_context(|| file.display().to_string())
}

/// A folder that only its owner may look into: the store wants one.
fn private_folder(folder: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).with_context(|| folder.display().to_string())
}
