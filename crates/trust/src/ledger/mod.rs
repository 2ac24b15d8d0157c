//! The ledger: numbered entries, each an envelope, each naming the hash of the one before it.
//!
//! An entry's *leaf* is 114 bytes, all of fixed length, integers big-endian:
//!
//! ```text
//! 34  "packhouse distribution ledger v1\n\0"   what these bytes are, so that they are nothing else
//!  8  number                                   from 1
//! 32  hash of the entry before                 zero bytes for number 1
//!  8  length of the envelope in bytes
//! 32  SHA-256 of the envelope
//! ```
//!
//! The entry's hash is the SHA-256 of its leaf. Its leaf hash in the sense of RFC 6962, section 2.1, is the SHA-256 of a
//! zero byte and the leaf: a transparency log of C2SP's `tlog-tiles` takes over the same leaves, which fit its 16-bit
//! lengths because they hold the envelope's hash and not the envelope.

mod chain;
mod entry;
mod export;
mod head;

pub use chain::{Broken, Chain, Fork, MAX_PROBLEMS, Problem, first_fork};
pub use entry::{Entry, EntryError, MAX_NUMBER, Recorded};
pub use export::{ExportError, ExportReader, LineError, MAX_LINE_BYTES};
pub use head::{Head, ParseHeadError};
