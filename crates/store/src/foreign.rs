//! Somebody else's SQLite file: read, never written, and nothing in it is run.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

use crate::error::{database_code, sqlite_primary};
use crate::{Error, Result};

/// A file of another program.
///
/// **Consistency:** the file is taken to lie still; it is not locked, and no journal beside it is replayed.
/// **Concurrency:** one reader. **Retries:** none; the caller begins again.
#[derive(Debug)]
pub struct ForeignSqlite {
    connection: SqliteConnection,
    path: PathBuf,
}

impl ForeignSqlite {
    /// Opens a file.
    pub async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .immutable(true)
            // Attack: a view or an index of the file that calls functions, or damaged pages that lead a reader astray.
            .pragma("trusted_schema", "OFF")
            .pragma("cell_size_check", "ON")
            .pragma("query_only", "ON");
        let failed = |source| wrong(path, source);
        Ok(Self { connection: options.connect().await.map_err(failed)?, path: path.to_owned() })
    }

    /// The columns of a table; none when there is no such table.
    pub async fn columns(&mut self, table: &str) -> Result<Vec<String>> {
        let found = sqlx::query_as("SELECT name FROM pragma_table_info(?)").bind(table);
        let rows: Vec<(String,)> =
            found.fetch_all(&mut self.connection).await.map_err(|source| wrong(&self.path, source))?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }

    /// Gives each row of a query to `each`, until that breaks off. The query makes every column a text (`CAST … AS TEXT`);
    /// what is no text then is none.
    pub async fn each(
        &mut self,
        query: &'static str,
        each: &mut (dyn FnMut(&[Option<&str>]) -> ControlFlow<()> + Send),
    ) -> Result<()> {
        let mut rows = sqlx::query(query).fetch(&mut self.connection);
        while let Some(row) = rows.try_next().await.map_err(|source| wrong(&self.path, source))? {
            let texts: Vec<Option<&str>> = (0..row.len()).map(|at| text(&row, at)).collect();
            if each(&texts).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Closes it.
    pub async fn close(self) -> Result<()> {
        self.connection.close().await.map_err(|source| wrong(&self.path, source))
    }
}

fn text(row: &SqliteRow, at: usize) -> Option<&str> {
    row.try_get::<Option<&str>, _>(at).ok().flatten()
}

fn wrong(path: &Path, source: sqlx::Error) -> Error {
    let path = path.to_owned();
    match database_code(&source).and_then(|code| sqlite_primary(&code)) {
        Some(26) => Error::NotADatabase { path },
        _ => Error::Sqlite { path, source },
    }
}
