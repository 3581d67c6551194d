//! `yzb completions`: scripts by which a shell completes our arguments.

use std::io::Write;

use clap::Command;
use clap_complete::Shell;

use crate::output::while_read;

/// Prints the script by which a shell completes the arguments of yzb.
///
/// Where it goes: for bash `~/.local/share/bash-completion/completions/yzb`, for zsh a file `_yzb` in a
/// folder of `$fpath`, for fish `~/.config/fish/completions/yzb.fish`, for PowerShell the profile.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(
    arguments: &Arguments,
    program: &mut Command,
    mut output: impl Write,
) -> anyhow::Result<()> {
    // It ends the process where it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, program, "yzb", &mut script);
    Ok(while_read(output.write_all(&script))?)
}
