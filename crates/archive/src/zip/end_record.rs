//! The end of central directory record (section 4.3.16) and its zip64 form (sections 4.3.14 and 4.3.15).

use std::ops::Range;

use super::{Fields, SENTINEL_16, SENTINEL_32};
use crate::error::ArchiveError;

const SIGNATURE: [u8; 4] = *b"PK\x05\x06";
const ZIP64_RECORD: [u8; 4] = *b"PK\x06\x06";
const ZIP64_LOCATOR: [u8; 4] = *b"PK\x06\x07";

const RECORD_LENGTH: usize = 22;
const LOCATOR_LENGTH: usize = 20;
const ZIP64_LENGTH: usize = 56;

/// How many bytes at the end hold all three records, however long the comment is.
pub(crate) const TAIL: u64 = (RECORD_LENGTH + LOCATOR_LENGTH + ZIP64_LENGTH) as u64 + u16::MAX as u64;

/// More than ten times the largest seen (a wheel with 10,756 members has 1.3 MB).
pub(crate) const DIRECTORY_LIMIT: u64 = 64 << 20;
/// More than ten times the largest seen.
pub(crate) const MEMBER_LIMIT: u64 = 200_000;

/// The smallest entry of a central directory.
const ENTRY_LENGTH: u64 = 46;

/// Where the central directory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directory {
    /// From the first entry to the end of the last one.
    pub(crate) range: Range<u64>,
    /// How many members it lists.
    pub(crate) members: u64,
}

/// The fields that the record and its zip64 form share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Totals {
    members_here: u64,
    members: u64,
    size: u64,
    offset: u64,
}

/// Finds the central directory. `tail` is the end of the file, the last [`TAIL`] bytes or all of them, and `start` the
/// offset of its first byte.
pub(crate) fn locate(tail: &[u8], start: u64) -> Result<Directory, ArchiveError> {
    let at = find(tail, start)?;
    let mut fields = Fields(&tail[at + 4..]);
    let (disks, narrow) =
        short_record(&mut fields).ok_or(ArchiveError::NoEndRecord { searched: tail.len() as u64 })?;
    let (totals, end) = match zip64(tail, start, at, narrow)? {
        Some(totals) => (totals, at - LOCATOR_LENGTH - ZIP64_LENGTH),
        None => (narrow, at),
    };
    // The sentinel stands for the disk numbers of the zip64 record, which are zero.
    let whole = disks == 0 || (disks == SENTINEL_16 && end < at);
    if !whole || totals.members_here != totals.members {
        return Err(ArchiveError::MultipleDisks);
    }
    if totals.size > DIRECTORY_LIMIT {
        return Err(ArchiveError::DirectoryTooLarge { size: totals.size, limit: DIRECTORY_LIMIT });
    }
    if totals.members > MEMBER_LIMIT {
        return Err(ArchiveError::TooManyMembers { count: totals.members, limit: MEMBER_LIMIT });
    }
    if totals.members * ENTRY_LENGTH > totals.size {
        return Err(ArchiveError::MemberCount {
            declared: totals.members,
            found: totals.size / ENTRY_LENGTH,
        });
    }
    let expected = start + end as u64;
    let end = totals.offset.saturating_add(totals.size);
    // Python shifts all offsets when they do not fit, others do not: a file may then hold two archives.
    if end != expected {
        return Err(ArchiveError::DirectoryMisplaced { end, expected });
    }
    Ok(Directory { range: totals.offset..end, members: totals.members })
}

/// The one place where the record can be.
fn find(tail: &[u8], start: u64) -> Result<usize, ArchiveError> {
    let signatures: Vec<usize> =
        tail.windows(4).enumerate().filter(|(_, bytes)| *bytes == SIGNATURE).map(|(at, _)| at).collect();
    let reaches_end = |at: &&usize| {
        let comment = tail.get(**at + 20..**at + RECORD_LENGTH).map(|length| Fields(length).u16());
        comment.flatten().is_some_and(|length| **at + RECORD_LENGTH + usize::from(length) == tail.len())
    };
    let Some(&last) = signatures.last() else {
        return Err(ArchiveError::NoEndRecord { searched: tail.len() as u64 });
    };
    let mut fitting = signatures.iter().filter(reaches_end);
    let Some(&first) = fitting.next() else {
        return Err(ArchiveError::EndRecordMisplaced { offset: start + last as u64 });
    };
    // An archive stored in the archive leaves further signatures before the record: harmless, since they do not
    // reach the end. One after it stands in the comment, where readers that search backwards find it first.
    if first != last {
        let (first, second) = (start + first as u64, start + last as u64);
        return Err(ArchiveError::EndRecordAmbiguous { first, second });
    }
    Ok(first)
}

/// The disk numbers, zero in a whole archive, and the totals.
fn short_record(fields: &mut Fields<'_>) -> Option<(u16, Totals)> {
    let disks = fields.u16()? | fields.u16()?;
    let (members_here, members) = (fields.u16()?, fields.u16()?);
    let (size, offset) = (fields.u32()?, fields.u32()?);
    let totals = Totals {
        members_here: members_here.into(),
        members: members.into(),
        size: size.into(),
        offset: offset.into(),
    };
    Some((disks, totals))
}

/// The totals of the zip64 record, when there is one. It has to stand where a reader that does not look at the locator
/// expects it, and to agree with the short record, so that it does not matter which one a reader believes.
fn zip64(tail: &[u8], start: u64, end_record: usize, short: Totals) -> Result<Option<Totals>, ArchiveError> {
    let refuse = |problem| Err(ArchiveError::Zip64End { problem });
    let Some(locator) = end_record.checked_sub(LOCATOR_LENGTH) else { return Ok(None) };
    let mut fields = Fields(&tail[locator..end_record]);
    if !fields.signature(ZIP64_LOCATOR) {
        return Ok(None);
    }
    let Some(record) = locator.checked_sub(ZIP64_LENGTH) else { return refuse("its record is missing") };
    let (disk, offset, disks) = (fields.u32(), fields.u64(), fields.u32());
    if offset != Some(start + record as u64) {
        return refuse("the locator does not point to the record before it");
    }
    if disk != Some(0) || disks.is_none_or(|disks| disks > 1) {
        return Err(ArchiveError::MultipleDisks);
    }
    let mut fields = Fields(&tail[record..locator]);
    // An extensible data sector would move the record away from where some readers look.
    if !fields.signature(ZIP64_RECORD) || fields.u64() != Some(ZIP64_LENGTH as u64 - 12) {
        return refuse("no record of the basic length stands before the locator");
    }
    let Some((disks, totals)) = long_record(&mut fields) else { return refuse("its record is cut off") };
    if disks != 0 {
        return Err(ArchiveError::MultipleDisks);
    }
    let agree = |short: u64, sentinel: u64, long: u64| short == sentinel || short == long;
    let (members, sizes) = (SENTINEL_16.into(), SENTINEL_32.into());
    if !agree(short.members_here, members, totals.members_here)
        || !agree(short.members, members, totals.members)
        || !agree(short.size, sizes, totals.size)
        || !agree(short.offset, sizes, totals.offset)
    {
        return refuse("it differs from the record at the end");
    }
    Ok(Some(totals))
}

fn long_record(fields: &mut Fields<'_>) -> Option<(u32, Totals)> {
    fields.take(4)?; // versions made by and needed
    let disks = fields.u32()? | fields.u32()?;
    let (members_here, members) = (fields.u64()?, fields.u64()?);
    let (size, offset) = (fields.u64()?, fields.u64()?);
    Some((disks, Totals { members_here, members, size, offset }))
}
