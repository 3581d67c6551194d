//! A quick look at a URL: whether it is so plain that no rule needs to be asked.

use crate::word::{self, equal};

/// Where the path ends, in what follows `https://`, if the host is a plain name and nothing behind
/// it is unusual in any part of a URL. `None` says nothing: then each part is looked at by its rule.
pub(super) fn path_end(rest: &[u8]) -> Option<usize> {
    let host_end = word::position(rest, |word| equal(word, b'/'));
    let (host, behind) = rest.split_at_checked(host_end)?;
    if !is_plain(rest) || !is_plain_name(host) || behind.is_empty() {
        return None;
    }
    Some(host_end + word::position(behind, |word| equal(word, b'?') | equal(word, b'#')))
}

/// Whether all bytes are left as they are in any part behind the host, and no two of them begin a
/// dot segment, an international name or a hexadecimal number.
fn is_plain(rest: &[u8]) -> bool {
    // Pairs overlap, and so do blocks: what the last one has in common with the one before it is
    // looked at twice, which is quicker than to look at what is left over one by one.
    const BLOCK: usize = 17;
    let Some(last) = rest.last_chunk::<BLOCK>() else { return false };
    let blocks = (0..rest.len() - BLOCK).step_by(BLOCK - 1);
    let mut blocks = blocks.filter_map(|start| rest.get(start..)?.first_chunk::<BLOCK>());
    blocks.all(is_plain_block) && is_plain_block(last) && is_plain_byte(last[BLOCK - 1])
}

fn is_plain_block(block: &[u8; 17]) -> bool {
    let pairs = block.iter().zip(&block[1..]);
    pairs.fold(true, |plain, (&byte, &next)| {
        let dot = (byte == b'/') & ((next == b'.') | (next == b'%'));
        let code = (byte == b'-') & (next == b'-');
        let hexadecimal = (byte == b'0') & (next == b'x');
        plain & is_plain_byte(byte) & !(dot | code | hexadecimal)
    })
}

const fn is_plain_byte(byte: u8) -> bool {
    let odd = (byte == b'"') | (byte == b'\'') | (byte == b'<') | (byte == b'>') | (byte == b'`');
    byte.is_ascii_graphic() & !odd & (byte != b'\\') & (byte != b'{') & (byte != b'}')
}

/// Whether a host is lower case letters, digits, dots and hyphens, and no address. (An address, like
/// `127.1` or `1.0x7f`, has a number behind its last dot.)
fn is_plain_name(host: &[u8]) -> bool {
    let plain = |byte: &u8| {
        byte.is_ascii_lowercase() | byte.is_ascii_digit() | (*byte == b'.') | (*byte == b'-')
    };
    host.last().is_some_and(u8::is_ascii_lowercase)
        && host.iter().fold(true, |all, byte| all & plain(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::page::path_end_by_parts;

    #[test]
    fn an_ordinary_page_needs_no_rules() {
        let rest = b"mini.yuanzhibang.com/apps/100027/orders/?from=list&page=2#item-7";
        assert_eq!(path_end(rest), Some(b"mini.yuanzhibang.com/apps/100027/orders/".len()));
    }

    /// Pieces of which URLs and what nearly are URLs come out often.
    fn nearly_url() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "h.example",
            "127",
            "1",
            ".",
            "0x",
            "7f",
            "xn--",
            "-",
            "a",
            "A",
            "z/",
            "/",
            "?",
            "#",
            "%",
            "%2e",
            ":",
            "@",
            "[",
            "]",
            "'",
            "`",
            "<",
            "{",
            "\\",
            "é",
            " ",
            "\u{7f}",
            "sixteen/or/more",
        ]);
        prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_needs_no_rules_keeps_them_all(rest in nearly_url()) {
            if let Some(end) = path_end(rest.as_bytes()) {
                prop_assert_eq!(path_end_by_parts(&rest, "443"), Ok(end), "{}", rest);
                prop_assert_eq!(path_end_by_parts(&rest, "80"), Ok(end), "{}", rest);
            }
        }
    }
}
