use std::ops::Range;

/// Which bytes of a file are asked for (RFC 9110, section 14.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByteRange {
    /// From the first number up to, not with, the second. Must not be empty.
    Between(Range<u64>),
    /// From here to the end.
    From(u64),
    /// So many at the end; the whole file when it is shorter.
    Last(u64),
}

/// Which bytes an answer holds (RFC 9110, section 14.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentRange {
    /// The bytes' places in the file.
    pub bytes: Range<u64>,
    /// The file's size; `None` when the server does not know it.
    pub total: Option<u64>,
}

impl ByteRange {
    /// The value of `Range`; `None` for a range of nothing, which HTTP cannot ask for.
    pub(crate) fn header(&self) -> Option<String> {
        match self {
            Self::Between(range) => {
                (!range.is_empty()).then(|| format!("bytes={}-{}", range.start, range.end - 1))
            }
            Self::From(start) => Some(format!("bytes={start}-")),
            Self::Last(count) => (*count > 0).then(|| format!("bytes=-{count}")),
        }
    }

    /// Whether an answer with these bytes answers this question. A server may give fewer bytes at a file's end,
    /// never others.
    pub(crate) fn is_answered_by(&self, given: &ContentRange) -> bool {
        let at_end = given.total.is_some_and(|total| total == given.bytes.end);
        let fills = |end| given.bytes.end == end || (given.bytes.end < end && at_end);
        match self {
            Self::Between(asked) => given.bytes.start == asked.start && fills(asked.end),
            Self::From(start) => given.bytes.start == *start && (at_end || given.total.is_none()),
            Self::Last(count) => {
                let length = given.bytes.end - given.bytes.start;
                at_end && (length == *count || (length < *count && given.bytes.start == 0))
            }
        }
    }
}

impl ContentRange {
    /// Reads `bytes 0-99/1000` and `bytes 0-99/*`; nothing else is accepted.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.trim().strip_prefix("bytes ")?.trim().split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let bytes = number(first)?..number(last)?.checked_add(1)?;
        let total = if total == "*" { None } else { Some(number(total)?) };
        (!bytes.is_empty() && total.is_none_or(|total| bytes.end <= total)).then_some(Self { bytes, total })
    }

    /// How many bytes.
    pub fn length(&self) -> u64 {
        self.bytes.end - self.bytes.start
    }
}

/// Digits only: `parse` alone would take a sign.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written() {
        for (range, header) in [
            (ByteRange::Between(0..100), Some("bytes=0-99")),
            (ByteRange::Between(5..6), Some("bytes=5-5")),
            (ByteRange::Between(5..5), None),
            (ByteRange::From(7), Some("bytes=7-")),
            (ByteRange::Last(22), Some("bytes=-22")),
            (ByteRange::Last(0), None),
        ] {
            assert_eq!(range.header().as_deref(), header);
        }
    }

    #[test]
    fn content_ranges_are_read() {
        let given = |bytes, total| Some(ContentRange { bytes, total });
        for (text, expected) in [
            ("bytes 0-99/1000", given(0..100, Some(1000))),
            ("bytes 0-99/100", given(0..100, Some(100))),
            ("bytes 5-5/*", given(5..6, None)),
            ("bytes */1000", None),
            ("bytes 0-99/99", None),
            ("bytes 9-8/100", None),
            ("bytes 0-18446744073709551615/*", None),
            ("bytes 0-99999999999999999999/*", None),
            ("bytes +0-9/10", None),
            ("bytes 0-9", None),
            ("items 0-9/10", None),
            ("bytes -9/10", None),
            ("", None),
        ] {
            assert_eq!(ContentRange::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn an_answer_must_fit_its_question() {
        let table = [
            (ByteRange::Between(10..20), "bytes 10-19/100", true),
            (ByteRange::Between(10..20), "bytes 10-19/*", true),
            (ByteRange::Between(10..200), "bytes 10-99/100", true),
            (ByteRange::Between(10..20), "bytes 10-18/100", false),
            (ByteRange::Between(10..20), "bytes 10-29/100", false),
            (ByteRange::Between(10..20), "bytes 0-9/100", false),
            (ByteRange::From(10), "bytes 10-99/100", true),
            (ByteRange::From(10), "bytes 10-50/100", false),
            (ByteRange::From(10), "bytes 10-50/*", true),
            (ByteRange::Last(10), "bytes 90-99/100", true),
            (ByteRange::Last(10), "bytes 0-4/5", true),
            (ByteRange::Last(10), "bytes 95-99/100", false),
            (ByteRange::Last(10), "bytes 90-99/*", false),
            (ByteRange::Last(10), "bytes 0-9/100", false),
        ];
        for (asked, given, fits) in table {
            assert_eq!(asked.is_answered_by(&ContentRange::parse(given).unwrap()), fits, "{asked:?} {given}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(bytes )?[0-9 */-]{0,60}|.{0,60}") {
            if let Some(given) = ContentRange::parse(&text) {
                assert!(given.length() > 0);
                assert!(given.total.is_none_or(|total| given.bytes.end <= total));
            }
        }

        #[test]
        fn what_is_written_is_read(start: u64, length in 1..=u64::from(u32::MAX), more: Option<u32>) {
            let end = start.saturating_add(length);
            proptest::prop_assume!(start < end);
            let total = more.map(|more| end.saturating_add(more.into()));
            let shown = total.map_or("*".to_owned(), |total| total.to_string());
            let given = ContentRange::parse(&format!("bytes {start}-{}/{shown}", end - 1));
            assert_eq!(given, Some(ContentRange { bytes: start..end, total }));
            let given = given.unwrap();
            assert!(ByteRange::Between(start..end).is_answered_by(&given));
        }
    }
}
