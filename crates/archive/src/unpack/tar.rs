//! `.tar.gz` files: sdists.

use std::io::Read as _;

use flate2::bufread::GzDecoder;

use super::tar_header::{self, BLOCK, Header};
use super::tar_records::{self, Records};
use super::{Found, FoundKind, Output, UnpackError, UnpackLimits};
use crate::error::shown;

/// The largest extended header: a path and a link target at their limits, and times.
const EXTENDED_LIMIT: u64 = 64 << 10;
/// Entries are read in pieces, so that a declared size alone takes no memory.
const PIECE: u64 = 1 << 20;
/// What an entry may take besides its content: header, padding, extended headers, the end.
const OVERHEAD: u64 = 8 << 10;

pub(super) fn unpack(archive: &[u8], output: &mut Output<'_>) -> Result<(), UnpackError> {
    let mut stream = Stream {
        packed: archive.len() as u64,
        unpacked: 0,
        decoder: GzDecoder::new(archive),
        limits: *output.limits,
    };
    let mut records = Records::default();
    let mut content = Vec::new();
    let mut headers = 0_u64;
    loop {
        let offset = stream.unpacked;
        let block = stream.block("a header")?;
        if block == [0; BLOCK] {
            break;
        }
        let header = tar_header::read(&block).map_err(|problem| UnpackError::Header { offset, problem })?;
        // Extended headers alone make no entry, but take as much time.
        headers += 1;
        if headers > output.limits.entries.saturating_mul(4) {
            return Err(UnpackError::TooManyEntries { limit: output.limits.entries });
        }
        let extended = |problem| UnpackError::Extended { offset, problem };
        if matches!(header.kind, b'x' | b'g' | b'L' | b'K') {
            if header.size > EXTENDED_LIMIT {
                return Err(extended("it is too long"));
            }
            stream.content(header.size, &mut content)?;
            extend(header.kind, &content, &mut records).map_err(extended)?;
            continue;
        }
        let records = std::mem::take(&mut records);
        // A size here and another there: one reader takes the file's content for headers, another does not.
        if records.size.is_some_and(|size| size != header.size) {
            return Err(extended("its size differs from the one in the header"));
        }
        entry(&mut stream, header, records, &mut content, output)?;
    }
    if records.path.is_some() || records.target.is_some() || records.size.is_some() {
        return Err(UnpackError::Truncated { part: "the entry of an extended header" });
    }
    stream.end()
}

fn extend(kind: u8, content: &[u8], records: &mut Records) -> Result<(), &'static str> {
    match kind {
        b'x' => tar_records::local(content, records),
        b'g' => tar_records::global(content),
        b'L' => tar_records::once(&mut records.path, tar_records::long_name(content)?, "two paths"),
        _ => tar_records::once(&mut records.target, tar_records::long_name(content)?, "two link targets"),
    }
}

fn entry(
    stream: &mut Stream<'_>,
    header: Header,
    records: Records,
    content: &mut Vec<u8>,
    output: &mut Output<'_>,
) -> Result<(), UnpackError> {
    let slash_in_header = header.path.ends_with(b"/");
    let path = records.path.unwrap_or(header.path);
    let target = records.target.unwrap_or(header.target);
    let slash = path.ends_with(b"/");
    // CPython looks for that slash in the header, others in the extended header's path.
    if header.kind == b'\0' && slash != slash_in_header {
        let problem = "a folder by one of its names, a file by the other";
        return Err(UnpackError::Contradiction { path: shown(&path), problem });
    }
    let kind = match header.kind {
        // Before there was a type for it, a slash made a folder; CPython still reads it so.
        b'\0' if slash => FoundKind::Directory,
        b'0' | b'\0' | b'7' if !slash => FoundKind::File,
        b'1' => FoundKind::Hardlink(&target),
        b'2' => FoundKind::Symlink(&target),
        b'5' => FoundKind::Directory,
        b'0' | b'7' => {
            let problem = "a folder by its name, a file by its type";
            return Err(UnpackError::Contradiction { path: shown(&path), problem });
        }
        other => {
            let kind = match other {
                b'3' | b'4' => "a device".to_owned(),
                b'6' => "a pipe".to_owned(),
                b'S' => "a sparse file".to_owned(),
                other => format!("type {:?}", char::from(other)),
            };
            return Err(UnpackError::Kind { path: shown(&path), kind });
        }
    };
    if !matches!(kind, FoundKind::File) && header.size > 0 {
        // Some readers skip that many bytes, some take them for the next header.
        let problem = "data after what is no file";
        return Err(UnpackError::Contradiction { path: shown(&path), problem });
    }
    output.make_room(&path, header.size)?;
    stream.content(header.size, content)?;
    let executable = header.executable && matches!(kind, FoundKind::File);
    output.entry(&Found { path: &path, kind, executable, bytes: content, all: None })
}

struct Stream<'a> {
    decoder: GzDecoder<&'a [u8]>,
    packed: u64,
    unpacked: u64,
    limits: UnpackLimits,
}

impl Stream<'_> {
    fn block(&mut self, part: &'static str) -> Result<[u8; BLOCK], UnpackError> {
        let mut block = [0; BLOCK];
        self.fill(&mut block, part)?;
        Ok(block)
    }

    fn fill(&mut self, buffer: &mut [u8], part: &'static str) -> Result<(), UnpackError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.some(&mut buffer[filled..])? {
                0 => return Err(UnpackError::Truncated { part }),
                length => filled += length,
            }
        }
        Ok(())
    }

    fn some(&mut self, buffer: &mut [u8]) -> Result<usize, UnpackError> {
        let damaged =
            |error: std::io::Error| UnpackError::Gzip { problem: shown(error.to_string().as_bytes()) };
        let length = self.decoder.read(buffer).map_err(damaged)?;
        self.unpacked += length as u64;
        let UnpackLimits { ratio, ratio_free, total, entries, .. } = self.limits;
        if self.unpacked > ratio_free && self.unpacked / ratio.max(1) > self.packed {
            return Err(UnpackError::Ratio { packed: self.packed, unpacked: self.unpacked, limit: ratio });
        }
        // Also what is no entry: extended headers, and zeros after the end.
        if self.unpacked > total.saturating_add(entries.saturating_mul(OVERHEAD)) {
            return Err(UnpackError::TooLarge { limit: total });
        }
        Ok(length)
    }

    /// Reads `size` bytes and the padding after them.
    fn content(&mut self, size: u64, content: &mut Vec<u8>) -> Result<(), UnpackError> {
        content.clear();
        let mut missing = size;
        while missing > 0 {
            let (start, piece) = (content.len(), missing.min(PIECE));
            content.resize(start + piece as usize, 0);
            self.fill(&mut content[start..], "an entry")?;
            missing -= piece;
        }
        let padding = content.len().wrapping_neg() % BLOCK;
        self.fill(&mut [0; BLOCK][..padding], "an entry")
    }

    /// After the first zero block: nothing but zeros in the tar file, and in the gzip file after its stream.
    fn end(mut self) -> Result<(), UnpackError> {
        let mut buffer = [0; 16 * BLOCK];
        loop {
            let length = self.some(&mut buffer)?;
            if buffer[..length].iter().any(|byte| *byte != 0) {
                return Err(UnpackError::BytesAfterEnd);
            }
            if length == 0 {
                break;
            }
        }
        let rest = self.decoder.into_inner();
        if rest.iter().any(|byte| *byte != 0) {
            return Err(UnpackError::BytesAfterGzip { length: rest.len() as u64 });
        }
        Ok(())
    }
}
