//! Which versions are measured: those of the lock file that this was built with.

/// `package` and its version.
pub(crate) fn named(package: &str) -> String {
    format!("{package} {}", version(package).unwrap_or("(version unknown)"))
}

fn version(package: &str) -> Option<&'static str> {
    let name = format!("name = \"{package}\"");
    let mut lines = include_str!("../Cargo.lock").lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_that_of_the_lock_file() {
        assert_eq!(named("yzb-peers"), concat!("yzb-peers ", env!("CARGO_PKG_VERSION")));
        assert_eq!(named("yzb"), "yzb (version unknown)");
    }
}
