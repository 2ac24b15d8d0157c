//! The 512 bytes before each entry of a tar file (POSIX.1-2017, *pax*, section *ustar Interchange Format*).

/// What files and headers are padded to.
pub(super) const BLOCK: usize = 512;

/// A header, its numbers read.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) path: Vec<u8>,
    pub(super) target: Vec<u8>,
    pub(super) size: u64,
    pub(super) executable: bool,
    pub(super) kind: u8,
}

/// Reads a header. The error is the problem in words.
pub(super) fn read(block: &[u8; BLOCK]) -> Result<Header, &'static str> {
    let checksum = octal(&block[148..156]).ok_or("its checksum is no number")?;
    // The checksum counts itself as blanks. Old writers summed signed bytes.
    let counted =
        block.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { b' ' } else { *byte });
    let unsigned: u64 = counted.clone().map(u64::from).sum();
    let signed: i64 = counted.map(|byte| i64::from(byte.cast_signed())).sum();
    if checksum != unsigned && i64::try_from(checksum) != Ok(signed) {
        return Err("its checksum is wrong");
    }
    let size = number(&block[124..136]).ok_or("its size is no number")?;
    let mode = number(&block[100..108]).ok_or("its mode is no number")?;
    // Owner, group, time, device: nothing here needs them. But `CPython` takes a header in which one is no number for the end
    // of the archive, and what follows stays hidden from it.
    let others = [108..116, 116..124, 136..148, 329..337, 337..345];
    if !others.into_iter().all(|field| is_number(&block[field])) {
        return Err("its owner, group, time or device is no number");
    }
    let mut path = until_nul(&block[..100]).to_vec();
    let prefix = &block[345..500];
    if block[257..265] == *b"ustar\x0000" {
        let prefix = until_nul(prefix);
        if !prefix.is_empty() {
            path = [prefix, b"/", &path].concat();
        }
    } else if prefix[0] != 0 {
        // GNU keeps times there, CPython reads a prefix all the same: two names.
        return Err("it has a prefix, but is no ustar header");
    }
    let target = until_nul(&block[157..257]).to_vec();
    Ok(Header { path, target, size, executable: mode & 0o111 != 0, kind: block[156] })
}

fn until_nul(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    &field[..end]
}

/// Octal digits, or GNU's form: a set highest bit, then a number of base 256.
fn number(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    match first {
        // 0xff begins negative numbers.
        0x80 => {
            let (high, low) = rest.split_at_checked(rest.len().checked_sub(8)?).unwrap_or((&[], rest));
            let low = low.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
            high.iter().all(|byte| *byte == 0).then_some(low)
        }
        0x81.. => None,
        _ => octal(field),
    }
}

/// Whether it can be read as a number, also a negative one.
fn is_number(field: &[u8]) -> bool {
    matches!(field.first(), Some(0x80 | 0xff)) || octal(field).is_some()
}

/// Digits between blanks, ended by a blank or NUL; empty is zero, as all readers have it.
fn octal(field: &[u8]) -> Option<u64> {
    let text = until_nul(field).trim_ascii();
    if text.iter().any(|byte| !(b'0'..=b'7').contains(byte)) {
        return None;
    }
    // At most twelve digits: 36 bits.
    Some(text.iter().fold(0, |number, byte| number << 3 | u64::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers() {
        for (field, expected) in [
            (&b"0000644\0"[..], Some(0o644)),
            (b"   644 \0", Some(0o644)),
            (b"\0\0\0\0\0\0\0\0", Some(0)),
            (b"00008\0\0\0", None),
            (b"-1\0\0\0\0\0\0", None),
            (b"0x1\0\0\0\0\0", None),
            (b"1 2\0\0\0\0\0", None),
            (b"\x80\0\0\0\0\0\0\0\0\0\x01\0", Some(256)),
            (b"\x80\0\0\x01\0\0\0\0\0\0\0\0", None),
            (b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", Some(u64::MAX)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", None),
            (b"\x80\0", None),
        ] {
            assert_eq!(number(field), expected, "{field:?}");
        }
    }
}
