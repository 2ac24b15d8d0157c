//! The central directory (section 4.3.12): the list of members that decides what the archive holds.

use super::end_record::Directory;
use super::local_header::Member;
use super::{Fields, extra_fields};
use crate::error::{ArchiveError, shown};

const SIGNATURE: [u8; 4] = *b"PK\x01\x02";

/// The fixed part of a local header.
pub(crate) const LOCAL_HEADER: u64 = 30;

/// One member, as the directory lists it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a [u8],
    /// Section 4.4.4.
    pub(crate) flags: u16,
    /// Section 4.4.5.
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) compressed: u64,
    pub(crate) uncompressed: u64,
    /// The file's type and permissions on Unix (`st_mode`), or 0: the upper half of section 4.4.15.
    pub(crate) mode: u16,
    /// Offset of the local header.
    pub(crate) header: u64,
}

impl Entry<'_> {
    /// The same on its own, to be read.
    pub(crate) fn member(&self) -> Member {
        Member {
            name: self.name.to_vec(),
            flags: self.flags,
            method: self.method,
            crc: self.crc,
            compressed: self.compressed,
            uncompressed: self.uncompressed,
        }
    }

    /// Where the member ends at the earliest: its own header may have more extra fields than the directory, and a
    /// descriptor may follow.
    fn least_end(&self) -> Option<u64> {
        self.header.checked_add(LOCAL_HEADER + self.name.len() as u64)?.checked_add(self.compressed)
    }
}

/// Reads all entries. `bytes` are those of the directory's range.
pub(crate) fn read<'a>(bytes: &'a [u8], directory: &Directory) -> Result<Vec<Entry<'a>>, ArchiveError> {
    let mut fields = Fields(bytes);
    // The locator has checked the number against the limit and against the directory's size.
    let mut entries = Vec::with_capacity(directory.members as usize);
    while !fields.0.is_empty() {
        let index = entries.len() as u64;
        // A digital signature (section 4.3.13) or anything else after the last entry ends here too.
        if index == directory.members {
            return Err(ArchiveError::MemberCount { declared: directory.members, found: index + 1 });
        }
        let entry = entry(&mut fields).map_err(|problem| ArchiveError::EntryDamaged { index, problem })?;
        let (entry, second_name) = entry;
        if entry.name.contains(&0) {
            return Err(ArchiveError::NulInName { name: shown(entry.name) });
        }
        if second_name {
            return Err(ArchiveError::SecondName { name: shown(entry.name) });
        }
        entries.push(entry);
    }
    if entries.len() as u64 != directory.members {
        return Err(ArchiveError::MemberCount { declared: directory.members, found: entries.len() as u64 });
    }
    Ok(entries)
}

fn entry<'a>(fields: &mut Fields<'a>) -> Result<(Entry<'a>, bool), &'static str> {
    const CUT_OFF: &str = "it is cut off";
    if !fields.signature(SIGNATURE) {
        return Err("its signature is missing");
    }
    let fixed = fields.take(42).ok_or(CUT_OFF)?;
    let (narrow, lengths) = fixed_part(Fields(fixed)).ok_or(CUT_OFF)?;
    let name = fields.take(lengths.name.into()).ok_or("its name runs over the end")?;
    let extra = fields.take(lengths.extra.into()).ok_or("its extra fields run over the end")?;
    fields.take(lengths.comment.into()).ok_or("its comment runs over the end")?;
    let extra = extra_fields::read(extra)?;
    let [uncompressed, compressed, header] =
        extra_fields::widen([narrow.uncompressed, narrow.compressed, narrow.header], &extra)?;
    let Narrow { flags, method, crc, mode, .. } = narrow;
    let entry = Entry { name, flags, method, crc, compressed, uncompressed, mode, header };
    Ok((entry, extra.second_name))
}

struct Narrow {
    flags: u16,
    method: u16,
    crc: u32,
    compressed: u32,
    uncompressed: u32,
    mode: u16,
    header: u32,
}

struct Lengths {
    name: u16,
    extra: u16,
    comment: u16,
}

/// The 42 bytes after the signature.
fn fixed_part(mut fields: Fields<'_>) -> Option<(Narrow, Lengths)> {
    fields.take(4)?; // versions made by and needed
    let (flags, method) = (fields.u16()?, fields.u16()?);
    fields.take(4)?; // time and date
    let (crc, compressed, uncompressed) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let lengths = Lengths { name: fields.u16()?, extra: fields.u16()?, comment: fields.u16()? };
    fields.take(6)?; // disk, internal attributes, the lower half of the external ones
    let mode = fields.u16()?;
    let header = fields.u32()?;
    Some((Narrow { flags, method, crc, compressed, uncompressed, mode, header }, lengths))
}

/// Checks that the members lie side by side before the directory. Returns for each, in the order of their headers, its
/// index in `entries` and where it has to end: at the next member's header, or at the directory.
pub(crate) fn layout(
    entries: &[Entry<'_>],
    directory: &Directory,
) -> Result<Vec<(usize, u64)>, ArchiveError> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_unstable_by_key(|index| entries[*index].header);
    let mut placed = Vec::with_capacity(order.len());
    for (position, &index) in order.iter().enumerate() {
        let entry = &entries[index];
        let end = entry.least_end().filter(|end| *end <= directory.range.start);
        let Some(end) = end else { return Err(ArchiveError::OutOfBounds { name: shown(entry.name) }) };
        let next = order.get(position + 1).map(|next| entries[*next].header);
        if let Some(offset) = next.filter(|next| end > *next) {
            return Err(ArchiveError::Overlap { offset });
        }
        placed.push((index, next.unwrap_or(directory.range.start)));
    }
    Ok(placed)
}

/// Where the member with this header has to end.
pub(crate) fn boundary(
    entries: &[Entry<'_>],
    header: u64,
    directory: &Directory,
) -> Result<u64, ArchiveError> {
    let placed = layout(entries, directory)?;
    let found = placed.into_iter().find(|(index, _)| entries[*index].header == header);
    Ok(found.map_or(directory.range.start, |(_, end)| end))
}
