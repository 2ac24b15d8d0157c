//! Where records come from: one file, a listing, a zip archive.

use packhouse_archive::{ArchiveFormat, EntryKind, UnpackError, UnpackLimits, unpack};

use crate::database::{Database, Merged};
use crate::parse::{RecordError, RecordLimits};
use crate::record::Advisory;

/// What became of a source's records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Records that were not there before.
    pub added: usize,
    /// Records that took the place of an older copy.
    pub updated: usize,
    /// Records that are the same, or older than the copies that are here.
    pub unchanged: usize,
    /// Ids of the added and updated ones, sorted: what has to be looked at again.
    pub changed: Vec<String>,
    /// Files that are no readable record. Each may be one that matters: show them.
    pub skipped: Vec<Skipped>,
}

/// A file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its name, cut and escaped.
    pub name: String,
    /// Why.
    pub reason: RecordError,
}

/// A source that cannot be read at all. Nothing of it was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The archive is damaged, or hostile.
    #[error("the archive of records was not read: {0}")]
    Archive(#[from] UnpackError),
}

/// What is accepted of an archive: above the largest ecosystem's, which has some 300,000 records in 1 GB.
pub fn zip_limits() -> UnpackLimits {
    UnpackLimits {
        entries: 1_000_000,
        total: 8 << 30,
        entry: RecordLimits::default().bytes as u64,
        ..UnpackLimits::default()
    }
}

impl Database {
    /// One record.
    pub fn read_json(&mut self, name: &str, bytes: &[u8]) -> Report {
        self.read_listing([(name, bytes)])
    }

    /// Records by name: a directory, as somebody has read it.
    pub fn read_listing<'a>(&mut self, files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Report {
        let limits = RecordLimits::default();
        let read = files.into_iter().map(|(name, bytes)| (name.to_owned(), Advisory::parse(bytes, &limits)));
        self.take(read)
    }

    /// A zip archive of records. Files that do not end in `.json` are passed over. Nothing is taken from an archive that is
    /// damaged anywhere.
    pub fn read_zip(&mut self, archive: &[u8], limits: &UnpackLimits) -> Result<Report, SourceError> {
        let of_record = RecordLimits::default();
        let mut read = Vec::new();
        unpack(archive, ArchiveFormat::Zip, limits, &mut |entry| {
            if entry.kind == EntryKind::File && entry.path.ends_with(".json") {
                read.push((entry.path.to_owned(), Advisory::parse(entry.bytes, &of_record)));
            }
        })?;
        Ok(self.take(read))
    }

    fn take(&mut self, read: impl IntoIterator<Item = (String, Result<Advisory, RecordError>)>) -> Report {
        let mut report = Report::default();
        for (name, result) in read {
            let advisory = match result {
                Ok(advisory) => advisory,
                Err(reason) => {
                    report.skipped.push(Skipped { name: crate::parse::cut(&name), reason });
                    continue;
                }
            };
            let id = advisory.id.clone();
            match self.merge(advisory) {
                Merged::Added => report.added += 1,
                Merged::Updated => report.updated += 1,
                Merged::Unchanged | Merged::Older => {
                    report.unchanged += 1;
                    continue;
                }
            }
            report.changed.push(id);
        }
        report.changed.sort_unstable();
        report.changed.dedup();
        report
    }
}
