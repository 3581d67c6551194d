//! The running service against its own document, by schemathesis.
//!
//! The tests of `yzb-axum` walk the document in process. Here a program that knows nothing of us reads
//! it, makes requests of it, and judges the answers of `yzb serve`, behind which `yzb emulate` plays
//! the platform: first one that is well, then one that fails now and then.

mod scene;
mod tool;

use anyhow::{Context as _, Result, bail};

use self::scene::Scene;
use self::tool::Schemathesis;
use crate::host::{Host, Outcome, run};
use crate::workspace::Workspace;

/// A platform, by name; what goes wrong there; whether anything does.
const WEATHERS: &[(&str, &str, bool)] = &[
    ("a platform that is well", "faults: []\n", false),
    (
        "a platform that fails now and then",
        "seed: 6
faults:
  - { fault: server-error, chance: 0.05 }
  - { fault: malformed-json, chance: 0.05 }
  - { fault: reset-during, chance: 0.05 }
",
        true,
    ),
];

/// `--seed N` draws other requests than the usual ones.
pub(crate) fn task(host: &Host, args: &[String]) -> Result<Outcome> {
    let draw = match args {
        [] => vec!["--generation-deterministic".to_owned()],
        [seed, number] if seed == "--seed" && number.parse::<u32>().is_ok() => args.to_vec(),
        _ => bail!("`api` takes nothing, or `--seed` and a number"),
    };
    let target = Workspace::read(host)?.target;
    let folder = target.join("api");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let tool = match Schemathesis::set_up(host, &folder) {
        Ok(tool) => tool,
        Err(why) => return Ok(Outcome::Skipped(format!("{why:#}; the service went unasked here"))),
    };
    run(&mut host.cargo(["build", "--locked", "--quiet", "--package", "yzb-cli"]))?;
    let program = target.join("debug").join(format!("yzb{}", std::env::consts::EXE_SUFFIX));
    for (weather, faults, fails) in WEATHERS {
        println!("\n=== {weather}");
        let scene = Scene::start(host, &program, &folder, faults)?;
        tool.run(host, &folder, &scene, *fails, &draw)?;
        // It is still well, and ends well.
        scene.end(host)?;
    }
    Ok(Outcome::Passed)
}
