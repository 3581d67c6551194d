//! A master, its replica and a Sentinel, for this example alone.

use std::error::Error;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

pub(crate) struct Servers {
    folder: PathBuf,
    master: Child,
    sentinel: u16,
    _others: [Child; 2],
}

impl Servers {
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        let folder = std::env::temp_dir().join(format!("yzb-sentinel-{}", std::process::id()));
        let (master, replica, sentinel) = (free_port()?, free_port()?, free_port()?);
        let of = format!("replicaof 127.0.0.1 {master}");
        let watches = format!(
            "sentinel monitor mymaster 127.0.0.1 {master} 1\n\
             sentinel down-after-milliseconds mymaster 1000\n"
        );
        let first = start(&folder, "master", master, "").await?;
        let second = start(&folder, "replica", replica, &of).await?;
        // A Sentinel learns of replicas when it meets their master: the replica comes first.
        sleep(Duration::from_secs(2)).await;
        let third = start(&folder, "sentinel", sentinel, &watches).await?;
        sleep(Duration::from_secs(1)).await;
        Ok(Self { folder, master: first, sentinel, _others: [second, third] })
    }

    pub(crate) fn sentinel(&self) -> String {
        format!("redis://127.0.0.1:{}", self.sentinel)
    }

    pub(crate) async fn kill_master(&mut self) -> std::io::Result<()> {
        self.master.kill().await
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Starts one, and waits until it listens.
async fn start(base: &Path, name: &str, port: u16, lines: &str) -> Result<Child, Box<dyn Error>> {
    let folder = base.join(name);
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("redis.conf");
    let dir = folder.display();
    let text = format!(
        "port {port}\nbind 127.0.0.1\ndir {dir}\nloglevel warning\n\
         repl-diskless-sync-delay 0\n{lines}\n"
    );
    std::fs::write(&file, text)?;
    let mut command = Command::new("redis-server");
    command.arg(file);
    if name == "sentinel" {
        command.arg("--sentinel");
    }
    let process = command.stdout(Stdio::null()).kill_on_drop(true).spawn().map_err(|error| {
        format!("redis-server does not start ({error}); `cargo xtask test` installs it")
    })?;
    let listens = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(5), listens).await?;
    Ok(process)
}

/// A port that was free a moment ago.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
