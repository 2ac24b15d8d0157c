//! A zip writer without clock or randomness, and a reader for what it and ordinary wheels contain.

use std::io::{Read as _, Write as _};

use flate2::{Compression, Crc, read::DeflateDecoder, write::DeflateEncoder};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// 1980-01-01, the earliest date that zip can write.
const DATE: u16 = 0x0021;
/// A regular file, 0644, made on Unix.
const MODE: u32 = 0o100_644 << 16;

#[derive(Default)]
pub(crate) struct ZipWriter {
    out: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

impl ZipWriter {
    /// Appends a member, deflated when `deflate` and that makes it smaller.
    pub(crate) fn add(&mut self, name: &str, content: &[u8], deflate: bool) {
        let mut crc = Crc::new();
        crc.update(content);
        let packed = deflate.then(|| {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(content).expect("writing to memory cannot fail");
            encoder.finish().expect("writing to memory cannot fail")
        });
        let (method, data) = match &packed {
            Some(packed) if packed.len() < content.len() => (8_u16, packed.as_slice()),
            _ => (0, content),
        };
        let mut common = Vec::new();
        for half in [20, 0x0800, method, 0, DATE] {
            common.extend_from_slice(&half.to_le_bytes());
        }
        for word in [crc.sum(), narrow(data.len()), narrow(content.len())] {
            common.extend_from_slice(&word.to_le_bytes());
        }
        let name_length = u16::try_from(name.len()).expect("a member's name is shorter than 64 KiB");
        common.extend_from_slice(&name_length.to_le_bytes());
        common.extend_from_slice(&0_u16.to_le_bytes());

        self.directory.extend_from_slice(&CENTRAL.to_le_bytes());
        self.directory.extend_from_slice(&0x0314_u16.to_le_bytes());
        self.directory.extend_from_slice(&common);
        self.directory.extend_from_slice(&[0; 6]);
        self.directory.extend_from_slice(&MODE.to_le_bytes());
        self.directory.extend_from_slice(&narrow(self.out.len()).to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());

        self.out.extend_from_slice(&LOCAL.to_le_bytes());
        self.out.extend_from_slice(&common);
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(data);
        self.count += 1;
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        let (start, length) = (narrow(self.out.len()), narrow(self.directory.len()));
        self.out.append(&mut self.directory);
        self.out.extend_from_slice(&END.to_le_bytes());
        self.out.extend_from_slice(&[0; 4]);
        for _ in 0..2 {
            self.out.extend_from_slice(&self.count.to_le_bytes());
        }
        self.out.extend_from_slice(&length.to_le_bytes());
        self.out.extend_from_slice(&start.to_le_bytes());
        self.out.extend_from_slice(&[0; 2]);
        self.out
    }
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).expect("test archives are smaller than 4 GiB")
}

/// The content of the first member whose name ends with `suffix`. For files we made or recorded, not for
/// hostile ones.
pub(crate) fn member(zip: &[u8], suffix: &str) -> Option<Vec<u8>> {
    let half = |at: usize| Some(usize::from(u16::from_le_bytes(zip.get(at..at + 2)?.try_into().ok()?)));
    let word = |at: usize| Some(u32::from_le_bytes(zip.get(at..at + 4)?.try_into().ok()?));
    let end = zip.windows(4).rposition(|bytes| bytes == END.to_le_bytes())?;
    let mut at = word(end + 16)? as usize;
    for _ in 0..half(end + 10)? {
        let name = zip.get(at + 46..at + 46 + half(at + 28)?)?;
        if name.ends_with(suffix.as_bytes()) {
            let (method, packed, local) = (half(at + 10)?, word(at + 20)? as usize, word(at + 42)? as usize);
            let start = local + 30 + half(local + 26)? + half(local + 28)?;
            let data = zip.get(start..start + packed)?;
            if method == 0 {
                return Some(data.to_vec());
            }
            let mut content = Vec::new();
            DeflateDecoder::new(data).read_to_end(&mut content).ok()?;
            return Some(content);
        }
        at += 46 + half(at + 28)? + half(at + 30)? + half(at + 32)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_back_stored_and_deflated() {
        let mut writer = ZipWriter::default();
        let long = b"abc".repeat(1000);
        writer.add("a/stored.txt", b"x", true);
        writer.add("a/long.txt", &long, true);
        writer.add("a/plain.txt", &long, false);
        let zip = writer.finish();
        assert_eq!(member(&zip, "/stored.txt").as_deref(), Some(&b"x"[..]));
        assert_eq!(member(&zip, "/long.txt"), Some(long.clone()));
        assert_eq!(member(&zip, "/plain.txt"), Some(long));
        assert_eq!(member(&zip, "/absent"), None);
        assert_eq!(member(b"no zip", "x"), None);
    }
}
