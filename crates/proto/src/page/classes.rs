//! Which characters a browser leaves as they are, in which part of a URL.

pub(super) const IN_HOST: u8 = 1;
pub(super) const IN_PATH: u8 = 2;
pub(super) const IN_QUERY: u8 = 4;
pub(super) const IN_FRAGMENT: u8 = 8;
pub(super) const IS_COLON: u8 = 16;

/// Where the first byte from `start` on stands that is not of this class.
pub(super) fn position(bytes: &[u8], start: usize, class: u8) -> usize {
    let outside = |&byte: &u8| CLASSES[usize::from(byte)] & class == 0;
    bytes[start..].iter().position(outside).map_or(bytes.len(), |length| start + length)
}

/// Which characters a browser leaves as they are, in which part.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        classes[byte as usize] = class(byte);
        byte += 1;
    }
    classes
};

const fn class(byte: u8) -> u8 {
    let mut class = 0;
    if !matches!(byte, b'A'..=b'Z' | b'%' | b'#' | b'/' | b':' | b'<' | b'>' | b'?' | b'@')
        && !matches!(byte, b'\\' | b'^' | b'|')
    {
        // The brackets of an IPv6 address are looked at with the host.
        class |= IN_HOST;
    }
    if !matches!(byte, b'"' | b'#' | b'<' | b'>' | b'?' | b'`' | b'{' | b'}' | b'\\') {
        class |= IN_PATH;
    }
    if !matches!(byte, b'"' | b'#' | b'<' | b'>' | b'\'') {
        class |= IN_QUERY;
    }
    if !matches!(byte, b'"' | b'<' | b'>' | b'`') {
        class |= IN_FRAGMENT;
    }
    if byte == b':' {
        class |= IS_COLON;
    }
    class
}
