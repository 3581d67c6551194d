//! `yzb config example`: a file to begin with.

use std::io::Write;

use crate::output::while_read;

/// Prints a configuration to begin with: every group, annotated, with its defaults.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The language of the annotations.
    #[arg(long, value_enum, default_value = "en")]
    lang: Language,
}

/// A language that the annotations are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    En,
    Zh,
}

const ENGLISH: &str = include_str!("example/en.yaml");
const CHINESE: &str = include_str!("example/zh.yaml");

pub(super) fn run(arguments: &Arguments, mut output: impl Write) -> anyhow::Result<()> {
    let text = match arguments.lang {
        Language::En => ENGLISH,
        Language::Zh => CHINESE,
    };
    Ok(while_read(output.write_all(text.as_bytes()))?)
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Severity};
    use super::*;

    /// Without annotations.
    fn bare(text: &str) -> Vec<&str> {
        let code = text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim_end());
        code.filter(|line| !line.trim_start().starts_with('#') && !line.is_empty()).collect()
    }

    #[test]
    fn both_languages_say_the_same() {
        assert_eq!(bare(ENGLISH), bare(CHINESE));
    }

    #[test]
    fn the_example_can_be_used_once_its_placeholders_are_replaced() {
        for text in [ENGLISH, CHINESE] {
            let reading = Config::read(text.as_bytes());
            let placeholders = ["app_info[0].app_id", "app_info[0].app_secret"];
            let paths: Vec<_> = reading.problems.iter().map(|problem| &*problem.path).collect();
            assert_eq!(paths, placeholders);
            assert!(reading.problems.iter().all(|known| known.severity == Severity::Warning));
            assert!(reading.config.is_some());
        }
    }

    #[test]
    fn its_policy_is_the_default_one() {
        let config = Config::read(ENGLISH.as_bytes()).config.unwrap();
        assert_eq!(config.policy, yzb::cache::Policy::default());
    }

    #[test]
    fn what_it_has_in_comments_can_be_used_too() {
        let apps = "app_info: [{ app_id: \"1\", app_secret: s }]\n";
        let mut stores = Vec::new();
        for line in ENGLISH.lines() {
            let Some(line) = line.strip_prefix("# ") else { continue };
            match line {
                "store:" => stores.push(format!("{apps}store:\n")),
                _ if line.starts_with("  ") && !stores.is_empty() => {
                    stores.last_mut().unwrap().extend([line, "\n"]);
                }
                _ => {}
            }
        }
        assert_eq!(stores.len(), 4);
        for text in stores {
            let reading = Config::read(text.as_bytes());
            assert_eq!(reading.problems, [], "{text}");
        }
    }

    #[test]
    fn what_it_has_in_comments_of_the_service_can_be_used_too() {
        let wanted = ["    # - unix", "  # bearer", "  #   - { name", "  # hosts", "  # ca_file"];
        let mut text = ENGLISH.to_owned();
        for start in wanted {
            assert!(text.contains(start), "{start}");
            text = text.replace(start, &start.replacen("# ", "", 1));
        }
        let problems = Config::read(text.as_bytes()).problems;
        assert!(problems.iter().all(|known| known.severity == Severity::Warning), "{problems:?}");
    }
}
