//! What systemd is told: that we are ready, what we do, that we live.
//!
//! Written here, because it is one datagram, and the environment is passed in.

use std::io;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::environment::Environment;

/// The service manager, if one asked to be told.
#[derive(Clone, Debug, Default)]
pub(super) struct Manager {
    address: Option<String>,
    /// How often it wants to hear that we live.
    watchdog: Option<Duration>,
}

/// How often nobody is told who does not want to hear it.
const NEVER: Duration = Duration::from_secs(3600);

impl Manager {
    pub(super) fn of(environment: &Environment) -> Self {
        let address = environment.text("NOTIFY_SOCKET").filter(|path| path.starts_with(['/', '@']));
        let ours = |id: &str| id.parse() == Ok(std::process::id());
        let is_ours = environment.text("WATCHDOG_PID").is_none_or(ours);
        let micros = environment.text("WATCHDOG_USEC").and_then(|text| text.parse().ok());
        let watchdog = micros.filter(|micros| *micros > 0 && is_ours).map(Duration::from_micros);
        // Twice as often as it is waited for.
        Self { address: address.map(str::to_owned), watchdog: watchdog.map(|span| span / 2) }
    }

    /// We serve.
    pub(super) fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={status}"));
    }

    /// What we do now.
    pub(super) fn status(&self, status: &str) {
        self.tell(&format!("STATUS={status}"));
    }

    /// The configuration is read again.
    pub(super) fn reloading(&self, monotonic: Duration) {
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={}", monotonic.as_micros()));
    }

    /// We are on our way out.
    pub(super) fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=finishing what is under way");
    }

    /// When it wants to hear that we live.
    pub(super) fn beats(&self) -> Interval {
        let mut beats = interval(self.watchdog.unwrap_or(NEVER));
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beats
    }

    /// We live.
    pub(super) fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    fn tell(&self, text: &str) {
        let Some(address) = &self.address else { return };
        if let Err(error) = send(address, text.as_bytes()) {
            tracing::debug!(%error, "the service manager cannot be told");
        }
    }
}

#[cfg(unix)]
fn send(address: &str, text: &[u8]) -> io::Result<()> {
    use std::os::unix::net::UnixDatagram;
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    #[cfg(target_os = "linux")]
    if let Some(name) = address.strip_prefix('@') {
        use std::os::linux::net::SocketAddrExt as _;
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
        return socket.send_to_addr(text, &address).map(drop);
    }
    socket.send_to(text, address).map(drop)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail here")]
fn send(_: &str, _: &[u8]) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;

    #[test]
    fn the_manager_hears_what_it_is_told() {
        let folder = std::env::temp_dir().join(format!("yzb-notify-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("socket");
        let socket = UnixDatagram::bind(&path).unwrap();
        let manager = Manager::of(&Environment::from([
            ("NOTIFY_SOCKET", path.to_str().unwrap()),
            ("WATCHDOG_USEC", "3000000"),
        ]));
        assert_eq!(manager.watchdog, Some(Duration::from_millis(1500)));
        manager.ready("2 apps");
        let mut heard = [0; 100];
        let length = socket.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"READY=1\nSTATUS=2 apps");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn without_a_manager_nobody_is_told_and_no_watchdog_is_fed() {
        let other = Environment::from([("WATCHDOG_USEC", "3000000"), ("WATCHDOG_PID", "1")]);
        assert_eq!(Manager::of(&other).watchdog, None);
        Manager::of(&other).alive();
    }
}
