//! A `redis-server` for this example alone, on a socket in a directory of its own.

use std::error::Error;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

pub(crate) struct Redis {
    folder: PathBuf,
    _process: Child,
}

impl Redis {
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        let folder = std::env::temp_dir().join(format!("yzb-example-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--loglevel", "warning"]);
        command.arg("--dir").arg(&folder).arg("--unixsocket").arg(folder.join("socket"));
        let process =
            command.stdout(Stdio::null()).kill_on_drop(true).spawn().map_err(|error| {
                format!("redis-server does not start ({error}); `cargo xtask test` installs it")
            })?;
        let socket = folder.join("socket");
        let is_there = async {
            while !socket.exists() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(5), is_there).await?;
        Ok(Self { folder, _process: process })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", self.folder.join("socket").display())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
