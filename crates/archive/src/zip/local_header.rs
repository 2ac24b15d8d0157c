//! The header before a member's data (section 4.3.7) and the descriptor after it (section 4.3.9).

use super::{Fields, extra_fields};
use crate::error::{ArchiveError, shown};

const SIGNATURE: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// Sizes and CRC-32 stand after the data (section 4.4.4, bit 3).
pub(crate) const HAS_DESCRIPTOR: u16 = 1 << 3;
/// Encrypted, compressed patched data, strongly encrypted, masked header (section 4.4.4, bits 0, 5, 6, 13).
pub(crate) const UNREADABLE: u16 = 1 | 1 << 5 | 1 << 6 | 1 << 13;
/// The name is UTF-8 (section 4.4.4, bit 11).
pub(crate) const UTF_8: u16 = 1 << 11;
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
    let (data, after, described) = parts(bytes, member)?;
    let agrees = |form| descriptor_length(after, form, member).is_some();
    if described && !DESCRIPTOR_FORMS.into_iter().any(agrees) {
        return Err(ArchiveError::DescriptorDiffers { name: shown(&member.name) });
    }
    Ok(data)
}

/// The same for a member that has to fill `bytes`, so that nothing is hidden behind it.
pub(crate) fn exact_data<'a>(bytes: &'a [u8], member: &Member) -> Result<&'a [u8], ArchiveError> {
    let (data, after, described) = parts(bytes, member)?;
    let length = after.0.len();
    if described {
        let fills = |form| descriptor_length(after, form, member) == Some(length);
        if !DESCRIPTOR_FORMS.into_iter().any(fills) {
            return Err(ArchiveError::DescriptorDiffers { name: shown(&member.name) });
        }
    } else if length > 0 {
        return Err(ArchiveError::BytesBetween { name: shown(&member.name), length: length as u64 });
    }
    Ok(data)
}

/// The data, what follows it, and whether a descriptor has to follow.
fn parts<'a>(bytes: &'a [u8], member: &Member) -> Result<(&'a [u8], Fields<'a>, bool), ArchiveError> {
    let mut fields = Fields(bytes);
    let header = header(&mut fields).map_err(|field| differs(member, field))?;
    compare(&header, member)?;
    let overlap = || ArchiveError::OutOfBounds { name: shown(&member.name) };
    let length = usize::try_from(member.compressed).map_err(|_| overlap())?;
    // Extra fields that the directory does not list may push the data into the next member.
    let data = fields.take(length).ok_or_else(overlap)?;
    Ok((data, fields, header.flags & HAS_DESCRIPTOR != 0))
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
    // The same bytes in two encodings are two names.
    if !member.name.is_ascii() && header.flags & UTF_8 != member.flags & UTF_8 {
        return Err(differs(member, "encoding of the name"));
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

/// The descriptor's signature is optional, and only the writer knew whether its sizes have 32 or 64 bits: signature,
/// width.
const DESCRIPTOR_FORMS: [(bool, bool); 4] = [(true, false), (true, true), (false, false), (false, true)];

/// How long the descriptor is, if it has this form and agrees.
fn descriptor_length(after: Fields<'_>, (signed, wide): (bool, bool), member: &Member) -> Option<usize> {
    let mut fields = after;
    if signed && !fields.signature(DESCRIPTOR) {
        return None;
    }
    let crc = fields.u32()?;
    let mut size = || if wide { fields.u64() } else { fields.u32().map(u64::from) };
    let agrees = crc == member.crc && size()? == member.compressed && size()? == member.uncompressed;
    agrees.then(|| after.0.len() - fields.0.len())
}
