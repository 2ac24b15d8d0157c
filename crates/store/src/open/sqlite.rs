use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::db::Db;
use crate::error::{database_code, sqlite_primary};
use crate::migrate::{self, Step};
use crate::{Error, Store};

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections that read. Each is a thread; reads are short and mostly served from the page cache.
const READERS: u32 = 4;

/// Bytes that the write-ahead log keeps on disk after a checkpoint.
const LOG_BYTES: &str = "67108864";

pub(crate) async fn open(path: &Path, steps: &[Step]) -> Result<Store, Error> {
    reach(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", LOG_BYTES)
        .thread_name(|id| format!("sqlite-{id}"));
    let writer = connect_writer(path, options.clone().journal_mode(SqliteJournalMode::Wal)).await?;
    let place = path.display().to_string();
    migrate::sqlite(&writer, steps, &place).await?;
    let readers =
        pool(READERS).connect_lazy_with(options.create_if_missing(false).pragma("query_only", "ON"));
    Ok(Store { db: Db::Sqlite { writer, readers }, place: place.into() })
}

/// Connections live as long as the pool: they hold the page cache and the prepared statements, and a file does
/// not hang up.
fn pool(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(size)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// Opens the file as the operating system would, because SQLite's "unable to open database file" keeps back why.
fn reach(path: &Path) -> Result<(), Error> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map(|_| ())
        .map_err(|source| Error::CannotOpen { path: path.to_owned(), source })
}

async fn connect_writer(path: &Path, options: SqliteConnectOptions) -> Result<SqlitePool, Error> {
    // A new file's change to WAL needs it alone for a moment, and the busy timeout does not cover that. Only two
    // processes that meet a new file at the same time see this.
    let mut attempts = 0;
    loop {
        attempts += 1;
        let source = match pool(1).connect_with(options.clone()).await {
            Ok(pool) => return Ok(pool),
            Err(source) => source,
        };
        let code = database_code(&source).and_then(|code| sqlite_primary(&code));
        let path = path.to_owned();
        match code {
            Some(5) if attempts < 100 => tokio::time::sleep(Duration::from_millis(20)).await,
            Some(26) => return Err(Error::NotADatabase { path }),
            _ => return Err(Error::Sqlite { path, source }),
        }
    }
}
