#![doc = include_str!("../README.md")]

mod error;
mod tables;
mod written;

use std::path::{Path, PathBuf};

use datafusion::execution::context::SQLOptions;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures_util::StreamExt as _;

pub use error::LogsError;
pub use tables::{Format, Table};
pub use written::Written;

use written::Writer;

/// Raw logs that were opened, ready for queries.
pub struct Logs {
    context: SessionContext,
    /// What was found in the folder, in the order of names.
    pub tables: Vec<Table>,
}

impl Logs {
    /// Opens the tables of a folder: each of its folders, and each file in it, is one. With a number of bytes for `memory` what
    /// does not fit goes to the disk, where the engine can.
    pub async fn open(folder: &Path, memory: Option<usize>) -> Result<Self, LogsError> {
        let runtime = RuntimeEnvBuilder::new();
        let runtime = match memory {
            Some(bytes) => runtime.with_memory_limit(bytes, 1.0),
            None => runtime,
        };
        let runtime = runtime.build_arc().map_err(|source| LogsError::engine("starting", source))?;
        let context = SessionContext::new_with_config_rt(SessionConfig::new(), runtime);
        let tables = tables::find(folder)?;
        for table in &tables {
            tables::register(&context, table).await?;
        }
        Ok(Self { context, tables })
    }

    /// Runs the query of a file and writes its rows to CSV files in a folder: whole, or not at all. See the README for their
    /// names.
    pub async fn run(&self, query: &Path, to: &Path) -> Result<Vec<Written>, LogsError> {
        let disk = |source| LogsError::Disk { path: query.to_owned(), source };
        let sql = std::fs::read_to_string(query).map_err(disk)?;
        let name = query.file_stem().and_then(|stem| stem.to_str()).unwrap_or("query").to_owned();
        let failed = |source| LogsError::engine(&name, source);
        // Only questions: a query from somewhere else cannot write where it likes.
        let options =
            SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        let rows = self.context.sql_with_options(&sql, options).await.map_err(failed)?;
        let mut writer = Writer::new(to, &name)?;
        let mut batches = rows.execute_stream().await.map_err(failed)?;
        while let Some(batch) = batches.next().await {
            writer.write(&batch.map_err(failed)?)?;
        }
        writer.finish()
    }
}

/// The queries in a list of files and folders: of a folder all that end in `.sql`, in the order of their names.
pub fn queries(named: &[PathBuf]) -> Result<Vec<PathBuf>, LogsError> {
    let mut found = Vec::new();
    for path in named {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let disk = |source| LogsError::Disk { path: path.clone(), source };
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).map_err(disk)? {
            let entry = entry.map_err(disk)?.path();
            if entry.extension().is_some_and(|extension| extension == "sql") {
                inside.push(entry);
            }
        }
        inside.sort();
        found.extend(inside);
    }
    Ok(found)
}
