//! Records from bytes into the database: one file, a zip archive, a folder.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use packhouse_advisory::{Advisory, Ecosystem, RecordLimits, zip_limits};
use packhouse_archive::{ArchiveFormat, EntryKind, unpack};
use packhouse_model::Timestamp;
use packhouse_store::NewAdvisory;
use serde::Serialize;

use crate::error::{AppError, chain};
use crate::facts::one_line;
use crate::packhouse::Packhouse;

/// Records that are written in one transaction: others must not wait long for their turn.
const BATCH: usize = 200;
/// Files of a folder that are looked at.
const MOST_FILES: usize = 1_000_000;
/// Folders within folders.
const DEEPEST: usize = 10;
/// Skipped records that are named.
const NAMED: usize = 100;
/// Compressed as pages are.
const LEVEL: i32 = 9;

/// What became of a source's records.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AdvisoryImport {
    /// The source.
    pub source: String,
    /// The source said that nothing changed since.
    pub unchanged_source: bool,
    /// Records that were read.
    pub read: usize,
    /// Those that are new, or newer than the copy that was kept.
    pub kept: u64,
    /// Those that the source no longer has.
    pub removed: usize,
    /// Those of other ecosystems, which nothing here asks about.
    pub elsewhere: usize,
    /// How many could not be read. Each may be one that matters.
    pub unread: usize,
    /// The first of these.
    pub skipped: Vec<SkippedRecord>,
}

/// A file that is no readable record.
#[derive(Debug, Clone, Serialize)]
pub struct SkippedRecord {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, Default)]
pub struct AdvisoryProgress {
    /// Records that were read.
    pub read: usize,
    /// Records that were written.
    pub written: usize,
    /// Records to write in all; 0 before that is known.
    pub of: usize,
}

/// Records that are being read.
pub(super) struct Reading {
    source: String,
    /// What is kept of the source already.
    known: HashMap<String, Timestamp>,
    new: Vec<NewAdvisory>,
    seen: HashSet<String>,
    report: AdvisoryImport,
}

impl Reading {
    pub(super) fn new(source: &str, known: Vec<(String, Timestamp)>) -> Self {
        let report = AdvisoryImport { source: source.to_owned(), ..AdvisoryImport::default() };
        let known = known.into_iter().collect();
        Self { source: source.to_owned(), known, new: Vec::new(), seen: HashSet::new(), report }
    }

    fn record(&mut self, name: &str, bytes: &[u8]) -> Result<(), AppError> {
        self.report.read += 1;
        let advisory = match Advisory::parse(bytes, &RecordLimits::default()) {
            Ok(advisory) => advisory,
            Err(error) => {
                // What cannot be read is not gone: its file is named by its id.
                let stem = name.rsplit('/').next().and_then(|name| name.strip_suffix(".json"));
                self.seen.extend(stem.map(str::to_owned));
                self.report.unread += 1;
                if self.report.skipped.len() < NAMED {
                    let name = name.chars().take(200).flat_map(char::escape_debug).collect();
                    self.report.skipped.push(SkippedRecord { name, reason: chain(&error) });
                }
                return Ok(());
            }
        };
        if !advisory.affected.iter().any(|part| part.ecosystem == Ecosystem::PYPI) {
            self.report.elsewhere += 1;
            return Ok(());
        }
        self.seen.insert(advisory.id.clone());
        if self.known.get(&advisory.id) == Some(&advisory.modified) {
            return Ok(());
        }
        let document = zstd::bulk::compress(bytes, LEVEL)
            .map_err(|error| AppError::internal("an advisory was compressed", error))?;
        let parts = advisory.affected.iter().filter(|part| part.ecosystem == Ecosystem::PYPI);
        self.new.push(NewAdvisory {
            source: self.source.clone(),
            modified: advisory.modified,
            withdrawn: advisory.withdrawn,
            malware: advisory.is_malware(),
            summary: one_line(&advisory),
            document,
            projects: parts.map(|part| (part.ecosystem.to_string(), part.project.clone())).collect(),
            id: advisory.id,
        });
        Ok(())
    }

