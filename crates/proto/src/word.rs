//! Looking for bytes eight at a time, in the words they make.
//!
//! A mask has the high bit of every byte that is looked for. Subtracting borrows from that bit where
//! a byte is too small; the borrow may also mark bytes *above* one that is rightly marked, so only
//! the lowest mark is sure.

const ONES: u64 = u64::MAX / 255;
const HIGH_BITS: u64 = ONES << 7;

/// Marks the bytes below `least`, which is at most 128.
pub(crate) const fn below(word: u64, least: u8) -> u64 {
    word.wrapping_sub(ONES * least as u64) & !word & HIGH_BITS
}

/// Marks the bytes that are `byte`.
pub(crate) const fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (ONES * byte as u64), 1)
}

/// Where the first byte that `marks` marks is; the length if there is none.
#[inline]
pub(crate) fn position(bytes: &[u8], marks: impl Fn(u64) -> u64) -> usize {
    let mut at = 0;
    while let Some(word) = at_word(bytes, at) {
        let found = marks(word);
        if found != 0 {
            return at + first(found);
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let is_marked = |&byte: &u8| marks(ONES * u64::from(byte)) != 0;
    at + rest.iter().position(is_marked).unwrap_or(rest.len())
}

/// The eight bytes that begin at `at`, if there are as many.
#[inline]
pub(crate) fn at_word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|chunk| u64::from_le_bytes(*chunk))
}

/// The index of the lowest byte that is marked.
pub(crate) const fn first(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_mark_is_where_it_should_be(bytes: Vec<u8>, byte: u8, least in 0..=128_u8) {
            let wanted = bytes.iter().position(|&here| here == byte || here < least);
            let found = position(&bytes, |word| equal(word, byte) | below(word, least));
            prop_assert_eq!(found, wanted.unwrap_or(bytes.len()));
        }
    }
}
