use packhouse_model::Sha256;
use sha2::Digest as _;

use super::Head;
use crate::dsse::{DsseError, Envelope, MAX_ENVELOPE_BYTES};
use crate::json;

/// The highest number of an entry: 2^53 - 1, which every JSON reader and every database holds exactly.
pub const MAX_NUMBER: u64 = json::MAX_SAFE_INTEGER;

const DOMAIN: &[u8; 34] = b"packhouse distribution ledger v1\n\0";
const LEAF_BYTES: usize = 34 + 8 + 32 + 8 + 32;

/// One act of the distribution, at its place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    number: u64,
    previous: Sha256,
    envelope: Vec<u8>,
}

/// An entry and the hash that is written down for it, as a table or an export has it. Whether the two agree,
/// [`super::Chain`] tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The entry.
    pub entry: Entry,
    /// The hash that was written down when it was entered.
    pub hash: Sha256,
}

/// There is no such entry.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EntryError {
    /// 0, or above [`MAX_NUMBER`].
    #[error("entries are numbered from 1 to {MAX_NUMBER}; found number {found}")]
    Number {
        /// The number.
        found: u64,
    },
    /// Longer than [`MAX_ENVELOPE_BYTES`].
    #[error(
        "the envelope of an entry has at most {MAX_ENVELOPE_BYTES} bytes; that of number {number} has {bytes}"
    )]
    TooLarge {
        /// The entry's number.
        number: u64,
        /// The envelope's length.
        bytes: usize,
    },
}

impl Entry {
    /// The entry that follows `head` ([`Head::EMPTY`] for the first).
    pub fn next(head: &Head, envelope: &Envelope) -> Result<Self, EntryError> {
        Self::stored(head.number.saturating_add(1), head.hash, envelope.to_bytes())
    }

    /// An entry as it is stored. The envelope may be any bytes: what is wrong with them is for [`super::Chain`] and
    /// [`Entry::envelope`] to say.
    pub fn stored(number: u64, previous: Sha256, envelope: Vec<u8>) -> Result<Self, EntryError> {
        if number == 0 || number > MAX_NUMBER {
            return Err(EntryError::Number { found: number });
        }
        if envelope.len() > MAX_ENVELOPE_BYTES {
            return Err(EntryError::TooLarge { number, bytes: envelope.len() });
        }
        Ok(Self { number, previous, envelope })
    }

    /// Its place: the first is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The hash of the entry before; zero bytes for the first.
    pub fn previous(&self) -> Sha256 {
        self.previous
    }

    /// The envelope's bytes.
    pub fn envelope_bytes(&self) -> &[u8] {
        &self.envelope
    }

    /// Reads the envelope; checks no signature.
    pub fn envelope(&self) -> Result<Envelope, DsseError> {
        Envelope::parse(&self.envelope)
    }

    /// What is hashed of an entry: see [`super`] for its layout.
    pub fn leaf(&self) -> [u8; LEAF_BYTES] {
        let mut leaf = [0; LEAF_BYTES];
        let (number, length) = (self.number.to_be_bytes(), (self.envelope.len() as u64).to_be_bytes());
        let digest = Sha256::of(&self.envelope);
        let fields: [&[u8]; 5] = [DOMAIN, &number, self.previous.as_bytes(), &length, digest.as_bytes()];
        let mut at = 0;
        for field in fields {
            leaf[at..at + field.len()].copy_from_slice(field);
            at += field.len();
        }
        leaf
    }

    /// The entry's hash, which the next one names.
    pub fn hash(&self) -> Sha256 {
        Sha256::of(&self.leaf())
    }

    /// The hash of the same leaf in a Merkle tree of RFC 6962, section 2.1. The leading zero byte tells leaves from nodes;
    /// as every leaf begins with `p`, it is never the hash of anything else here.
    pub fn leaf_hash(&self) -> Sha256 {
        let digest = sha2::Sha256::new().chain_update([0]).chain_update(self.leaf()).finalize();
        Sha256::from_bytes(digest.into())
    }

    /// The ledger's head once this is its last entry.
    pub fn head(&self) -> Head {
        Head { number: self.number, hash: self.hash() }
    }

    /// The entry with its own hash, to be written down.
    pub fn record(self) -> Recorded {
        Recorded { hash: self.hash(), entry: self }
    }
}
