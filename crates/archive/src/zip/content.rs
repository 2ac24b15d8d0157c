//! A member's content: unpacked, and compared with what was declared.

use std::borrow::Cow;

use flate2::{Crc, Decompress, FlushDecompress, Status};
use sha2::{Digest as _, Sha256};

use super::local_header::{Member, UNREADABLE};
use crate::error::{ArchiveError, shown};

/// Bytes that are unpacked at once of what is not kept.
const PIECE: usize = 256 << 10;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// How much a member may unpack to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// The largest size, packed and unpacked.
    pub(crate) size: u64,
    /// The largest ratio of unpacked to packed.
    pub(crate) ratio: u64,
    /// Below this size no ratio is a danger, and texts of one repeated line are legitimate.
    pub(crate) ratio_free: u64,
}

/// For `METADATA`: a hundred times the largest seen. Text packs 3 to 10 times; deflate can do 1,032.
pub(crate) const METADATA_BOUNDS: Bounds = Bounds { size: 16 << 20, ratio: 200, ratio_free: 64 << 10 };

/// Refuses a member that will not be read, before any of its bytes are fetched.
pub(crate) fn check(member: &Member, bounds: &Bounds) -> Result<(), ArchiveError> {
    let name = || shown(&member.name);
    if member.flags & UNREADABLE != 0 {
        return Err(ArchiveError::Encrypted { name: name() });
    }
    if member.method != STORED && member.method != DEFLATED {
        return Err(ArchiveError::Method { name: name(), method: member.method });
    }
    let Member { compressed, uncompressed, .. } = *member;
    let size = compressed.max(uncompressed);
    if size > bounds.size {
        return Err(ArchiveError::MemberTooLarge { name: name(), size, limit: bounds.size });
    }
    if uncompressed > bounds.ratio_free && uncompressed / bounds.ratio.max(1) > compressed {
        return Err(ArchiveError::Ratio { name: name(), compressed, uncompressed, limit: bounds.ratio });
    }
    Ok(())
}

/// Unpacks. `member` has passed [`check`].
pub(crate) fn read<'a>(data: &'a [u8], member: &Member) -> Result<Cow<'a, [u8]>, ArchiveError> {
    let content =
        if member.method == STORED { Cow::Borrowed(data) } else { Cow::Owned(inflate(data, member)?) };
    if content.len() as u64 != member.uncompressed {
        return Err(wrong_size(member, content.len() as u64));
    }
    let mut crc = Crc::new();
    crc.update(&content);
    if crc.sum() != member.crc {
        return Err(ArchiveError::Checksum {
            name: shown(&member.name),
            declared: member.crc,
            found: crc.sum(),
        });
    }
    Ok(content)
}

/// The first `keep` bytes, and the SHA-256 of all: for members that are too large to be kept. All of it is unpacked and
/// compared with what was declared, a piece at a time. `member` has passed [`check`].
pub(crate) fn read_start(
    data: &[u8],
    member: &Member,
    keep: usize,
) -> Result<(Vec<u8>, [u8; 32]), ArchiveError> {
    let (mut start, mut crc, mut hash, mut size) = (Vec::new(), Crc::new(), Sha256::new(), 0_u64);
    let mut see = |piece: &[u8]| {
        let room = keep.saturating_sub(start.len()).min(piece.len());
        start.extend_from_slice(&piece[..room]);
        crc.update(piece);
        hash.update(piece);
        size += piece.len() as u64;
        size
    };
    if member.method == STORED {
        see(data);
    } else {
        inflate_in_pieces(data, member, &mut see)?;
    }
    if size != member.uncompressed {
        return Err(wrong_size(member, size));
    }
    if crc.sum() != member.crc {
        let (declared, found) = (member.crc, crc.sum());
        return Err(ArchiveError::Checksum { name: shown(&member.name), declared, found });
    }
    Ok((start, hash.finalize().into()))
}

/// `see` is shown piece after piece, and says how many bytes there were so far.
fn inflate_in_pieces(
    data: &[u8],
    member: &Member,
    see: &mut dyn FnMut(&[u8]) -> u64,
) -> Result<(), ArchiveError> {
    let damaged = |problem| ArchiveError::Deflate { name: shown(&member.name), problem };
    let mut piece = vec![0; PIECE];
    let mut stream = Decompress::new(false);
    loop {
        let (read, written) = (stream.total_in() as usize, stream.total_out());
        let status = stream
            .decompress(&data[read..], &mut piece, FlushDecompress::None)
            .map_err(|_| damaged("not a deflate stream"))?;
        let size = see(&piece[..(stream.total_out() - written) as usize]);
        if size > member.uncompressed {
            return Err(wrong_size(member, size));
        }
        match status {
            Status::StreamEnd => break,
            _ if stream.total_in() as usize == read && stream.total_out() == written => {
                return Err(damaged("it stops before its end"));
            }
            _ => {}
        }
    }
    if stream.total_in() != data.len() as u64 {
        return Err(damaged("bytes follow its end"));
    }
    Ok(())
}

fn wrong_size(member: &Member, found: u64) -> ArchiveError {
    ArchiveError::Size { name: shown(&member.name), declared: member.uncompressed, found }
}

fn inflate(data: &[u8], member: &Member) -> Result<Vec<u8>, ArchiveError> {
    let damaged = |problem| ArchiveError::Deflate { name: shown(&member.name), problem };
    // One byte more than declared, to notice that more would come.
    let room = usize::try_from(member.uncompressed).map_err(|_| wrong_size(member, 0))? + 1;
    let mut content = vec![0; room];
    let mut stream = Decompress::new(false);
    loop {
        let (read, written) = (stream.total_in() as usize, stream.total_out() as usize);
        let status = stream
            .decompress(&data[read..], &mut content[written..], FlushDecompress::Finish)
            .map_err(|_| damaged("not a deflate stream"))?;
        if stream.total_out() > member.uncompressed {
            return Err(wrong_size(member, stream.total_out()));
        }
        match status {
            Status::StreamEnd => break,
            _ if stream.total_in() as usize == read && stream.total_out() as usize == written => {
                return Err(damaged("it stops before its end"));
            }
            _ => {}
        }
    }
    if stream.total_in() != data.len() as u64 {
        return Err(damaged("bytes follow its end"));
    }
    content.truncate(stream.total_out() as usize);
    Ok(content)
}
