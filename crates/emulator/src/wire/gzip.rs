//! The gzip format without compression: what it packs grows by a few bytes, and any reader of gzip
//! unpacks it. That is all a quirk needs.

/// Packs bytes into one gzip member of stored blocks.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    // Magic, method deflate, no flags, no moment, no hints, unknown system.
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = bytes.chunks(usize::from(u16::MAX)).peekable();
    if blocks.peek().is_none() {
        out.extend([1, 0, 0, 255, 255]);
    }
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out.extend(crc32(bytes).to_le_bytes());
    // The format wants the length modulo 2^32.
    let length = u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or(u32::MAX);
    out.extend(length.to_le_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_long_text_takes_several_blocks() {
        let packed = pack(&[b'x'; 100_000]);
        assert_eq!(packed.len(), 10 + 5 + 65_535 + 5 + 34_465 + 8);
        assert_eq!(packed[10..15], [0, 255, 255, 0, 0]);
        assert_eq!(pack(b"")[10..15], [1, 0, 0, 255, 255]);
    }
}
