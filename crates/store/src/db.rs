//! What makes one codebase serve two databases: a pool, a transaction and a statement of either kind.

use sqlx::sqlite::SqlitePool;
use sqlx::{PgPool, Postgres, Sqlite, Transaction};

use crate::{Error, Result, Store};

/// The open database.
#[derive(Clone)]
pub(crate) enum Db {
    /// One connection writes, the others only read: SQLite has one writer at a time, and waiting for it in our
    /// own queue is fair and costs nothing, where SQLite's is a sleep and a retry.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Pg(PgPool),
}

/// A transaction that may write. Dropped without [`Tx::commit`], nothing of it happened.
pub struct Tx(pub(crate) Inner);

pub(crate) enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Pg(Transaction<'static, Postgres>),
}

/// A statement with its name, in both dialects. Binds are `$1`, `$2`, … in both.
#[derive(Clone, Copy)]
pub(crate) struct Stmt {
    pub(crate) name: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) pg: &'static str,
}

/// The two texts of a statement.
pub(crate) struct Text {
    pub(crate) sqlite: &'static str,
    pub(crate) pg: &'static str,
}

/// One text that both databases understand alike.
pub(crate) const fn both(text: &'static str) -> Text {
    Text { sqlite: text, pg: text }
}

/// Every statement of the crate, for the test that prepares them all on both databases.
#[cfg(test)]
pub(crate) const ALL: &[&[Stmt]] = &[
    crate::advisories::STATEMENTS,
    crate::blobs::STATEMENTS,
    crate::fact_changes::STATEMENTS,
    crate::handed_out::STATEMENTS,
    crate::file_needs::STATEMENTS,
    crate::inspections::STATEMENTS,
    crate::known_files::STATEMENTS,
    crate::job_outcome::STATEMENTS,
    crate::jobs::STATEMENTS,
    crate::ledger::STATEMENTS,
    crate::metadata::STATEMENTS,
    crate::name_lists::STATEMENTS,
    crate::name_words::STATEMENTS,
    crate::page_save::STATEMENTS,
    crate::pages::STATEMENTS,
    crate::peers::STATEMENTS,
    crate::publishers::STATEMENTS,
    crate::refusals::STATEMENTS,
    crate::seen::STATEMENTS,
    crate::settings::STATEMENTS,
    crate::store::STATEMENTS,
];

/// How SQLite begins what may write.
const IMMEDIATE: &str = "BEGIN IMMEDIATE";

impl Store {
    /// Begins a transaction that may write.
    ///
    /// On SQLite it waits until every earlier one in this process has ended. So a task that holds one and calls a
    /// writing method of [`Store`] waits for itself, and fails after 30 seconds: use the methods of [`Tx`].
    pub async fn begin(&self) -> Result<Tx> {
        match &self.db {
            // IMMEDIATE: a transaction that reads first and then wants to write is refused at once with
            // SQLITE_BUSY when another process wrote in between; the busy timeout does not apply to it.
            Db::Sqlite { writer, .. } => match writer.begin_with(IMMEDIATE).await {
                Ok(transaction) => Ok(Inner::Sqlite(transaction)),
                Err(_) => {
                    // On a full disk SQLite rolls back by itself, which the driver does not notice: it would refuse
                    // every later transaction on this connection. A new one begins anew.
                    if let Ok(connection) = writer.acquire().await {
                        let _ = connection.close().await;
                    }
                    writer.begin_with(IMMEDIATE).await.map(Inner::Sqlite)
                }
            },
            Db::Pg(pool) => pool.begin().await.map(Inner::Pg),
        }
        .map(Tx)
        .map_err(|source| Error::Statement { statement: "the beginning of a transaction", source })
    }
}

impl Tx {
    /// Makes everything done in the transaction durable and visible.
    pub async fn commit(self) -> Result<()> {
        match self.0 {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Pg(tx) => tx.commit().await,
        }
        .map_err(|source| Error::Statement { statement: "the commit of a transaction", source })
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Inner::Sqlite(_) => "Tx(SQLite)",
            Inner::Pg(_) => "Tx(PostgreSQL)",
        })
    }
}

/// Declares a module's statements as constants, and their list for the registry.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $(
            $(#[$doc])*
            const $name: $crate::db::Stmt = {
                let text: $crate::db::Text = $text;
                $crate::db::Stmt {
                    name: concat!(module_path!(), "::", stringify!($name)),
                    sqlite: text.sqlite,
                    pg: text.pg,
                }
            };
        )*
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[$crate::db::Stmt] = &[$($name),*];
    };
}

/// Reads rows outside a transaction: `read!(store, STATEMENT, fetch_all as Row, bind, …)`.
macro_rules! read {
    ($store:expr, $statement:expr, $method:ident as $row:ty $(, $bind:expr)* $(,)?) => {
        match &$store.db {
            $crate::db::Db::Sqlite { readers, .. } => {
                sqlx::query_as::<sqlx::Sqlite, $row>($statement.sqlite)$(.bind($bind))*.$method(readers).await
            }
            $crate::db::Db::Pg(pool) => {
                sqlx::query_as::<sqlx::Postgres, $row>($statement.pg)$(.bind($bind))*.$method(pool).await
            }
        }
        .map_err(|source| $crate::Error::Statement { statement: $statement.name, source })
    };
}

/// Runs a statement that returns rows in a transaction: `run!(tx, STATEMENT, fetch_one as Row, bind, …)`.
macro_rules! run {
    ($tx:expr, $statement:expr, $method:ident as $row:ty $(, $bind:expr)* $(,)?) => {
        match &mut $tx.0 {
            $crate::db::Inner::Sqlite(tx) => {
                sqlx::query_as::<sqlx::Sqlite, $row>($statement.sqlite)$(.bind($bind))*.$method(&mut **tx).await
            }
            $crate::db::Inner::Pg(tx) => {
                sqlx::query_as::<sqlx::Postgres, $row>($statement.pg)$(.bind($bind))*.$method(&mut **tx).await
            }
        }
        .map_err(|source| $crate::Error::Statement { statement: $statement.name, source })
    };
}

/// Runs a statement that returns no rows in a transaction, and counts the rows it changed.
macro_rules! execute {
    ($tx:expr, $statement:expr $(, $bind:expr)* $(,)?) => {
        match &mut $tx.0 {
            $crate::db::Inner::Sqlite(tx) => {
                sqlx::query::<sqlx::Sqlite>($statement.sqlite)$(.bind($bind))*.execute(&mut **tx).await
                    .map(|done| done.rows_affected())
            }
            $crate::db::Inner::Pg(tx) => {
                sqlx::query::<sqlx::Postgres>($statement.pg)$(.bind($bind))*.execute(&mut **tx).await
                    .map(|done| done.rows_affected())
            }
        }
        .map_err(|source| $crate::Error::Statement { statement: $statement.name, source })
    };
}

/// Runs one method of `Tx` in a transaction of its own: `alone!(store, save_page(page, now))`.
macro_rules! alone {
    ($store:expr, $method:ident($($argument:expr),*)) => {{
        let mut tx = $store.begin().await?;
        let outcome = tx.$method($($argument),*).await?;
        tx.commit().await?;
        Ok(outcome)
    }};
}

pub(crate) use {alone, execute, read, run, statements};
