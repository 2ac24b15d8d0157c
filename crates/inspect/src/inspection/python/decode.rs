//! Encodings that sources hide texts in. What they hold is decoded under limits and looked at, never run.

use std::io::Read as _;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::{GzDecoder, ZlibDecoder};

/// Base 64 as Python's `b64decode` takes it: other characters are skipped, and padding need not be there.
pub(super) fn base64(text: &[u8], url_safe: bool) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let (alphabet, extra) = if url_safe { (&URL_SAFE, [b'-', b'_']) } else { (&STANDARD, [b'+', b'/']) };
    let kept: Vec<u8> =
        text.iter().copied().filter(|byte| byte.is_ascii_alphanumeric() || extra.contains(byte)).collect();
    GeneralPurpose::new(alphabet, config).decode(kept).ok()
}

/// Base 16, with the white space that `bytes.fromhex` allows.
pub(super) fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let kept: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    hex::decode(kept).ok()
}

/// zlib or gzip. Nothing, when it is larger than `limit`.
pub(super) fn inflate(bytes: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut found = Vec::new();
    let most = limit as u64 + 1;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(bytes).take(most).read_to_end(&mut found).ok()?;
    } else {
        ZlibDecoder::new(bytes).take(most).read_to_end(&mut found).ok()?;
    }
    (found.len() <= limit).then_some(found)
}

/// The Caesar cipher by thirteen, as the codec `rot13`.
pub(super) fn rot13(text: &str) -> String {
    let turn = |character: char, base: u8| char::from((character as u8 - base + 13) % 26 + base);
    text.chars()
        .map(|character| match character {
            'a'..='z' => turn(character, b'a'),
            'A'..='Z' => turn(character, b'A'),
            _ => character,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_python_decodes() {
        assert_eq!(base64(b"aGk=", false).unwrap(), b"hi");
        assert_eq!(base64(b"aG\nk", false).unwrap(), b"hi");
        assert_eq!(base64(b"-_8", true).unwrap(), [0xfb, 0xff]);
        assert_eq!(base64(b"a", false), None);
        assert_eq!(hex(b"68 69").unwrap(), b"hi");
        assert_eq!(hex(b"6"), None);
        assert_eq!(rot13("Uryyb, 1"), "Hello, 1");
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        use std::io::Write as _;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b'a'; 1 << 20]).unwrap();
        let bomb = encoder.finish().unwrap();
        assert!(bomb.len() < 2_000);
        assert_eq!(inflate(&bomb, 1 << 10), None);
        assert_eq!(inflate(&bomb, 1 << 20).unwrap().len(), 1 << 20);
    }
}
