//! Pieces of JSON and HTML, written straight into the page's bytes.

use std::io::Write as _;

use packhouse_model::{Sha256, Timestamp};
use serde_json::Value;

use super::PRIVATE_KEY;

/// In our stored form: an HTML page's unknown attributes of a file. An upstream that writes this key itself
/// gains nothing: what is read from it passes the same checks as an attribute of its HTML would.
pub(super) const HTML_KEY: &str = "_packhouse-html-attributes";

/// In our stored form: what was left out when the page came in. Only ever shown to people.
pub(super) const SKIPPED_KEY: &str = "_packhouse-skipped";

/// The attributes that the standards name, or that we write ourselves.
const KNOWN_ATTRIBUTES: [&str; 7] = [
    "data-requires-python",
    "data-yanked",
    "data-upload-time",
    "data-core-metadata",
    "data-dist-info-metadata",
    "data-gpg-sig",
    "data-provenance",
];

/// Whether a name can stand as an attribute that we pass on: `data-` and a plain word, so that a name
/// cannot break out of its tag, and none of those that have a meaning.
pub(super) fn is_html_attribute(name: &str) -> bool {
    name.strip_prefix("data-").is_some_and(|rest| {
        (1..=60).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
    }) && !KNOWN_ATTRIBUTES.contains(&name)
}

/// Keys of a file that we write ourselves; one of the same name in `extra` would say something else.
pub(super) fn is_file_key(key: &str) -> bool {
    matches!(
        key,
        "filename"
            | "url"
            | "hashes"
            | "requires-python"
            | "size"
            | "upload-time"
            | "yanked"
            | "core-metadata"
            | "dist-info-metadata"
            | "data-dist-info-metadata"
            | "gpg-sig"
            | "provenance"
            | HTML_KEY
    )
}

/// Keys of a page that we write ourselves.
pub(super) fn is_page_key(key: &str) -> bool {
    matches!(key, "meta" | "name" | "project-status" | "versions" | "files" | SKIPPED_KEY)
}

/// Keys of `meta` that we write ourselves.
pub(super) fn is_meta_key(key: &str) -> bool {
    matches!(key, "api-version" | "_last-serial")
}

/// Whether a key of an upstream's is passed on to clients: our own private key means what we say there.
pub(super) fn is_passed_on(key: &str) -> bool {
    key != PRIVATE_KEY
}

pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Whether no byte of a text is special. Counts them all instead of stopping at the first, so that the
/// compiler can look at many at once.
fn is_without(text: &str, special: impl Fn(u8) -> bool) -> bool {
    text.bytes().filter(|b| special(*b)).count() == 0
}

/// A JSON text with its quotes.
pub(super) fn json_text(out: &mut Vec<u8>, value: &str) {
    // Nearly all texts on a page need no escape, and copying them whole is several times faster.
    if is_without(value, |b| matches!(b, 0..b' ' | b'"' | b'\\')) {
        out.push(b'"');
        text(out, value);
        out.push(b'"');
    } else {
        // Writing into memory cannot fail.
        let _ = serde_json::to_writer(out, value);
    }
}

pub(super) fn json_value(out: &mut Vec<u8>, value: &Value) {
    // Writing into memory cannot fail, and the keys of a JSON value are texts.
    let _ = serde_json::to_writer(out, value);
}

/// `,"key":`
pub(super) fn json_key(out: &mut Vec<u8>, key: &str) {
    out.push(b',');
    json_text(out, key);
    out.push(b':');
}

pub(super) fn number(out: &mut Vec<u8>, value: u64) {
    // Writing into memory cannot fail.
    let _ = write!(out, "{value}");
}

pub(super) fn hex(out: &mut Vec<u8>, digest: &Sha256) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in digest.as_bytes() {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// PEP 700's `yyyy-mm-ddThh:mm:ss.ffffffZ`, as [`Timestamp`]'s `Display` writes it. Done by arithmetic
/// because it stands on every file of a page, and a general formatter takes longer than the rest of the
/// entry.
pub(super) fn timestamp(out: &mut Vec<u8>, time: Timestamp) {
    let days = time.seconds().div_euclid(86_400);
    let second = time.seconds().rem_euclid(86_400);
    let micros = time.micros().rem_euclid(1_000_000);
    // Days to a civil date: years are counted from March, so that the leap day is a year's last, in eras of
    // 400 years.
    let from_march = days + 719_468;
    let era = from_march.div_euclid(146_097);
    let day_of_era = from_march.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    for (value, width, after) in [
        (year, 4, b'-'),
        (month, 2, b'-'),
        (day, 2, b'T'),
        (second / 3_600, 2, b':'),
        (second / 60 % 60, 2, b':'),
        (second % 60, 2, b'.'),
        (micros, 6, b'Z'),
    ] {
        digits(out, value, width);
        out.push(after);
    }
}

fn digits(out: &mut Vec<u8>, mut value: i64, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    for digit in out[start..].iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// A text inside an element or a quoted attribute. White space other than the blank is written as a
/// reference because readers change it, and NUL as the replacement character because HTML cannot hold it.
pub(super) fn html_text(out: &mut Vec<u8>, value: &str) {
    if is_without(value, |b| matches!(b, 0..b' ' | b'&' | b'<' | b'>' | b'"' | b'\'')) {
        return text(out, value);
    }
    let mut copied = 0;
    for (at, byte) in value.bytes().enumerate() {
        let reference: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'"' => b"&#34;",
            b'\'' => b"&#39;",
            b'\t' => b"&#9;",
            b'\n' => b"&#10;",
            b'\r' => b"&#13;",
            b'\0' => "\u{fffd}".as_bytes(),
            _ => continue,
        };
        out.extend_from_slice(&value.as_bytes()[copied..at]);
        out.extend_from_slice(reference);
        copied = at + 1;
    }
    out.extend_from_slice(&value.as_bytes()[copied..]);
}

/// ` name="value"`
pub(super) fn html_attribute(out: &mut Vec<u8>, name: &str, value: &str) {
    out.push(b' ');
    text(out, name);
    text(out, "=\"");
    html_text(out, value);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn escapes_html() {
        assert_eq!(
            written(|out| html_text(out, "</a>\"'&\r\n\t\0é<script>")),
            "&lt;/a&gt;&#34;&#39;&amp;&#13;&#10;&#9;\u{fffd}é&lt;script&gt;"
        );
    }

    #[test]
    fn passes_on_only_harmless_attributes() {
        for (name, expected) in [
            ("data-foo", true),
            ("data-foo-2_x", true),
            ("data-", false),
            ("onclick", false),
            ("data-a\"b", false),
            ("data-a b", false),
            ("data-A", false),
            ("data-yanked", false),
            ("data-a=b", false),
        ] {
            assert_eq!(is_html_attribute(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn times_are_written_as_the_model_writes_them(micros in any::<i64>()) {
            let time = Timestamp::from_micros(micros);
            prop_assert_eq!(written(|out| timestamp(out, time)), time.to_string());
        }

        #[test]
        fn json_texts_are_serde_json_s(value in any::<String>()) {
            prop_assert_eq!(written(|out| json_text(out, &value)), serde_json::to_string(&value).expect("JSON"));
        }

        #[test]
        fn digests_are_written_as_the_model_writes_them(bytes in any::<[u8; 32]>()) {
            let digest = Sha256::from_bytes(bytes);
            prop_assert_eq!(written(|out| hex(out, &digest)), digest.hex());
        }
    }
}
