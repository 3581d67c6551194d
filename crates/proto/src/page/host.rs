//! Whether host and port are as a browser reports them.

use core::fmt;
use core::fmt::Write;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::{InvalidPage, Lint, unusual};

/// Checks `host` or `host:port`, of which every byte is already known to be allowed in one.
pub(super) fn check(authority: &str, default_port: &str) -> Result<(), InvalidPage> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (address, port) = rest.split_once(']').ok_or(InvalidPage::NotAUrl)?;
        check_ipv6(address)?;
        return match port {
            "" => Ok(()),
            port => check_port(port.strip_prefix(':').ok_or(InvalidPage::NotAUrl)?, default_port),
        };
    }
    let Some((host, port)) = authority.split_once(':') else { return check_name(authority) };
    check_name(host)?;
    check_port(port, default_port)
}

fn check_name(host: &str) -> Result<(), InvalidPage> {
    if host.is_empty() || host.contains(['[', ']']) {
        return Err(InvalidPage::NotAUrl);
    }
    let last = host.strip_suffix('.').unwrap_or(host).rsplit('.').next().unwrap_or(host);
    if is_number(last) && host.parse::<Ipv4Addr>().is_err() {
        // A browser reads `127.1` or `2130706433` as an address and reports it in four parts.
        return Err(unusual(Lint::HostForm));
    }
    Ok(())
}

/// By the WHATWG rules a name whose last label is a number, decimal or hexadecimal, is an address.
fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

fn check_ipv6(text: &str) -> Result<(), InvalidPage> {
    let address: Ipv6Addr = text.parse().map_err(|_| InvalidPage::NotAUrl)?;
    let mut rest = Rest(text);
    // Compared while it is written, so that nothing is allocated.
    match write!(rest, "{address}") {
        Ok(()) if rest.0.is_empty() && !text.contains('.') => Ok(()),
        _ => Err(unusual(Lint::HostForm)),
    }
}

/// What of an expected text is still to be written.
struct Rest<'a>(&'a str);

impl Write for Rest<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(part).ok_or(fmt::Error)?;
        Ok(())
    }
}

fn check_port(port: &str, default_port: &str) -> Result<(), InvalidPage> {
    if port.is_empty() {
        return Err(unusual(Lint::PortForm));
    }
    if !port.bytes().all(|byte| byte.is_ascii_digit()) || port.parse::<u16>().is_err() {
        return Err(InvalidPage::NotAUrl);
    }
    if port.len() > 1 && port.starts_with('0') {
        return Err(unusual(Lint::PortForm));
    }
    if port == default_port { Err(unusual(Lint::DefaultPort)) } else { Ok(()) }
}
