use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;

use super::{KeyId, plain};
use crate::wire;

/// The longest line that is read as a public key, comment included, in bytes.
const MAX_LINE_BYTES: usize = 8 << 10;
const ED25519: &str = "ssh-ed25519";

/// What a key signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Algorithm {
    /// Ed25519, RFC 8032.
    Ed25519,
}

impl Algorithm {
    /// Its name in SSH: `ssh-ed25519`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => ED25519,
        }
    }
}

/// A key that signatures verify under. Two are equal exactly when they are the same key, whatever their comments.
#[derive(Clone)]
pub struct PublicKey {
    point: VerifyingKey,
    /// Computed once: a ledger is read with the same keys over and over.
    id: KeyId,
}

/// An ed25519 signature: 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

/// The bytes or the text are no public key that can be used here.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// No public key in OpenSSH's form.
    #[error("expected a public key on one line such as `ssh-ed25519 AAAA… comment`; found {found:?}")]
    Line {
        /// The text, cut to 40 characters: it might be something that should not be repeated.
        found: String,
    },
    /// Another kind of key, which would be a key elsewhere.
    #[error(
        "only ssh-ed25519 keys sign here; this one is {found}: {why} (make one with `ssh-keygen -t ed25519`)"
    )]
    Algorithm {
        /// The kind, cut to 80 characters.
        found: String,
        /// What is against it.
        why: &'static str,
    },
    /// The binary part is broken.
    #[error("the binary part of the ssh-ed25519 key is broken: {problem}")]
    Blob {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// 32 bytes that are no safe key.
    #[error("the 32 bytes of the ssh-ed25519 key cannot be used: {problem}")]
    Point {
        /// What is wrong with them.
        problem: &'static str,
    },
}

impl PublicKey {
    /// From the 32 bytes of RFC 8032, section 5.1.5.
    pub fn from_ed25519(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        // Attack: one point with two encodings is one key that counts as two. An encoding is canonical when its y is below
        // the field's prime, 2^255 - 19 (RFC 8032, section 5.1.3, step 1).
        let all_ones = bytes[1..31].iter().all(|byte| *byte == 0xff) && bytes[31] & 0x7f == 0x7f;
        if all_ones && bytes[0] >= 0xed {
            return Err(KeyError::Point { problem: "they are not the one encoding of their point" });
        }
        let key = VerifyingKey::from_bytes(bytes)
            .map_err(|_| KeyError::Point { problem: "they are no point on the curve" })?;
        // Attack: under a key of small order there are signatures that verify for almost every message, and anybody can
        // make them.
        if key.is_weak() {
            return Err(KeyError::Point {
                problem: "under such a key anybody can sign (its order is small)",
            });
        }
        Ok(Self::with_id(key))
    }

    /// Reads the binary form of RFC 4253, section 6.6: what stands in base64 in a line, and what agents speak.
    pub fn from_blob(blob: &[u8]) -> Result<Self, KeyError> {
        let mut rest = blob;
        let name =
            wire::take_string(&mut rest).ok_or(KeyError::Blob { problem: "it ends within its kind" })?;
        if name != ED25519.as_bytes() {
            return Err(refuse_algorithm(&String::from_utf8_lossy(name)));
        }
        let point = wire::take_string(&mut rest).and_then(|point| <&[u8; 32]>::try_from(point).ok());
        match point {
            Some(point) if rest.is_empty() => Self::from_ed25519(point),
            Some(_) => Err(KeyError::Blob { problem: "more bytes follow the key" }),
            None => Err(KeyError::Blob { problem: "it does not hold 32 bytes" }),
        }
    }

    /// The binary form of RFC 4253, section 6.6.
    pub fn to_blob(&self) -> Vec<u8> {
        blob(&self.point)
    }

    /// Reads one line of OpenSSH's form, as in `id_ed25519.pub`: the key and its comment, which may be empty.
    pub fn from_openssh(line: &str) -> Result<(Self, String), KeyError> {
        let refuse = || KeyError::Line { found: line.chars().take(40).collect() };
        let line = line.trim();
        // A control character would be a second line, or a terminal's escape sequence.
        if line.len() > MAX_LINE_BYTES || line.contains(char::is_control) {
            return Err(refuse());
        }
        let mut parts = line.splitn(3, ' ');
        let (Some(name), Some(data)) = (parts.next(), parts.next()) else { return Err(refuse()) };
        if name != ED25519 {
            return Err(if looks_like_algorithm(name) { refuse_algorithm(name) } else { refuse() });
        }
        let blob = STANDARD.decode(data).map_err(|_| refuse())?;
        Ok((Self::from_blob(&blob)?, parts.next().unwrap_or_default().trim().to_owned()))
    }

    /// One line of OpenSSH's form, without a line end. Control characters in the comment are left out.
    pub fn to_openssh(&self, comment: &str) -> String {
        format!("{self} {}", plain(comment)).trim_end().to_owned()
    }

    /// The key's fingerprint.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What the key signs with.
    pub fn algorithm(&self) -> Algorithm {
        Algorithm::Ed25519
    }

    /// Whether this key made this signature over these bytes.
    ///
    /// Strict, beyond RFC 8032 section 5.1.7: points of small order and encodings that are not canonical are refused, for
    /// the key and for the signature's R. Attack: without that, one signature can be made to verify for several messages
    /// or under several keys, and two verifiers disagree about the same ledger.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        self.point.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok()
    }

    pub(crate) fn of(key: &ed25519_dalek::SigningKey) -> Self {
        Self::with_id(key.verifying_key())
    }

    fn with_id(point: VerifyingKey) -> Self {
        Self { point, id: KeyId::of_blob(&blob(&point)) }
    }
}

fn blob(point: &VerifyingKey) -> Vec<u8> {
    let mut blob = Vec::with_capacity(51);
    wire::put_string(&mut blob, ED25519.as_bytes());
    wire::put_string(&mut blob, point.as_bytes());
    blob
}

/// `ssh-rsa`, `ecdsa-sha2-nistp256`, `sk-ssh-ed25519@openssh.com`: what stands first in the line of another kind of key.
fn looks_like_algorithm(name: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"].iter().any(|prefix| name.starts_with(prefix))
}

fn refuse_algorithm(name: &str) -> KeyError {
    let why = if name.contains("-cert-v") {
        "a certificate vouches for a key to SSH servers, nobody here asks its authority"
    } else if name.starts_with("sk-") {
        "a security key signs a counter and flags of its own together with a hash, not the statement itself"
    } else {
        "one kind is one implementation to trust and one size of signature"
    };
    KeyError::Algorithm { found: plain(&name.chars().take(80).collect::<String>()), why }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.point.as_bytes() == other.point.as_bytes()
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.point.as_bytes().cmp(other.point.as_bytes())
    }
}

impl std::hash::Hash for PublicKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.point.as_bytes().hash(state);
    }
}

impl fmt::Display for PublicKey {
    /// `ssh-ed25519 AAAA…`, without a comment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ED25519} {}", STANDARD.encode(self.to_blob()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    /// Reads one line of OpenSSH's form and forgets the comment.
    fn from_str(line: &str) -> Result<Self, Self::Err> {
        Self::from_openssh(line).map(|(key, _)| key)
    }
}

impl serde::Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Signature {
    /// Wraps 64 bytes; whether they are a signature only verification tells.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// Wraps a slice of 64 bytes, and nothing else.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// R and S of RFC 8032, section 5.1.6.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", STANDARD.encode(self.0))
    }
}
