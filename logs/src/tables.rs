//! Which tables a folder holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use datafusion::prelude::{CsvReadOptions, JsonReadOptions, ParquetReadOptions, SessionContext};

use crate::error::LogsError;

/// How the files of a table are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// CSV with a header.
    Csv,
    /// A JSON object a line, in files that end in `.json`.
    Json,
    /// A JSON object a line, in files that end in `.jsonl`.
    JsonLines,
}

impl Format {
    fn of(extension: &str) -> Option<Self> {
        match extension {
            "parquet" => Some(Self::Parquet),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "jsonl" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// A table: a file, or a folder of files with the same columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// How queries call it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// How its files are written.
    pub format: Format,
}

/// The tables of a folder, in the order of their names.
pub(crate) fn find(folder: &Path) -> Result<Vec<Table>, LogsError> {
    let mut found = BTreeMap::new();
    for path in entries(folder)? {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if name.starts_with('.') {
            continue;
        }
        let is_folder = path.is_dir();
        let files = if is_folder { entries(&path)? } else { vec![path.clone()] };
        let Some(format) = format(&name, &files, is_folder)? else { continue };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(LogsError::TableName { name });
        }
        found.insert(name.clone(), Table { name, path, format });
    }
    if found.is_empty() {
        return Err(LogsError::NoTables { path: folder.to_owned() });
    }
    Ok(found.into_values().collect())
}

/// How the files of a table are written; `None` of a lone file that is no table.
fn format(table: &str, files: &[PathBuf], is_folder: bool) -> Result<Option<Format>, LogsError> {
    let ends: BTreeSet<&str> = files
        .iter()
        .filter(|path| !path.is_dir())
        .map(|path| path.extension().and_then(|extension| extension.to_str()).unwrap_or("nothing"))
        .collect();
    let formats: BTreeSet<Option<Format>> = ends.iter().map(|extension| Format::of(extension)).collect();
    match Vec::from_iter(formats).as_slice() {
        [Some(format)] => Ok(Some(*format)),
        _ if !is_folder => Ok(None),
        _ => {
            let found = match ends.len() {
                0 => "no files".to_owned(),
                _ => format!("files that end in {}", Vec::from_iter(ends).join(", ")),
            };
            Err(LogsError::Mixed { table: table.to_owned(), found })
        }
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, LogsError> {
    let read = || std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>();
    read().map_err(|source| LogsError::Disk { path: folder.to_owned(), source })
}

/// Tells the engine of a table. Its columns are looked at, its rows are not read.
pub(crate) async fn register(context: &SessionContext, table: &Table) -> Result<(), LogsError> {
    // Names keep their case: deps.dev's tables have `System` and `Name`.
    let name = format!("\"{}\"", table.name);
    let path = table.path.to_string_lossy();
    let path = if table.path.is_dir() { format!("{path}/") } else { path.into_owned() };
    let registered = match table.format {
        Format::Parquet => context.register_parquet(name, path, ParquetReadOptions::default()).await,
        Format::Csv => context.register_csv(name, path, CsvReadOptions::new()).await,
        Format::Json => context.register_json(name, path, JsonReadOptions::default()).await,
        Format::JsonLines => {
            context.register_json(name, path, JsonReadOptions::default().file_extension(".jsonl")).await
        }
    };
    registered.map_err(|source| LogsError::engine(&format!("opening {}", table.name), source))
}
