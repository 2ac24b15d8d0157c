use std::ops::Range;

/// What a `Range` header asks of a file (RFC 9110 section 14.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// No range, one that is not in bytes, or several: the whole file is a correct answer.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes that the file does not have: 416.
    Outside,
}

/// Reads a `Range` header for a file of `size` bytes.
pub(crate) fn asked_range(header: Option<&str>, size: u64) -> Asked {
    let Some(set) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else {
        return Asked::Whole;
    };
    // Several ranges would need a multipart answer, which no installer reads.
    if set.contains(',') {
        return Asked::Whole;
    }
    let Some((first, last)) = set.trim().split_once('-') else { return Asked::Whole };
    let (first, last) = (first.trim(), last.trim());
    match (number(first), number(last)) {
        // `-100`: the last hundred bytes.
        (Number::None, Number::Is(0) | Number::None) => {
            if last.is_empty() {
                Asked::Whole
            } else {
                Asked::Outside
            }
        }
        (Number::None, Number::Is(_)) if size == 0 => Asked::Outside,
        (Number::None, Number::Is(length)) => Asked::Part(size.saturating_sub(length)..size),
        (Number::Is(start), _) if start >= size => Asked::Outside,
        (Number::Is(start), Number::None) => Asked::Part(start..size),
        (Number::Is(start), Number::Is(end)) if end >= start => {
            Asked::Part(start..end.saturating_add(1).min(size))
        }
        // `9-3` is not a range, and neither is what is not a number.
        _ => Asked::Whole,
    }
}

enum Number {
    None,
    Is(u64),
    Bad,
}

fn number(text: &str) -> Number {
    if text.is_empty() {
        Number::None
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit still mean a number: one beyond any file.
        Number::Is(text.parse().unwrap_or(u64::MAX))
    } else {
        Number::Bad
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        use Asked::{Outside, Part, Whole};
        for (header, expected) in [
            ("bytes=0-0", Part(0..1)),
            ("bytes=0-99", Part(0..10)),
            ("bytes=5-", Part(5..10)),
            ("bytes=-3", Part(7..10)),
            ("bytes=-99", Part(0..10)),
            ("bytes=-0", Outside),
            ("bytes=10-", Outside),
            ("bytes=10-20", Outside),
            ("bytes=99999999999999999999999-", Outside),
            ("bytes=0-99999999999999999999999", Part(0..10)),
            ("bytes=9-3", Whole),
            ("bytes=-", Whole),
            ("bytes=a-b", Whole),
            ("bytes=0-1,3-4", Whole),
            ("items=0-1", Whole),
            ("bytes", Whole),
            ("bytes= 1 - 2 ", Part(1..3)),
        ] {
            assert_eq!(asked_range(Some(header), 10), expected, "{header}");
        }
        assert_eq!(asked_range(None, 10), Whole);
        assert_eq!(asked_range(Some("bytes=0-"), 0), Outside);
        assert_eq!(asked_range(Some("bytes=-5"), 0), Outside);
    }
}
