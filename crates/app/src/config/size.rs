use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

/// The text was not a number of bytes.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected a size such as 500MB, 20GB or 1GiB; found {found:?}")]
pub struct ParseSizeError {
    /// The offending text, cut to 80 characters.
    pub found: String,
}

const UNITS: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

/// Reads `20GB`, `512 MiB`, `1000`: a whole number of bytes, kB, MB, GB, TB or KiB, MiB, GiB, TiB.
pub fn parse_size(text: &str) -> Result<u64, ParseSizeError> {
    let refuse = || ParseSizeError { found: text.chars().take(80).collect() };
    let text = text.trim();
    let (number, factor) = UNITS
        .iter()
        .find_map(|(unit, factor)| {
            let start = text.len().checked_sub(unit.len())?;
            let tail = text.get(start..)?;
            tail.eq_ignore_ascii_case(unit).then(|| (text[..start].trim_end(), *factor))
        })
        .unwrap_or((text, 1));
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(refuse)
}

/// `11.0 kB`, `1.4 MB`: decimal units, as package indexes show them.
pub fn format_size(bytes: u64) -> String {
    let (unit, factor) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => ("kB", 1e3),
        1_000_000..1_000_000_000 => ("MB", 1e6),
        1_000_000_000..1_000_000_000_000 => ("GB", 1e9),
        _ => ("TB", 1e12),
    };
    format!("{:.1} {unit}", bytes as f64 / factor)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Amount {
    Number(u64),
    Text(String),
}

pub(super) fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match Amount::deserialize(deserializer)? {
        Amount::Number(bytes) => Ok(bytes),
        Amount::Text(text) => parse_size(&text).map_err(D::Error::custom),
    }
}

pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    match Amount::deserialize(deserializer)? {
        Amount::Number(seconds) => Ok(Duration::from_secs(seconds)),
        Amount::Text(text) => packhouse_model::parse_duration(&text).map_err(D::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("20GB", 20_000_000_000),
            ("512 MiB", 512 << 20),
            ("7", 7),
            ("7 b", 7),
            ("1kb", 1_000),
            ("1KiB", 1_024),
        ] {
            assert_eq!(parse_size(text).expect(text), bytes);
        }
        for text in ["", "GB", "-1", "1.5GB", "99999999999999999999", "20XB", "é"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
        assert_eq!((format_size(11_000), format_size(999)), ("11.0 kB".to_owned(), "999 B".to_owned()));
    }
}
