//! The structures of PKWARE's APPNOTE.TXT 6.3.10, as far as wheels use them. Section numbers are those of that text.

pub(crate) mod central_directory;
pub(crate) mod content;
pub(crate) mod end_record;
pub(crate) mod extra_fields;
pub(crate) mod local_header;

/// A 16-bit or 32-bit field with all bits set says that the value stands in a zip64 structure (section 4.4.1.4).
pub(crate) const SENTINEL_16: u16 = u16::MAX;
/// See [`SENTINEL_16`].
pub(crate) const SENTINEL_32: u32 = u32::MAX;

/// Takes little-endian fields off the front of bytes; `None` when they are too short.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    /// Whether the next four bytes are a signature; takes them if so.
    pub(crate) fn signature(&mut self, signature: [u8; 4]) -> bool {
        let found = self.0.starts_with(&signature);
        if found {
            self.0 = &self.0[4..];
        }
        found
    }
}
