use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use packhouse_model::Sha256;

/// A public key's fingerprint: `SHA256:` and 43 characters of base64, as `ssh-keygen -l` prints it.
///
/// A name for a key, for people and for look-ups. Signatures are counted by [`super::PublicKey`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(Sha256);

/// The text was not a fingerprint.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "expected a key's fingerprint as `ssh-keygen -l` prints it (SHA256: and 43 characters); found {found:?}"
)]
pub struct ParseKeyIdError {
    /// The offending text, cut to 80 characters.
    pub found: String,
}

impl KeyId {
    /// Of a key in the binary form of RFC 4253, section 6.6.
    pub(crate) fn of_blob(blob: &[u8]) -> Self {
        Self(Sha256::of(blob))
    }

    /// The same digest in the form that files have, as for a statement's subject.
    pub fn sha256(&self) -> Sha256 {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SHA256:{}", STANDARD_NO_PAD.encode(self.0.as_bytes()))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for KeyId {
    type Err = ParseKeyIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // 43 characters are 32 bytes; the length comes first, so that nothing long is decoded.
        let digest = text.strip_prefix("SHA256:").filter(|digest| digest.len() == 43);
        let bytes = digest.and_then(|digest| STANDARD_NO_PAD.decode(digest).ok());
        match bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
            Some(bytes) => Ok(Self(Sha256::from_bytes(bytes))),
            None => Err(ParseKeyIdError { found: text.chars().take(80).collect() }),
        }
    }
}

impl serde::Serialize for KeyId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for KeyId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
