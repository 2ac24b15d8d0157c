//! Opening a database of either kind.

mod postgres;
mod sqlite;

use std::path::Path;

use crate::migrate::STEPS;
use crate::{Result, Store};

impl Store {
    /// Opens the SQLite database in the file `path`, which is made if it is missing, and brings it to the schema
    /// this program knows. The folder must exist. Several processes may open one file.
    pub async fn open_sqlite(path: &Path) -> Result<Self> {
        sqlite::open(path, STEPS).await
    }

    /// Opens the PostgreSQL database at `url` (`postgres://user:password@host:port/database`, with the parameters
    /// that libpq has names for, such as `sslmode`), and brings it to the schema this program knows. The database
    /// must exist. Waits at most 10 seconds for the server. Later at most `max_connections` are open.
    pub async fn open_postgres(url: &str, max_connections: u32) -> Result<Self> {
        postgres::open(url, max_connections, STEPS).await
    }
}

#[cfg(test)]
pub(crate) use {postgres::open as postgres_with, sqlite::open as sqlite_with};
