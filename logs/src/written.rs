//! Rows on their way to CSV files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv::Writer as CsvWriter;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::error::DataFusionError;

use crate::error::LogsError;

/// Columns that begin so are not written: they make the name of the file.
const FILE: &str = "file_";
/// Files that one query may write: a month each for eighty years.
const MOST_FILES: usize = 1_000;
/// The longest part of a name that comes out of a row.
const LONGEST_PART: usize = 64;

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// How many rows, without the header.
    pub rows: u64,
}

/// Takes the rows of one query. Files get their names when all of them are whole.
pub(crate) struct Writer<'q> {
    folder: PathBuf,
    query: &'q str,
    open: BTreeMap<Vec<String>, Open>,
    /// Files that have no name yet; taken away when not all of them get one.
    staged: Vec<PathBuf>,
}

struct Open {
    staged: PathBuf,
    to: PathBuf,
    rows: u64,
    csv: CsvWriter<BufWriter<File>>,
}

impl<'q> Writer<'q> {
    pub(crate) fn new(folder: &Path, query: &'q str) -> Result<Self, LogsError> {
        std::fs::create_dir_all(folder)
            .map_err(|source| LogsError::Disk { path: folder.to_owned(), source })?;
        Ok(Self { folder: folder.to_owned(), query, open: BTreeMap::new(), staged: Vec::new() })
    }

    /// Writes rows. Those that belong into one file need not stand together, but it is faster when they do.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), LogsError> {
        let schema = batch.schema();
        let named = |keep: bool| {
            let columns = schema.fields().iter().enumerate();
            columns
                .filter(move |(_, field)| field.name().starts_with(FILE) == keep)
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        };
        let (naming, kept) = (named(true), named(false));
        let rows = batch.project(&kept).map_err(|error| self.failed(error))?;
        let mut begun = 0;
        while begun < batch.num_rows() {
            let key = self.key(batch, &naming, begun)?;
            let mut end = begun + 1;
            while end < batch.num_rows() && self.key(batch, &naming, end)? == key {
                end += 1;
            }
            let open = self.file(key)?;
            open.rows += (end - begun) as u64;
            let written = open.csv.write(&rows.slice(begun, end - begun));
            written.map_err(|error| self.failed(error))?;
            begun = end;
        }
        Ok(())
    }

    /// Syncs all files and gives them their names.
    pub(crate) fn finish(mut self) -> Result<Vec<Written>, LogsError> {
        if self.open.is_empty() {
            return Err(LogsError::Nothing { query: self.query.to_owned() });
        }
        let mut files = Vec::new();
        for (_, Open { staged, to, rows, csv }) in std::mem::take(&mut self.open) {
            let sync =
                || csv.into_inner().into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all();
            sync().map_err(|source| LogsError::Disk { path: staged.clone(), source })?;
            files.push((staged, Written { path: to, rows }));
        }
        for (staged, Written { path, .. }) in &files {
            std::fs::rename(staged, path).map_err(|source| LogsError::Disk { path: path.clone(), source })?;
        }
        self.staged.clear();
        Ok(files.into_iter().map(|(_, written)| written).collect())
    }

    /// What a row's file is called by. It comes out of foreign rows: it must not lead out of the folder.
    fn key(&self, batch: &RecordBatch, naming: &[usize], row: usize) -> Result<Vec<String>, LogsError> {
        naming
            .iter()
            .map(|at| {
                let text =
                    array_value_to_string(batch.column(*at), row).map_err(|error| self.failed(error))?;
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
                if text.is_empty()
                    || text.len() > LONGEST_PART
                    || text.starts_with('.')
                    || !text.bytes().all(plain)
                {
                    return Err(LogsError::FileName {
                        query: self.query.to_owned(),
                        column: batch.schema().field(*at).name().clone(),
                        found: text.chars().take(LONGEST_PART).collect(),
                    });
                }
                Ok(text)
            })
            .collect()
    }

    fn file(&mut self, key: Vec<String>) -> Result<&mut Open, LogsError> {
        if !self.open.contains_key(&key) {
            if self.open.len() == MOST_FILES {
                return Err(LogsError::TooManyFiles { query: self.query.to_owned(), most: MOST_FILES });
            }
            let name = std::iter::once(self.query)
                .chain(key.iter().map(String::as_str))
                .collect::<Vec<_>>()
                .join("_");
            let to = self.folder.join(format!("{name}.csv"));
            let staged = self.folder.join(format!("{name}.csv.part"));
            let file =
                File::create(&staged).map_err(|source| LogsError::Disk { path: staged.clone(), source })?;
            self.staged.push(staged.clone());
            let csv = CsvWriter::new(BufWriter::new(file));
            self.open.insert(key.clone(), Open { staged, to, rows: 0, csv });
        }
        self.open.get_mut(&key).ok_or_else(|| LogsError::Nothing { query: self.query.to_owned() })
    }

    fn failed(&self, error: ArrowError) -> LogsError {
        LogsError::engine(self.query, DataFusionError::from(error))
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        for staged in &self.staged {
            let _ = std::fs::remove_file(staged);
        }
    }
}
