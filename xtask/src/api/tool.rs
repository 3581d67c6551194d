//! schemathesis, from PyPI, in a virtual environment of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use super::scene::{Scene, TOKEN};
use crate::host::{Host, read, run};

/// A later one may judge otherwise.
const PACKAGE: &str = "schemathesis==4.32.5";

/// Requests made for each operation by chance, beside those at the limits of its schema. More take
/// longer: twice the time for twice as many.
const EXAMPLES: &str = "100";

/// Where it is.
pub(super) struct Schemathesis {
    program: PathBuf,
}

impl Schemathesis {
    /// Finds it, or installs it into `folder`.
    ///
    /// # Errors
    ///
    /// There is no Python, or no way to the package.
    pub(super) fn set_up(host: &Host, folder: &Path) -> Result<Self> {
        let python = host.find("python3").context("python3 is not on the PATH")?;
        let environment = folder.join("venv");
        let program = environment.join("bin").join("schemathesis");
        let found = Self { program };
        if found.is_the_one(host) {
            return Ok(found);
        }
        run(host.command(python, ["-m", "venv"]).arg(&environment))
            .context("python3 makes no virtual environment (Debian: python3-venv)")?;
        let pip = environment.join("bin").join("python");
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE];
        run(&mut host.command(pip, install)).context("schemathesis cannot be installed")?;
        if !found.is_the_one(host) {
            bail!("{PACKAGE} was installed and does not start");
        }
        Ok(found)
    }

    fn is_the_one(&self, host: &Host) -> bool {
        let version = read(host.command(&self.program, ["--version"]).stderr(Stdio::null()));
        let wanted = PACKAGE.rsplit_once('=').map_or("", |(_, version)| version);
        version.is_ok_and(|version| version.trim_end().ends_with(wanted))
    }

    /// Asks the service, whose platform fails now and then or never; fails if an answer is none of
    /// the document's, or a failure is the service's own.
    pub(super) fn run(
        &self,
        host: &Host,
        folder: &Path,
        scene: &Scene,
        fails: bool,
        draw: &[String],
    ) -> Result<()> {
        let config = config(host)?;
        let file = folder.join("schemathesis.toml");
        std::fs::write(&file, config).with_context(|| file.display().to_string())?;
        let mut command = host.command(&self.program, ["--config-file"]);
        command.arg(&file).arg("run").arg(format!("http://{}/v1/openapi.json", scene.address));
        command.args(["--no-color", "--max-examples", EXAMPLES]).args(draw);
        command.args(["-H", &format!("Authorization: Bearer {TOKEN}")]);
        // It leaves what it remembers where it runs, and Python what it compiled beside the source.
        command.current_dir(folder).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("PLATFORM_FAILS", if fails { "yes" } else { "no" });
        run(&mut command).context("an answer of the service is not in its document")
    }
}

/// The configuration, with the place of the hooks, which is relative to no file of ours.
fn config(host: &Host) -> Result<String> {
    let hooks = host.root.join("xtask/src/api/hooks.py");
    let hooks = hooks.to_str().context("the workspace's path is not UTF-8")?;
    Ok(format!("hooks = {hooks:?}\n{}", host.read("xtask/src/api/schemathesis.toml")?))
}