    /// Reads one record, or an archive of them.
    pub(super) fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<(), AppError> {
        if !bytes.starts_with(b"PK") {
            return self.record(name, bytes);
        }
        let mut failed = None;
        let unpacked = unpack(bytes, ArchiveFormat::Zip, &zip_limits(), &mut |entry| {
            if entry.kind == EntryKind::File && entry.path.ends_with(".json") {
                failed = failed.take().or_else(|| self.record(entry.path, entry.bytes).err());
            }
        });
        if let Err(error) = unpacked {
            let what = format!("the archive of advisories {name} was not read: {}", chain(&error));
            return Err(AppError::BadRequest { what });
        }
        failed.map_or(Ok(()), Err)
    }

    /// Reads a file, or all records in a folder.
    pub(super) fn path(&mut self, path: &Path, largest: u64) -> Result<(), AppError> {
        if path.is_dir() {
            let mut left = MOST_FILES;
            return self.folder(path, DEEPEST, &mut left);
        }
        let bytes = read(path, largest)?;
        self.bytes(&path.display().to_string(), &bytes)
    }

    fn folder(&mut self, folder: &Path, deeper: usize, left: &mut usize) -> Result<(), AppError> {
        let unreadable = |error: std::io::Error| unreadable(folder, &error);
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            *left = left.checked_sub(1).ok_or_else(|| AppError::BadRequest {
                what: format!("{} holds more than {MOST_FILES} files", folder.display()),
            })?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
            if kind.is_dir() && deeper > 0 {
                self.folder(&path, deeper - 1, left)?;
            } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "json") {
                let bytes = read(&path, RecordLimits::default().bytes as u64)?;
                self.record(&path.display().to_string(), &bytes)?;
            }
        }
        Ok(())
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> AppError {
    AppError::BadRequest { what: format!("{} cannot be read: {error}", path.display()) }
}

fn read(path: &Path, largest: u64) -> Result<Vec<u8>, AppError> {
    let size = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if size > largest {
        let what =
            format!("{} has {size} bytes; at most {largest} are read (advisories.max-size)", path.display());
        return Err(AppError::BadRequest { what });
    }
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

impl Packhouse {
    /// Takes in what stands in a file, an archive or a folder. Nothing is removed by this.
    pub async fn import_advisories(
        &self,
        path: &Path,
        progress: &(dyn Fn(AdvisoryProgress) + Sync),
    ) -> Result<AdvisoryImport, AppError> {
        const SOURCE: &str = "imported";
        let known = self.store.advisory_ids(SOURCE).await?;
        let (path, largest) = (path.to_owned(), self.settings.advisories.max_size);
        let reading = aside(move || {
            let mut reading = Reading::new(SOURCE, known);
            reading.path(&path, largest).map(|()| reading)
        });
        self.keep_advisories(reading.await?, false, progress).await
    }

    /// Writes what was read, in parts; of a source that was read whole, what it no longer has goes.
    pub(super) async fn keep_advisories(
        &self,
        reading: Reading,
        whole: bool,
        progress: &(dyn Fn(AdvisoryProgress) + Sync),
    ) -> Result<AdvisoryImport, AppError> {
        let Reading { known, new, seen, mut report, .. } = reading;
        let mut done = AdvisoryProgress { read: report.read, written: 0, of: new.len() };
        progress(done);
        for part in new.chunks(BATCH) {
            report.kept += self.store.put_advisories(part, self.now()).await?;
            done.written += part.len();
            progress(done);
        }
        // A source that suddenly has nothing at all is broken, and lifts nothing.
        if whole && !seen.is_empty() {
            let gone: Vec<String> = known.into_keys().filter(|id| !seen.contains(id)).collect();
            for part in gone.chunks(BATCH) {
                self.store.remove_advisories(part).await?;
            }
            report.removed = gone.len();
        }
        self.catch_up_facts().await?;
        Ok(report)
    }
}

/// Work that would hold up others.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(AppError::internal("advisories were being read", error)))
}
