//! Extra fields (section 4.5): a list of two-byte tags, two-byte lengths and data.

use super::{Fields, SENTINEL_32};

/// The zip64 extended information (section 4.5.3).
const ZIP64: u16 = 0x0001;
/// The Info-ZIP Unicode path (section 4.6.9).
const UNICODE_PATH: u16 = 0x7075;

/// What the readers here need out of a member's extra fields.
#[derive(Debug, Default)]
pub(crate) struct ExtraFields<'a> {
    zip64: Option<&'a [u8]>,
    /// Whether a second name is there.
    pub(crate) second_name: bool,
}

/// Reads the list. The error is the problem in words.
///
/// Up to three bytes may remain, as `CPython` allows and as alignment tools leave; a field that runs over the
/// end, which `CPython` refuses too, is an error.
pub(crate) fn read(bytes: &[u8]) -> Result<ExtraFields<'_>, &'static str> {
    let mut fields = Fields(bytes);
    let mut found = ExtraFields::default();
    while fields.0.len() >= 4 {
        let (Some(tag), Some(length)) = (fields.u16(), fields.u16()) else { break };
        let data = fields.take(length.into()).ok_or("an extra field runs over its end")?;
        match tag {
            // The first or the last one could count, depending on the reader.
            ZIP64 if found.zip64.is_some() => return Err("two zip64 extra fields"),
            ZIP64 => found.zip64 = Some(data),
            UNICODE_PATH => found.second_name = true,
            _ => {}
        }
    }
    Ok(found)
}

/// Replaces those of the given 32-bit values that are the sentinel by the 64-bit ones. In the zip64 field only the
/// replaced ones stand, in the fixed order: uncompressed size, compressed size, offset of the local header.
pub(crate) fn widen<const N: usize>(
    values: [u32; N],
    extra: &ExtraFields<'_>,
) -> Result<[u64; N], &'static str> {
    let mut fields = Fields(extra.zip64.unwrap_or_default());
    let mut wide = [0; N];
    for (value, wide) in values.into_iter().zip(&mut wide) {
        *wide = if value == SENTINEL_32 {
            fields.u64().ok_or("a size or offset is missing from the zip64 extra field")?
        } else {
            value.into()
        };
    }
    Ok(wide)
}
