//! Where tokens, tickets and codes come from: a seeded sequence, so that a run can be repeated.

/// Makes 64 hexadecimal characters at a time, the same ones in the same order for the same seed.
///
/// The sequence is SplitMix64. It is *predictable on purpose* and protects nothing.
#[derive(Clone, Debug)]
pub(crate) struct Mint {
    state: u64,
}

impl Mint {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next value: 64 lower-case hexadecimal characters.
    pub(crate) fn strike(&mut self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(64);
        for _ in 0..4 {
            for byte in self.step().to_be_bytes() {
                text.push(char::from(DIGITS[usize::from(byte >> 4)]));
                text.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
        text
    }

    /// The next 64 bits.
    pub(crate) fn step(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_splitmix64() {
        // The reference implementation's first output for seed 0.
        assert_eq!(Mint::new(0).step(), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn values_are_64_hex_characters_and_repeat_by_seed() {
        let (mut one, mut two) = (Mint::new(7), Mint::new(7));
        let first = one.strike();
        assert_eq!(first.len(), 64);
        assert!(first.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
        assert_eq!(first, two.strike());
        assert_ne!(first, one.strike());
        assert_ne!(first, Mint::new(8).strike());
    }
}
