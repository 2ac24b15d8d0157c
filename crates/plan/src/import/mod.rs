//! Reading data sets: each format is recognised by its content, read in one go, and kept whole or not at all.

mod builder;
mod crates_io;
mod error;
mod hints;
mod json;
mod records;
mod report;
mod source;
mod table;
mod version;

use std::cell::Cell;
use std::io::Read;
use std::rc::Rc;

pub use builder::{Builder, Dependency};
pub use error::ImportError;
pub use hints::Hints;
pub use report::{Report, Skip, Skipped};

use packhouse_model::Sha256;

use crate::snapshot::Snapshot;
use source::{Gauge, Gauged, Hashed, peeked, unpacked};

/// What is read at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Unpacked bytes.
    pub bytes: u64,
    /// Bytes of one row or record.
    pub record: u64,
    /// Rows or records.
    pub rows: u64,
    /// Dependencies that are kept.
    pub edges: u64,
    /// The share of rows that may be wrong before the whole is refused.
    pub most_wrong: f64,
}

impl Default for Limits {
    /// Enough for the largest there is, libraries.io's dependencies of npm; one row in ten may be wrong.
    fn default() -> Self {
        Self { bytes: 1 << 39, record: 64 << 20, rows: 4_000_000_000, edges: 200_000_000, most_wrong: 0.1 }
    }
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file that were read, compressed as they came.
    pub bytes: u64,
    /// Rows or records.
    pub rows: u64,
}

/// After how many rows progress is told.
const TOLD: u64 = 16_384;

/// What came out of a file.
#[derive(Debug, Clone)]
pub struct Imported {
    /// One for each kind of data in it.
    pub snapshots: Vec<Snapshot>,
    /// What was skipped.
    pub report: Report,
}

/// What a reader of one format works with.
struct Reading<'a> {
    gauge: Gauge,
    hints: Hints,
    limits: Limits,
    read: Rc<Cell<u64>>,
    progress: &'a mut dyn FnMut(Progress),
}

impl Reading<'_> {
    /// A record ended: its bytes are forgotten, and now and then the caller hears of it.
    fn ended(&mut self, rows: u64) {
        self.gauge.next_record();
        if rows.is_multiple_of(TOLD) {
            (self.progress)(Progress { bytes: self.read.get(), rows });
        }
    }

    fn failed(&self, line: u64, source: std::io::Error) -> ImportError {
        ImportError::Read { bytes: self.read.get(), line, source }
    }
}

/// Reads a file of any known format, packed with gzip or not. `progress` is called after every 16,384 rows and at the
/// end.
pub fn import(
    file: &mut dyn Read,
    hints: Hints,
    limits: Limits,
    progress: &mut dyn FnMut(Progress),
) -> Result<Imported, ImportError> {
    let read = Rc::new(Cell::new(0));
    let mut raw = Hashed::new(file, Rc::clone(&read));
    let mut reading = Reading { gauge: Gauge::new(), hints, limits, read, progress };
    let builder = by_format(&mut raw, &mut reading)?;
    let content = raw.finish().map_err(|error| reading.failed(builder.rows(), error))?;
    (reading.progress)(Progress { bytes: reading.read.get(), rows: builder.rows() });
    builder.finish(content)
}

/// Reads records that somebody else took out of their file, as JSON would have them: Parquet. `content` is the hash of
/// that file; `progress` is told after every 16,384 records how many there were.
pub fn import_records(
    records: &mut dyn Iterator<Item = std::io::Result<serde_json::Value>>,
    content: Sha256,
    hints: Hints,
    limits: Limits,
    progress: &mut dyn FnMut(u64),
) -> Result<Imported, ImportError> {
    let mut open = records::Records::new(hints, limits);
    for record in records {
        let failed = |source| ImportError::Read { bytes: 0, line: open.count() + 1, source };
        let record = record.map_err(failed)?;
        open.take(record)?;
        if open.count().is_multiple_of(TOLD) {
            progress(open.count());
        }
    }
    open.finish()?.finish(content)
}

fn by_format(raw: &mut Hashed<'_>, reading: &mut Reading<'_>) -> Result<Builder, ImportError> {
    let failed = |error, reading: &Reading<'_>| reading.failed(0, error);
    let plain = unpacked(raw).map_err(|error| failed(error, reading))?;
    let plain = Gauged::new(plain, reading.gauge.clone(), reading.limits.bytes, reading.limits.record);
    let (head, plain) = peeked(plain).map_err(|error| failed(error, reading))?;
    if head.starts_with(b"SQLite format 3\0") {
        let hint = "a database has to be opened where it lies, unpacked: `packhouse plan import FILE` does, a stream cannot";
        return Err(ImportError::Elsewhere { what: "an SQLite database", hint });
    }
    if head.starts_with(b"PAR1") {
        let hint = "its index is at the end of the file: `packhouse plan import FILE` reads it unpacked, a stream cannot";
        return Err(ImportError::Elsewhere { what: "a Parquet file", hint });
    }
    if head.get(257..262) == Some(b"ustar") {
        return crates_io::read(plain, reading);
    }
    match head.iter().find(|byte| !byte.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(byte)) {
        Some(b'{' | b'[') => json::read(plain, reading),
        Some(_) => table::read(plain, &head, reading),
        None => {
            Err(ImportError::Unrecognised { found: "an empty file".to_owned(), expected: table::EXPECTED })
        }
    }
}
