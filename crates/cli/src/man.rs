//! `yzb man`: manual pages.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Command;
use clap_mangen::Man;

use crate::output::while_read;

/// Prints the manual page of yzb, or of one command; or writes all of them to a folder.
///
/// To read it: `yzb man config check | man -l -`
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The command, such as `config check`; without it the program itself.
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    command: Vec<String>,

    /// Write the pages of the program and of all commands to this folder.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(
    arguments: &Arguments,
    mut program: Command,
    mut output: impl Write,
) -> anyhow::Result<()> {
    // Names of the pages below and their headings are known only after this.
    program.build();
    if let Some(folder) = &arguments.dir {
        return write_all(&program, folder, "yzb");
    }
    let mut command = &program;
    for name in &arguments.command {
        command = command
            .find_subcommand(name)
            .with_context(|| format!("there is no command `{}`", arguments.command.join(" ")))?;
    }
    let name = page_name(&arguments.command);
    Ok(while_read(output.write_all(&page(command, &name)?))?)
}

fn page(command: &Command, name: &str) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let source = concat!("yzb ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).title(name).source(source).manual("yzb").render(&mut page)?;
    Ok(page)
}

fn page_name(words: &[String]) -> String {
    words.iter().fold("yzb".to_owned(), |name, word| format!("{name}-{word}"))
}

fn write_all(command: &Command, folder: &std::path::Path, name: &str) -> anyhow::Result<()> {
    let path = folder.join(format!("{name}.1"));
    fs::write(&path, page(command, name)?)
        .with_context(|| format!("cannot write {}", path.display()))?;
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        write_all(below, folder, &format!("{name}-{}", below.get_name()))?;
    }
    Ok(())
}
