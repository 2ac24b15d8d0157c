//! Why there are no tables.

use std::path::PathBuf;

use datafusion::error::DataFusionError;

/// Why there are no tables.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// The disk.
    #[error("{} cannot be used", .path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing to ask.
    #[error(
        "{} holds no table: put the files of each into a folder with its name, such as file_downloads/*.parquet",
        .path.display()
    )]
    NoTables {
        /// The folder.
        path: PathBuf,
    },
    /// Files of two kinds, or of none that is read, in one table.
    #[error("the table {table} has {found}: a table's files all end in .parquet, .csv, .json or .jsonl")]
    Mixed {
        /// The table.
        table: String,
        /// What its files end in.
        found: String,
    },
    /// A name that no query could use.
    #[error("{name:?} cannot be the name of a table: letters, digits and _ only")]
    TableName {
        /// The name.
        name: String,
    },
    /// The engine refused the query, or failed.
    #[error("{doing}: the query engine stopped")]
    Engine {
        /// The query.
        doing: String,
        /// Why.
        source: Box<DataFusionError>,
    },
    /// A row would go into a file that cannot be named so.
    #[error(
        "{query}: {column} is {found:?}, which cannot be part of a file's name: letters, digits, - and . only"
    )]
    FileName {
        /// The query.
        query: String,
        /// The column.
        column: String,
        /// What stands in it.
        found: String,
    },
    /// More files than anybody wants.
    #[error(
        "{query}: its rows belong into more than {most} files; are the columns file_… what they should be?"
    )]
    TooManyFiles {
        /// The query.
        query: String,
        /// The limit.
        most: usize,
    },
    /// The answer has no row.
    #[error("{query}: no row is left; does the export hold whole months, and rows of the last snapshot?")]
    Nothing {
        /// The query.
        query: String,
    },
}

impl LogsError {
    pub(crate) fn engine(doing: &str, source: DataFusionError) -> Self {
        Self::Engine { doing: doing.to_owned(), source: Box::new(source) }
    }
}
