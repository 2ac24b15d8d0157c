//! The header before a member's data (section 4.3.7) and the descriptor after it (section 4.3.9).

use super::{Fields, extra_fields};
use crate::error::{ArchiveError, shown};

const SIGNATURE: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// Sizes and CRC-32 stand after the data (section 4.4.4, bit 3).
pub(crate) const HAS_DESCRIPTOR: u16 = 1 << 3;
/// Encrypted, compressed patched data, strongly encrypted, masked header (section 4.4.4, bits 0, 5, 6, 13).
pub(crate) const UNREADABLE: u16 = 1 | 1 << 5 | 1 << 6 | 1 << 13;
/// The longest descriptor: signature, CRC-32, two 64-bit sizes.
pub(crate) const LONGEST_DESCRIPTOR: u64 = 24;

/// A member chosen for reading, as the central directory lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) compressed: u64,
    pub(crate) uncompressed: u64,
}

/// What a local header says.
struct Header<'a> {
    flags: u16,
    method: u16,
    crc: u32,
    compressed: u64,
    uncompressed: u64,
    name: &'a [u8],
}

/// The member's data as it stands in the archive. `bytes` begin at the local header and end where the next member, or
/// the directory, begins, or behind all that can belong to this member.
pub(crate) fn data<'a>(bytes: &'a [u8], member: &Member) -> Result<&'a [u8], ArchiveError> {
    let mut fields = Fields(bytes);
    let header = header(&mut fields).map_err(|field| differs(member, field))?;
    compare(&header, member)?;
    let overlap = || ArchiveError::OutOfBounds { name: shown(&member.name) };
    let length = usize::try_from(member.compressed).map_err(|_| overlap())?;
    // Extra fields that the directory does not list may push the data into the next member.
    let data = fields.take(length).ok_or_else(overlap)?;
    if header.flags & HAS_DESCRIPTOR != 0 && !descriptor_agrees(fields, member) {
        return Err(ArchiveError::DescriptorDiffers { name: shown(&member.name) });
    }
    Ok(data)
}

fn differs(member: &Member, field: &'static str) -> ArchiveError {
    ArchiveError::HeaderDiffers { name: shown(&member.name), field }
}

/// The error names the part that cannot be read.
fn header<'a>(fields: &mut Fields<'a>) -> Result<Header<'a>, &'static str> {
    if !fields.signature(SIGNATURE) {
        return Err("signature");
    }
    let mut fixed = Fields(fields.take(26).ok_or("length")?);
    let mut parse = || {
        fixed.take(2)?; // version needed
        let (flags, method) = (fixed.u16()?, fixed.u16()?);
        fixed.take(4)?; // time and date
        let (crc, compressed, uncompressed) = (fixed.u32()?, fixed.u32()?, fixed.u32()?);
        Some((flags, method, crc, compressed, uncompressed, fixed.u16()?, fixed.u16()?))
    };
    let (flags, method, crc, compressed, uncompressed, name, extra) = parse().ok_or("length")?;
    let name = fields.take(name.into()).ok_or("name")?;
    let extra = fields.take(extra.into()).ok_or("extra fields")?;
    let extra = extra_fields::read(extra).map_err(|_| "extra fields")?;
    // A second name only here would rename the member for readers that stream.
    if extra.second_name {
        return Err("name");
    }
    let [uncompressed, compressed] =
        extra_fields::widen([uncompressed, compressed], &extra).map_err(|_| "extra fields")?;
    Ok(Header { flags, method, crc, compressed, uncompressed, name })
}

fn compare(header: &Header<'_>, member: &Member) -> Result<(), ArchiveError> {
    if header.name != member.name {
        return Err(differs(member, "name"));
    }
    if header.method != member.method {
        return Err(differs(member, "compression method"));
    }
    // The other flags say how hard a writer tried to compress, or how to show the name.
    if header.flags & UNREADABLE != member.flags & UNREADABLE {
        return Err(differs(member, "flags"));
    }
    // With a descriptor the fields are zero, or already known and then right.
    let later = header.flags & HAS_DESCRIPTOR != 0;
    let agrees = |here: u64, there: u64| here == there || (later && here == 0);
    if !agrees(header.crc.into(), member.crc.into()) {
        return Err(differs(member, "CRC-32"));
    }
    if !agrees(header.compressed, member.compressed) || !agrees(header.uncompressed, member.uncompressed) {
        return Err(differs(member, "size"));
    }
    Ok(())
}

/// The descriptor's signature is optional, and only the writer knew whether its sizes have 32 or 64 bits: one of the four
/// forms has to agree.
fn descriptor_agrees(after: Fields<'_>, member: &Member) -> bool {
    let mut signed = after;
    let forms = if signed.signature(DESCRIPTOR) { [Some(signed), Some(after)] } else { [None, Some(after)] };
    forms.into_iter().flatten().any(|form| {
        let agrees = |wide: bool| {
            let mut fields = form;
            let crc = fields.u32()?;
            let mut size = || if wide { fields.u64() } else { fields.u32().map(u64::from) };
            Some(crc == member.crc && size()? == member.compressed && size()? == member.uncompressed)
        };
        agrees(false) == Some(true) || agrees(true) == Some(true)
    })
}
