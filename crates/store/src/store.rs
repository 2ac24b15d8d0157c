use std::fmt;
use std::sync::Arc;

use crate::Result;
use crate::db::{Db, both, read, statements};

/// An open database. Cheap to clone; the clones share its connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) db: Db,
    pub(crate) place: Arc<str>,
}

statements! {
    PING = both("SELECT 1 AS answer");
}

impl Store {
    /// Which database this is, for people: a path, or `postgres://user@host:port/database`. No password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        // An integer of four bytes in PostgreSQL, of eight in SQLite; its value does not matter.
        read!(self, PING, fetch_one as (i32,)).map(|_| ())
    }

    /// Waits for what is under way and closes every connection; SQLite folds its log into the file.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Db::Pg(pool) => pool.close().await,
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.place)
    }
}
