//! A member's content: unpacked, and compared with what was declared.

use std::borrow::Cow;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::local_header::{Member, UNREADABLE};
use crate::error::{ArchiveError, shown};

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
