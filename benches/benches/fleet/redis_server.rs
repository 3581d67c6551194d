//! A server that starts empty, and what it says of itself.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// A `redis-server` on a port of its own, ended when it is dropped.
pub(crate) struct RedisServer {
    process: Child,
    pub(crate) url: String,
}

impl RedisServer {
    pub(crate) fn start() -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let process = command.spawn().context("this needs `redis-server`")?;
        let server = Self { process, url: format!("redis://127.0.0.1:{port}") };
        for _ in 0..500 {
            if server.info("server").is_ok() {
                return Ok(server);
            }
            pause();
        }
        bail!("redis-server does not start")
    }

    /// The CPU milliseconds that it took, and the commands that it carried out.
    pub(crate) fn usage(&self) -> Result<(f64, f64)> {
        let (cpu, stats) = (self.info("cpu")?, self.info("stats")?);
        let seconds = field(&cpu, "used_cpu_user")? + field(&cpu, "used_cpu_sys")?;
        Ok((seconds * 1000.0, field(&stats, "total_commands_processed")?))
    }

    /// How often each command ran, with those within scripts.
    pub(crate) fn commands(&self) -> Result<BTreeMap<String, u64>> {
        let info = self.info("commandstats")?;
        let lines =
            info.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(":calls="));
        lines
            .map(|(name, rest)| {
                let count = rest.split(',').next().unwrap_or_default();
                Ok((name.to_owned(), count.parse()?))
            })
            .collect()
    }

    fn info(&self, section: &str) -> Result<String> {
        let mut connection = redis::Client::open(self.url.as_str())?.get_connection()?;
        Ok(redis::cmd("INFO").arg(section).query(&mut connection)?)
    }
}

fn field(info: &str, name: &str) -> Result<f64> {
    let mut lines = info.lines().filter_map(|line| line.split_once(':'));
    let value = lines.find(|(found, _)| *found == name).context("Redis does not say")?.1;
    Ok(value.trim().parse()?)
}

#[expect(clippy::disallowed_methods, reason = "there is nothing to wait on but to look again")]
fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
