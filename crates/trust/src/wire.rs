//! The two types of RFC 4251, section 5, that keys and agents are written in: `uint32` and `string`.

/// Splits a big-endian `uint32` off the front.
pub(crate) fn take_u32(input: &mut &[u8]) -> Option<u32> {
    let (head, rest) = input.split_first_chunk::<4>()?;
    *input = rest;
    Some(u32::from_be_bytes(*head))
}

/// Splits a `string` off the front: a `uint32` and as many bytes. Borrows; allocates nothing.
pub(crate) fn take_string<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_u32(input)?).ok()?;
    let (string, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(string)
}

/// Appends a `string`. Callers hold to limits far below 4 GiB.
pub(crate) fn put_string(output: &mut Vec<u8>, string: &[u8]) {
    output.extend_from_slice(&(string.len() as u32).to_be_bytes());
    output.extend_from_slice(string);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_where_it_says_or_is_none() {
        for (mut input, expected, rest) in [
            (&b"\0\0\0\x02abc"[..], Some(&b"ab"[..]), &b"c"[..]),
            (b"\0\0\0\0", Some(b""), b""),
            (b"\0\0\0\x04abc", None, b"abc"),
            (b"\xff\xff\xff\xffabc", None, b"abc"),
            (b"\0\0\0", None, b"\0\0\0"),
        ] {
            assert_eq!(take_string(&mut input), expected);
            assert_eq!(input, rest);
        }
    }
}
