//! How values stand in columns: hashes as hexadecimal text, times as microseconds, lists as JSON text.

use std::borrow::Cow;

use packhouse_model::{ProjectName, Sha256, Timestamp, UpstreamName};

use crate::{Error, Result};

/// Bytes allowed in a text that is part of a key. PostgreSQL's index entries hold 2,700 bytes at most, and the
/// widest key (a refusal's) has four such texts.
pub(crate) const NAME_LIMIT: usize = 500;

/// Bytes kept of a text that is only read by people.
const SENTENCE_LIMIT: usize = 4_000;

pub(crate) fn corrupt(expected: &'static str, found: &str) -> Error {
    Error::Corrupt { expected, found: found.chars().take(80).collect() }
}

pub(crate) fn sha256(text: &str) -> Result<Sha256> {
    text.parse().map_err(|_| corrupt("SHA-256", text))
}

pub(crate) fn sha256_of_bytes(bytes: &[u8]) -> Result<Sha256> {
    bytes.try_into().map(Sha256::from_bytes).map_err(|_| corrupt("SHA-256", "another number of bytes"))
}

pub(crate) fn sha256_or_none(text: Option<&str>) -> Result<Option<Sha256>> {
    text.map(sha256).transpose()
}

pub(crate) fn upstream(text: &str) -> Result<UpstreamName> {
    text.parse().map_err(|_| corrupt("name of an upstream", text))
}

pub(crate) fn project(text: &str) -> ProjectName {
    ProjectName::from_canonical(text)
}

pub(crate) fn time_or_none(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_micros)
}

/// A size or count. The tables' checks keep negative ones out.
pub(crate) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A size or count as the column holds it.
pub(crate) fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Refuses a key text that the two databases would not treat alike: PostgreSQL holds no NUL and no long keys.
pub(crate) fn name<'a>(what: &'static str, text: &'a str) -> Result<&'a str> {
    if text.len() > NAME_LIMIT || text.contains('\0') {
        return Err(Error::Unstorable { what, limit: NAME_LIMIT, found: text.chars().take(80).collect() });
    }
    Ok(text)
}

/// Makes a text for people storable: an error message must never be the reason that a failure is not recorded.
pub(crate) fn sentence(text: &str) -> Cow<'_, str> {
    let text = &text[..text.floor_char_boundary(SENTENCE_LIMIT)];
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

/// A list for one bind, read by `json_each` or `jsonb_array_elements`.
pub(crate) fn json_list<T>(rows: T) -> String
where
    T: IntoIterator,
    T::Item: Into<serde_json::Value>,
{
    serde_json::Value::Array(rows.into_iter().map(Into::into).collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_cut_between_characters() {
        let long = "é".repeat(SENTENCE_LIMIT);
        let text = format!("a{long}");
        assert_eq!(sentence(&text).len(), SENTENCE_LIMIT - 1);
        assert_eq!(sentence("a\0b"), "a\u{fffd}b");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn a_name_has_limits() {
        assert!(name("filename", &"a".repeat(NAME_LIMIT)).is_ok());
        for bad in ["a\0", &"a".repeat(NAME_LIMIT + 1)] {
            assert!(matches!(name("filename", bad), Err(Error::Unstorable { what: "filename", .. })));
        }
    }
}
