//! Programs that the tests start: found on the PATH, or installed where that is possible.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Result, bail};

use crate::host::{Host, read, run};
use crate::workspace::Workspace;

/// A program that some tests start.
struct Tool {
    program: &'static str,
    /// The Debian package that has it.
    debian: &'static str,
    /// The member whose tests start it. As long as the workspace lacks that member, a machine
    /// that cannot get the program is none the worse for it.
    needed_by: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool { program: "curl", debian: "curl", needed_by: "yzb-emulator" },
    Tool { program: "redis-server", debian: "redis-server", needed_by: "yzb-store-redis" },
];

/// What there is to work with.
#[derive(Clone, Copy)]
struct Machine {
    apt: bool,
    root: bool,
    /// `sudo` that asks no password.
    sudo: bool,
}

/// What to do about one tool.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    Nothing,
    /// Commands, each with its arguments.
    Install(Vec<Vec<&'static str>>),
    /// Not possible, and nothing needs it today.
    GoWithout(String),
    GiveUp(String),
}

/// Sees to it that every tool is there. Prints one line about each.
pub(crate) fn set_up(host: &Host, workspace: &Workspace) -> Result<()> {
    for tool in TOOLS {
        let found = host.find(tool.program);
        let machine = if found.is_some() { Machine::BARE } else { Machine::look(host) };
        let needed = workspace.member(tool.needed_by).is_some();
        match plan(tool, found.is_some(), needed, machine) {
            Plan::Nothing => say(tool, "found", found),
            Plan::Install(commands) => install(host, tool, needed, &commands)?,
            Plan::GoWithout(why) => println!("set-up: {why}"),
            Plan::GiveUp(why) => bail!("{why}"),
        }
    }
    Ok(())
}

/// The decision, given what there is.
fn plan(tool: &Tool, found: bool, needed: bool, machine: Machine) -> Plan {
    if found {
        return Plan::Nothing;
    }
    let sudo: &[&str] = match machine {
        Machine { apt: true, root: true, .. } => &[],
        Machine { apt: true, sudo: true, .. } => &["sudo", "-n"],
        _ if needed => return Plan::GiveUp(by_hand(tool)),
        _ => {
            let by_hand = by_hand(tool);
            return Plan::GoWithout(format!("{by_hand}; no test starts it yet, so on without it"));
        }
    };
    let update = ["apt-get", "update"];
    let install = ["apt-get", "install", "-y", "--no-install-recommends", tool.debian];
    Plan::Install(vec![[sudo, &update].concat(), [sudo, &install].concat()])
}

fn by_hand(tool: &Tool) -> String {
    let Tool { program, debian, needed_by } = tool;
    format!(
        "{program} is not on the PATH and cannot be installed from here; the tests of {needed_by} \
         start it. Install it by hand: `sudo apt-get install {debian}`, or what your system calls it"
    )
}

fn install(host: &Host, tool: &Tool, needed: bool, commands: &[Vec<&str>]) -> Result<()> {
    let all = || -> Result<()> {
        for command in commands {
            run(host
                .command(command[0], &command[1..])
                .env("DEBIAN_FRONTEND", "noninteractive")
                .stdout(Stdio::null()))?;
        }
        Ok(())
    };
    let outcome = all();
    match (outcome, host.find(tool.program)) {
        (Ok(()), Some(found)) => say(tool, "installed", Some(found)),
        (Err(error), _) if needed => return Err(error.context(by_hand(tool))),
        (Ok(()), None) if needed => bail!("{}", by_hand(tool)),
        _ => println!("set-up: {}; no test starts it yet, so on without it", by_hand(tool)),
    }
    Ok(())
}

fn say(tool: &Tool, what: &str, place: Option<PathBuf>) {
    let place = place.unwrap_or_default();
    println!("set-up: {} {what} ({})", tool.program, place.display());
}

impl Machine {
    const BARE: Self = Self { apt: false, root: false, sudo: false };

    fn look(host: &Host) -> Self {
        let succeeds = |program: &str, args: &[&str]| {
            let mut command = host.command(program, args);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        Self {
            apt: host.find("apt-get").is_some(),
            root: read(&mut host.command("id", ["-u"])).is_ok_and(|id| id.trim() == "0"),
            sudo: host.find("sudo").is_some() && succeeds("sudo", &["-n", "true"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOL: Tool = Tool { program: "prog", debian: "prog-deb", needed_by: "yzb-x" };

    #[test]
    fn a_program_that_is_there_needs_nothing() {
        let machine = Machine { apt: true, root: true, sudo: true };
        assert_eq!(plan(&TOOL, true, true, machine), Plan::Nothing);
        assert_eq!(plan(&TOOL, true, true, Machine::BARE), Plan::Nothing);
    }

    #[test]
    fn root_installs_directly() {
        let machine = Machine { apt: true, root: true, sudo: false };
        let update = vec!["apt-get", "update"];
        let install = vec!["apt-get", "install", "-y", "--no-install-recommends", "prog-deb"];
        assert_eq!(plan(&TOOL, false, true, machine), Plan::Install(vec![update, install]));
    }

    #[test]
    fn sudo_is_used_only_if_it_asks_nothing() {
        let machine = Machine { apt: true, root: false, sudo: true };
        let Plan::Install(commands) = plan(&TOOL, false, true, machine) else { panic!() };
        assert!(commands.iter().all(|command| command.starts_with(&["sudo", "-n", "apt-get"])));
        let machine = Machine { sudo: false, ..machine };
        assert!(matches!(plan(&TOOL, false, true, machine), Plan::GiveUp(_)));
    }

    #[test]
    fn without_apt_the_error_says_what_to_install_and_for_whom() {
        let machine = Machine { apt: false, root: true, sudo: true };
        let Plan::GiveUp(why) = plan(&TOOL, false, true, machine) else { panic!() };
        for part in ["prog ", "apt-get install prog-deb", "yzb-x"] {
            assert!(why.contains(part), "{part} in {why}");
        }
    }

    #[test]
    fn a_tool_that_nothing_needs_yet_stops_nobody() {
        let plan = plan(&TOOL, false, false, Machine::BARE);
        assert!(matches!(plan, Plan::GoWithout(why) if why.contains("no test starts it yet")));
    }
}
