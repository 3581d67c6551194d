//! `yzb serve` where files, descriptors and the service manager are not as they should be.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process::Command;
use std::time::Duration;

use yzb_emulator::{Call, ClockMode, Emulator, Fault, FaultKind, World};

use crate::scratch::{Folder, set_mode};
use crate::service::Service;

fn platform() -> Emulator {
    let world = World::new().app("100027", "planted-secret-one");
    Emulator::builder(world).clock(ClockMode::Real).start().unwrap()
}

fn config(platform: &Emulator, folder: &Folder, secret: &str) -> String {
    let text = format!(
        "
store: {{ directory: state }}
oauth_api: {{ get_server_access_token_url: \"{}/OAuth2/token\" }}
app_info:
  - app_id: '100027'
    app_secret: {secret}
service: {{ listen: ['127.0.0.1:0'] }}
log: {{ format: json }}
",
        platform.origin()
    );
    folder.write("config.yaml", &text)
}

/// A pipe in place of this file. Opening it to write waits for somebody to read.
fn pipe(path: &str) {
    let _ = std::fs::remove_file(path);
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn writer(path: &str) -> File {
    OpenOptions::new().write(true).open(path).unwrap()
}

#[test]
fn a_start_that_waits_for_its_configuration_can_be_stopped() {
    let (platform, folder) = (platform(), Folder::new("waits-for-file"));
    let path = folder.path().join("pipe.yaml");
    let path = path.to_str().unwrap();
    pipe(path);
    let mut service = Service::spawn(path);
    let _silent = writer(path);
    assert_eq!(service.stop(), Some(0), "{}", service.log);

    let told = folder.path().join("told");
    pipe(told.to_str().unwrap());
    let command = format!("{{ command: [sh, -c, 'echo > {}; exec sleep 60'] }}", told.display());
    let mut service = Service::spawn(&config(&platform, &folder, &command));
    std::fs::read(&told).unwrap();
    assert_eq!(service.stop(), Some(0), "{}", service.log);
    assert_eq!(platform.calls(Call::ServerToken, None), 0);
}

#[test]
fn a_reload_that_cannot_read_its_file_holds_up_nothing() {
    let (platform, folder) = (platform(), Folder::new("reload-waits"));
    let config = config(&platform, &folder, "planted-secret-one");
    let mut service = Service::start(&config);
    service.until_ready();
    // More often than there are threads.
    let _silent: Vec<_> = (0..6)
        .map(|_| {
            pipe(&config);
            service.signal("HUP");
            writer(&config)
        })
        .collect();
    assert_eq!(service.get("/v1/apps/100027/server-token").0, 200);
    assert_eq!(service.stop(), Some(0), "{}", service.log);
}

#[test]
fn a_file_of_secrets_that_everybody_may_read_is_told_at_the_start() {
    let (platform, folder) = (platform(), Folder::new("open-to-all"));
    let config = config(&platform, &folder, "planted-secret-one");
    set_mode(config.as_ref(), 0o644);
    let mut service = Service::start(&config);
    assert_eq!(service.stop(), Some(0), "{}", service.log);
    assert!(service.log.contains("may be read by everybody on this machine (mode 0644)"));
    set_mode(config.as_ref(), 0o600);
    let mut service = Service::start(&config);
    assert_eq!(service.stop(), Some(0), "{}", service.log);
    assert!(!service.log.contains("read by everybody"), "{}", service.log);
}

#[test]
fn whoever_opens_many_connections_leaves_the_descriptors_that_renewals_need() {
    let (platform, folder) = (platform(), Folder::new("descriptors"));
    let config = config(&platform, &folder, "planted-secret-one");
    let mut command = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_yzb");
    command.args(["-c", "ulimit -n 256 && exec \"$0\" serve --config \"$1\"", program, &config]);
    let mut service = Service::run(command);
    service.until_serving();
    service.until_ready();
    let idle: Vec<_> = (0..400).map(|_| TcpStream::connect(&service.address).unwrap()).collect();
    // It comes behind all of them.
    assert_eq!(service.get("/v1/live").0, 200);
    let open = service.descriptors();
    assert!((100..200).contains(&open), "{open}");
    assert_eq!(service.stop(), Some(0), "{}", service.log);
    assert!(!service.log.contains("could not be accepted"), "{}", service.log);
    drop(idle);
}

#[test]
fn a_log_that_nobody_reads_holds_up_nothing() {
    let (platform, folder) = (platform(), Folder::new("unread-log"));
    let config = config(&platform, &folder, "planted-secret-one");
    let text = std::fs::read_to_string(&config).unwrap();
    let config = folder.write("config.yaml", &text.replace("format: json", "level: trace"));
    let (log, write) = std::io::pipe().unwrap();
    let mut service = Command::new(env!("CARGO_BIN_EXE_yzb"))
        .args(["serve", "--config", &config])
        .stderr(write)
        .spawn()
        .unwrap();
    let mut log = BufReader::with_capacity(64, log);
    let mut line = String::new();
    while !line.contains("addresses=\"") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0);
    }
    let address = line.split('"').nth(1).unwrap();
    // More than a pipe holds.
    for _ in 0..1500 {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(b"GET /v1/live HTTP/1.0\r\nhost: localhost\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("200 OK"), "{answer}");
    }
    let id = service.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
    assert_eq!(service.wait().unwrap().code(), Some(0));
}

#[test]
fn the_watchdog_is_fed_until_what_is_under_way_has_ended() {
    let (platform, folder) = (platform(), Folder::new("watchdog"));
    platform.set_faults(Fault::new(FaultKind::Delay).on(Call::ServerToken).milliseconds(1500));
    let name = format!("yzb-watchdog-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let manager = UnixDatagram::bind_addr(&address).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let heard = || {
        let mut text = [0; 200];
        let length = manager.recv(&mut text).unwrap();
        String::from_utf8_lossy(&text[..length]).into_owned()
    };
    let config = config(&platform, &folder, "planted-secret-one");
    let mut command = Command::new(env!("CARGO_BIN_EXE_yzb"));
    command.args(["serve", "--config", &config]);
    command.env("NOTIFY_SOCKET", format!("@{name}")).env("WATCHDOG_USEC", "200000");
    let mut service = Service::run(command);
    while !heard().starts_with("READY=1") {}
    while heard() != "WATCHDOG=1" {}
    while platform.calls(Call::ServerToken, None) < 1 {
        std::thread::yield_now();
    }
    service.signal("TERM");
    while !heard().starts_with("STOPPING=1") {}
    assert_eq!([heard(), heard(), heard()], ["WATCHDOG=1"; 3].map(str::to_owned));
    assert_eq!(service.ended(), Some(0), "{}", service.log);
}
