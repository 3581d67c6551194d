//! Other people's stacks keep the same rules.

#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "tower")]
mod tower;
#[cfg(feature = "ureq")]
mod ureq;

/// Runs a test of this program again, alone, where the environment names a proxy for everything.
#[cfg(any(feature = "reqwest", feature = "ureq"))]
fn passes_behind(poison: &str, test: &str) -> bool {
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    for name in ["NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
        again.env_remove(name);
    }
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        again.env(name, poison).env(name.to_lowercase(), poison);
    }
    let output = again.args([test, "--exact"]).output().unwrap();
    output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed")
}
