//! Sdists, well made and not, and what becomes of archives.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use packhouse_archive::{ArchiveFormat, EntryKind, UnpackError, UnpackLimits, unpack};

/// A header with a right checksum.
pub(crate) fn header(name: &[u8], kind: u8, size: usize) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    sum(&mut block);
    block
}

/// Writes the checksum.
pub(crate) fn sum(block: &mut [u8]) {
    block[148..156].fill(b' ');
    let sum: u32 = block[..512].iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// A header and its content, padded.
pub(crate) fn entry(name: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = header(name, kind, content.len());
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// A link's header.
pub(crate) fn link(name: &[u8], kind: u8, target: &[u8]) -> Vec<u8> {
    let mut block = header(name, kind, 0);
    block[157..157 + target.len()].copy_from_slice(target);
    sum(&mut block);
    block
}

/// A pax header with these records.
pub(crate) fn pax(kind: u8, records: &[(&str, &str)]) -> Vec<u8> {
    let mut content = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while rest + length.to_string().len() != length {
            length = rest + length.to_string().len();
        }
        content.extend(format!("{length} {key}={value}\n").as_bytes());
    }
    entry(b"pax", kind, &content)
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("into memory");
    encoder.finish().expect("into memory")
}

/// The parts, an end, packed.
pub(crate) fn sdist(parts: &[Vec<u8>]) -> Vec<u8> {
    gzip(&[parts.concat(), vec![0; 1024]].concat())
}

/// One line for each entry: `path`, `path/`, `path -> target`, `path = target`, with `*` for executable, and the content.
pub(crate) fn listing(
    archive: &[u8],
    format: ArchiveFormat,
    limits: &UnpackLimits,
) -> Result<Vec<String>, UnpackError> {
    let mut lines = Vec::new();
    unpack(archive, format, limits, &mut |entry| {
        let star = if entry.executable { "*" } else { "" };
        let content = String::from_utf8_lossy(entry.bytes);
        lines.push(match entry.kind {
            EntryKind::File => format!("{}{star}: {content}", entry.path),
            EntryKind::Directory => format!("{}/", entry.path),
            EntryKind::Symlink { target } => format!("{} -> {target}", entry.path),
            EntryKind::Hardlink { target } => format!("{} = {target}", entry.path),
        });
    })?;
    Ok(lines)
}

/// The variant's name, of the inner error for those of zip files.
pub(crate) fn kind(error: &UnpackError) -> String {
    let shown = error.to_string();
    assert!(shown.len() < 600 && shown.chars().all(|c| !c.is_control()), "{shown}");
    let text = match error {
        UnpackError::Zip(inner) => format!("{inner:?}"),
        other => format!("{other:?}"),
    };
    text.split([' ', '{']).next().unwrap_or_default().to_owned()
}
