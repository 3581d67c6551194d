//! Secrets that stand elsewhere, there and not there.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;
use crate::environment::Environment;

/// A folder that is gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("yzb-secret-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn with(self, name: &str, content: &[u8]) -> Self {
        fs::write(self.0.join(name), content).unwrap();
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The secret, or what is wrong.
fn resolve(source: Source, folder: &Path, limit: Duration) -> Result<String, String> {
    let secret = Secret {
        kind: SecretKind::App,
        place: Place { line: 1, column: 1 },
        path: "app_secret".to_owned(),
        source,
    };
    let environment = Environment::from([("GOOD", "planted"), ("BAD", "planted secret")]);
    let sources = Sources { environment: &environment, folder, command_limit: limit };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let found = runtime.block_on(secret.resolve(&sources));
    found.map(|found| found.expose_secret().to_owned()).map_err(|error| {
        let shown = error.problem(secret.place, &secret.path).to_string();
        assert!(!shown.contains("planted"), "{shown}");
        shown
    })
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_secret_is_in_the_environment_or_that_is_said() {
    let of = |name: &str| resolve(Source::Environment(name.to_owned()), Path::new(""), LONG);
    assert_eq!(of("GOOD").unwrap(), "planted");
    assert!(of("NONE").unwrap_err().contains("is not set"));
    assert!(of("BAD").unwrap_err().contains("what stands there is no app secret: has a forbidden"));
}

#[test]
fn a_secret_is_in_a_file_beside_the_configuration_without_its_line_end() {
    let folder = Folder::new("file")
        .with("unix", b"planted\n")
        .with("windows", b"planted\r\n")
        .with("none", b"planted")
        .with("two", b"planted\n\n")
        .with("empty", b"")
        .with("binary", b"planted\xff")
        .with("long", &vec![b'p'; 1 << 20]);
    let of = |name: &str| resolve(Source::File(PathBuf::from(name)), &folder.0, LONG);
    for name in ["unix", "windows", "none"] {
        assert_eq!(of(name).unwrap(), "planted", "{name}");
    }
    for (name, why) in [
        ("two", "forbidden character"),
        ("empty", "is empty"),
        ("binary", "is not UTF-8"),
        ("long", "has more than 65536 bytes"),
        ("nowhere", "names a file that is not there"),
        (".", "names a file that cannot be read"),
    ] {
        let problem = of(name).unwrap_err();
        assert!(problem.contains(why), "{name}: {problem}");
    }
}

#[cfg(unix)]
#[test]
fn a_secret_is_what_a_command_prints() {
    let of = |script: &str, limit| {
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        resolve(Source::Command(words), Path::new("/"), limit)
    };
    assert_eq!(of("echo planted; echo noise >&2", LONG).unwrap(), "planted");
    assert_eq!(of("pwd", LONG).unwrap(), "/");
    for (script, why) in [
        ("echo planted; exit 3", "names a command that ends with 3; run the command by hand"),
        ("kill -9 $$", "ends by a signal"),
        ("yes planted", "prints more than 65536 bytes"),
        ("printf '\\377'", "prints something other than UTF-8"),
        ("true", "is no app secret: is empty"),
    ] {
        let problem = of(script, LONG).unwrap_err();
        assert!(problem.contains(why), "{script}: {problem}");
    }
    // The event that is waited for is the limit itself.
    let problem = of("echo planted; exec sleep 600", Duration::from_millis(50)).unwrap_err();
    assert!(problem.contains("is not done in 50 ms"), "{problem}");
    let words = vec!["/nowhere/planted".to_owned()];
    let problem = resolve(Source::Command(words), Path::new(""), LONG).unwrap_err();
    assert!(problem.contains("does not start (entity not found)"), "{problem}");
}
