use std::fmt;
use std::str::FromStr;

use packhouse_model::Sha256;

use super::MAX_NUMBER;

/// A ledger's state: its last entry. Whoever remembers one can tell later whether a ledger still contains what it did.
///
/// As text: `123 sha256:` and 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head {
    /// The number of the last entry; 0 when there is none.
    pub number: u64,
    /// Its hash; zero bytes when there is none.
    pub hash: Sha256,
}

/// The text was no head.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "expected the head of a ledger such as `123 sha256:` and 64 lower-case hexadecimal digits; found {found:?}"
)]
pub struct ParseHeadError {
    /// The offending text, cut to 100 characters.
    pub found: String,
}

impl Head {
    /// Of a ledger without entries; what entry 1 follows.
    pub const EMPTY: Self = Self { number: 0, hash: Sha256::from_bytes([0; 32]) };
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sha256:{}", self.number, self.hash)
    }
}

impl FromStr for Head {
    type Err = ParseHeadError;

    /// Reads the one spelling that [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (number, hash) = text.split_once(" sha256:")?;
            let head = Self { number: number.parse().ok()?, hash: hash.parse().ok()? };
            let empty = head.number == 0;
            let sound = head.number <= MAX_NUMBER && empty == (head == Self::EMPTY);
            (sound && head.to_string() == text).then_some(head)
        };
        read().ok_or_else(|| ParseHeadError { found: text.chars().take(100).collect() })
    }
}

impl serde::Serialize for Head {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Head {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_one_spelling() {
        let hash = "a".repeat(64);
        let zero = "0".repeat(64);
        for text in
            [format!("123 sha256:{hash}"), format!("0 sha256:{zero}"), format!("{MAX_NUMBER} sha256:{hash}")]
        {
            assert_eq!(text.parse::<Head>().expect(&text).to_string(), text);
        }
        for text in [
            String::new(),
            "123".to_owned(),
            format!("123 {hash}"),
            format!("0123 sha256:{hash}"),
            format!("+123 sha256:{hash}"),
            format!("-1 sha256:{hash}"),
            format!("123  sha256:{hash}"),
            format!("123 sha256:{hash}\n"),
            format!("123 sha256:{}", hash.to_uppercase()),
            format!("123 sha256:{hash}a"),
            format!("0 sha256:{hash}"),
            format!("9007199254740992 sha256:{hash}"),
            format!("99999999999999999999 sha256:{hash}"),
        ] {
            assert!(text.parse::<Head>().is_err(), "{text}");
        }
    }
}
