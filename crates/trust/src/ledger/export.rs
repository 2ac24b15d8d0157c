//! A whole ledger as text: JSON lines, one entry a line.
//!
//! ```text
//! {"number":1,"previous":"0000…","hash":"ab12…","envelope":"eyJwYXls…"}
//! ```
//!
//! The envelope is in base64: any bytes, and a length that is known. A line has exactly one spelling, and each ends with a
//! line feed; so a copy that differs in a single byte is either refused here or a different ledger to [`super::Chain`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_model::Sha256;
use serde::{Deserialize, Serialize};

use super::{Entry, EntryError, Recorded};

/// The longest line, in bytes, without its line feed. The largest entry has less.
pub const MAX_LINE_BYTES: usize = 2 << 20;

/// Reads an export as it comes, in chunks of any size. Holds at most one line that is not complete.
#[derive(Debug, Default)]
pub struct ExportReader {
    partial: Vec<u8>,
    lines: u64,
}

/// A line is no entry. Nothing after it was read.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the ledger's export cannot be read")]
pub struct ExportError {
    /// The line's number, from 1.
    pub line: u64,
    /// What is wrong with it.
    #[source]
    pub source: LineError,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Longer than [`MAX_LINE_BYTES`].
    #[error("it is longer than {MAX_LINE_BYTES} bytes")]
    TooLong,
    /// No JSON object with the four fields.
    #[error("it is no JSON object with number, previous, hash and envelope")]
    Fields(#[source] serde_json::Error),
    /// The envelope is not base64.
    #[error("its envelope is not base64")]
    Base64,
    /// The fields make no entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The same entry is written in another way.
    #[error("it is not written as an export writes it: the order of fields, spaces, upper-case digits")]
    Spelling,
    /// The export ends within the line.
    #[error("it has no line end: the export was cut off")]
    CutOff,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLine {
    number: u64,
    previous: Sha256,
    hash: Sha256,
    envelope: String,
}

impl Recorded {
    /// The entry's line in an export, with its line feed.
    pub fn to_line(&self) -> String {
        let wire = WireLine {
            number: self.entry.number(),
            previous: self.entry.previous(),
            hash: self.hash,
            envelope: STANDARD.encode(self.entry.envelope_bytes()),
        };
        let mut line = serde_json::to_string(&wire).expect("a number and strings are JSON");
        line.push('\n');
        line
    }

    /// Reads a line of an export, without its line feed.
    pub fn from_line(line: &[u8]) -> Result<Self, LineError> {
        if line.len() > MAX_LINE_BYTES {
            return Err(LineError::TooLong);
        }
        let wire: WireLine = serde_json::from_slice(line).map_err(LineError::Fields)?;
        let envelope = STANDARD.decode(&wire.envelope).map_err(|_| LineError::Base64)?;
        let recorded = Self { entry: Entry::stored(wire.number, wire.previous, envelope)?, hash: wire.hash };
        if recorded.to_line().trim_end_matches('\n').as_bytes() != line {
            return Err(LineError::Spelling);
        }
        Ok(recorded)
    }
}

impl ExportReader {
    /// Before the first byte.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes, and hands each entry that they complete to `each`, in order. After an error the reader is at
    /// its end: feed it nothing more.
    pub fn feed(&mut self, chunk: &[u8], mut each: impl FnMut(Recorded)) -> Result<(), ExportError> {
        let mut rest = chunk;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (head, tail) = (&rest[..end], &rest[end + 1..]);
            rest = tail;
            self.lines += 1;
            let read = if self.partial.is_empty() {
                Recorded::from_line(head)
            } else {
                // Both parts have been, or are now, checked against the limit before they are joined.
                self.keep(head).and_then(|()| Recorded::from_line(&std::mem::take(&mut self.partial)))
            };
            each(read.map_err(|source| ExportError { line: self.lines, source })?);
        }
        self.keep(rest).map_err(|source| ExportError { line: self.lines + 1, source })
    }

    /// After the last byte: an error when it was not a line feed. How many lines there were.
    pub fn finish(self) -> Result<u64, ExportError> {
        if self.partial.is_empty() {
            return Ok(self.lines);
        }
        Err(ExportError { line: self.lines + 1, source: LineError::CutOff })
    }

    fn keep(&mut self, part: &[u8]) -> Result<(), LineError> {
        if self.partial.len() + part.len() > MAX_LINE_BYTES {
            return Err(LineError::TooLong);
        }
        self.partial.extend_from_slice(part);
        Ok(())
    }
}
