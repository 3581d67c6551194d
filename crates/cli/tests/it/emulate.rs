//! `yzb emulate`: the first line, the journal, and the end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::{run, yzb};

const ASK: &str = "app_id=990001&secret=peer-secret-0001&grant_type=client_credential";

/// A running emulator; killed if a test fails before its end.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    origin: String,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yzb"));
        command.arg("emulate").args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        let origin = first.trim_end().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, out, origin }
    }

    fn ask(&self) -> String {
        let mut stream = TcpStream::connect(&self.origin).unwrap();
        let request = format!(
            "POST /OAuth2/token HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{ASK}",
            ASK.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    /// What a person does by Ctrl-C.
    fn interrupt(&mut self) -> Option<i32> {
        self.end("-INT")
    }

    #[expect(clippy::disallowed_methods, reason = "it may never end, and that is no event")]
    /// The exit code, or `None` if it is still there ten seconds after the signal.
    fn end(&mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        for _ in 0..1000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        None
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file that is gone when dropped.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("yzb-emulate-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(unix)]
#[test]
fn it_listens_tells_its_journal_and_ends_cleanly_on_ctrl_c() {
    let mut running = Running::start(&["--listen", "127.0.0.1:0", "--clock", "x60"]);
    assert!(running.ask().contains(r#""status":"2000""#));
    let line = running.line();
    assert!(line.contains(" server-token app_id=990001&secret=~"), "{line}");
    assert!(line.contains(" -> 2000 ok: a new server token"), "{line}");
    assert!(!line.contains("peer-secret"), "{line}");
    assert_eq!(running.interrupt(), Some(0));
}

#[cfg(unix)]
#[test]
fn nobody_needs_to_read_the_journal() {
    let mut running = Running::start(&[]);
    let out = std::mem::replace(&mut running.out, {
        let mut other = Command::new("true").stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(other.stdout.take().unwrap());
        other.wait().unwrap();
        out
    });
    drop(out);
    for _ in 0..3 {
        assert!(running.ask().contains(r#""status":"2000""#));
    }
    assert_eq!(running.interrupt(), Some(0));
}

/// Nobody reads and nobody hangs up: a program that starts us and looks at the first line only.
#[cfg(unix)]
#[test]
fn a_journal_that_nobody_reads_does_not_keep_it_from_ending() {
    for signal in ["-INT", "-TERM"] {
        let mut running = Running::start(&[]);
        let mut stream = TcpStream::connect(&running.origin).unwrap();
        let request = format!(
            "POST /OAuth2/token HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{ASK}",
            ASK.len()
        );
        // Twice what a pipe holds.
        for _ in 0..1000 {
            stream.write_all(request.as_bytes()).unwrap();
            assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
        }
        assert_eq!(running.end(signal), Some(0), "{signal}");
    }
}

#[test]
fn the_moment_and_the_quirks_are_told() {
    let running = Running::start(&["--clock", "frozen", "--now", "1654569706"]);
    assert!(running.ask().contains("date: Tue, 07 Jun 2022 02:41:46 GMT"));
    let (out, _, ok) = run(yzb(&["emulate", "--quirk", "list"]));
    assert!(ok && out.contains("bom                  A UTF-8 byte order mark"), "{out}");
    let both = ["emulate", "--quirk", "status-null", "--quirk", "status-number"];
    let (_, err, ok) = run(yzb(&both));
    assert!(!ok && err.contains("status-number and status-null exclude each other"), "{err}");
}

#[test]
fn a_plan_for_an_app_that_is_not_there_is_refused_and_an_empty_world_remarked() {
    let text = "faults:\n  - { fault: delay, app_id: \"99001\" }\n";
    let faults = Scratch::new("stray.yaml", text);
    let (_, err, ok) = run(yzb(&["emulate", "--faults", faults.path()]));
    assert!(!ok && err.contains("fault delay: `app_id` is of no app in this world"), "{err}");
    // Ended by an address that is not this machine's.
    let empty = Scratch::new("empty.yaml", "");
    let arguments = ["emulate", "--fixtures", empty.path(), "--listen", "192.0.2.1:1"];
    let (_, err, _) = run(yzb(&arguments));
    assert!(err.contains("warning: this world has no app"), "{err}");
}

#[test]
fn fixtures_quirks_and_faults_are_as_told() {
    let world = Scratch::new(
        "world.yaml",
        "apps:\n  - { app_id: \"990001\", secret: peer-secret-0001 }\nallow: [127.0.0.1]\n",
    );
    let faults = Scratch::new(
        "faults.yaml",
        "faults:\n  - { fault: server-error, http_status: 503, nth: 2 }\n",
    );
    let running = Running::start(&[
        "--fixtures",
        world.path(),
        "--faults",
        faults.path(),
        "--quirk",
        "status-number",
        "--quirk",
        "message-missing",
        "--clock",
        "frozen",
    ]);
    assert!(running.ask().contains(r#"{"status":2000,"data":{"#));
    assert!(running.ask().starts_with("HTTP/1.1 503"));
    assert!(running.ask().contains(r#"{"status":2000,"data":{"#));
}

#[test]
fn what_is_wrong_is_told_and_nothing_listens() {
    let world =
        Scratch::new("wrong.yaml", "apps:\n  - { app_id: \"1\", secret: [planted-secret] }\n");
    let (out, err, ok) = run(yzb(&["emulate", "--fixtures", world.path()]));
    assert!(!ok && out.is_empty());
    assert!(err.contains("line 2, column "), "{err}");
    assert!(!err.contains("planted"), "{err}");

    let (_, err, ok) = run(yzb(&["emulate", "--fixtures", "/nowhere/world.yaml"]));
    assert!(!ok && err.contains("cannot read /nowhere/world.yaml"), "{err}");
    let (_, err, ok) = run(yzb(&["emulate", "--quirk", "bomb"]));
    assert!(!ok && err.contains("there are: status-number"), "{err}");
    let (_, err, ok) = run(yzb(&["emulate", "--clock", "fast"]));
    assert!(!ok && err.contains("`x60`"), "{err}");
}
