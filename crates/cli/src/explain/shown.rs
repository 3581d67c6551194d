//! The explanation, for people.

use std::io::{self, Write};

use super::{Explained, is_signed};

pub(super) fn print(explained: &Explained<'_>, output: &mut impl Write) -> io::Result<()> {
    writeln!(output, "page       {}", explained.page)?;
    writeln!(output, "signed     {}", explained.canonical)?;
    if let Some(signature) = &explained.signature {
        writeln!(output, "signature  {signature}")?;
    }
    if let Some(found) = &explained.matching {
        writeln!(output, "given      is the signature of {found}")?;
    }
    lints(explained, output)?;
    clients(explained, output)
}

fn lints(explained: &Explained<'_>, output: &mut impl Write) -> io::Result<()> {
    if explained.lints.is_empty() {
        return writeln!(output, "\nThe URL is as a browser reports it.");
    }
    writeln!(output, "\nThe URL is not as a browser reports it:")?;
    for lint in explained.lints.iter() {
        let unsigned = if is_signed(lint) { "" } else { " (not signed)" };
        writeln!(output, "  {:<18} the {}{unsigned}", lint.name(), lint.explanation())?;
    }
    Ok(())
}

fn clients(explained: &Explained<'_>, output: &mut impl Write) -> io::Result<()> {
    let differs = |page: &Option<String>| page.as_deref() != Some(explained.page);
    if !explained.clients.iter().any(|(_, page)| differs(page)) {
        return writeln!(output, "All published clients sign this page.");
    }
    writeln!(output, "\nThe published clients:")?;
    for (client, page) in explained.clients {
        let name = client.name();
        match page.as_deref() {
            None => writeln!(output, "  {name:<7} cannot read this URL")?,
            Some(page) if page == explained.page => writeln!(output, "  {name:<7} the same")?,
            Some(page) => writeln!(output, "  {name:<7} {}", without_user(page))?,
        }
    }
    if explained.lints.iter().any(is_signed) {
        writeln!(output, "Sign what location.href reports: that is where they agree.")
    } else {
        writeln!(output, "Whoever differs here is wrong: do not sign this page with that client.")
    }
}

/// A page as it may be shown: the user and password that some clients sign are left out, and what
/// would move a terminal's cursor is escaped.
pub(super) fn without_user(page: &str) -> String {
    let start = page.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = page.split_at(start);
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let shown = match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}…@{host}{path}"),
        None => page.to_owned(),
    };
    shown.chars().fold(String::with_capacity(shown.len()), |mut text, character| {
        if character.is_control() || is_invisible(character) {
            text.extend(character.escape_unicode());
        } else {
            text.push(character);
        }
        text
    })
}

/// Marks of direction and of no width, which make one URL look like another.
const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_shown_without_its_password_and_without_moving_the_cursor() {
        for (page, wanted) in [
            ("https://h/a", "https://h/a"),
            ("https://u:planted@h/a@b", "https://…@h/a@b"),
            ("https://u:plan@ted@h", "https://…@h"),
            ("https://猿之棒.com/\u{202e}a\u{1b}", "https://猿之棒.com/\\u{202e}a\\u{1b}"),
        ] {
            assert_eq!(without_user(page), wanted);
        }
    }
}
