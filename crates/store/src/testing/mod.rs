//! A fresh database for each test, of each kind.
//!
//! ```
//! packhouse_store::both_databases! {
//!     /// Runs twice: `settings_last::sqlite` and `settings_last::postgres`.
//!     async fn settings_last(store) {
//!         store.set_setting("colour", "green").await.unwrap();
//!         assert_eq!(store.setting("colour").await.unwrap().as_deref(), Some("green"));
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! `store` is a [`&TestDb`](TestDb), which is a [`Store`] wherever one is wanted.

mod postgres;

use std::future::Future;
use std::ops::Deref;

use tempfile::TempDir;

use crate::Store;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file in a temporary folder.
    Sqlite,
    /// A database of its own on a server that all tests of the process share.
    Postgres,
}

/// A fresh, empty database with the newest schema, and the store opened on it.
pub struct TestDb {
    store: Store,
    place: Place,
}

enum Place {
    Sqlite(TempDir),
    Postgres(postgres::Database),
}

impl TestDb {
    /// A new SQLite database.
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = Place::Sqlite(folder);
        Self { store: open(&place).await, place }
    }

    /// A new database on PostgreSQL. Without a server `None`, after saying `skipped: …` on standard error; a
    /// failure instead when `PACKHOUSE_TEST_POSTGRES=require`.
    pub async fn postgres() -> Option<Self> {
        let place = Place::Postgres(postgres::Database::create().await?);
        Some(Self { store: open(&place).await, place })
    }

    /// Opens the same database once more, as another process would.
    pub async fn reopen(&self) -> Store {
        open(&self.place).await
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Which database this is.
    pub fn kind(&self) -> Kind {
        match self.place {
            Place::Sqlite(_) => Kind::Sqlite,
            Place::Postgres(_) => Kind::Postgres,
        }
    }

    /// The file of SQLite, or the URL of PostgreSQL: for tests of programs that open the database themselves.
    pub fn address(&self) -> String {
        match &self.place {
            Place::Sqlite(folder) => folder.path().join("test.sqlite3").display().to_string(),
            Place::Postgres(database) => database.url().to_owned(),
        }
    }

    /// Closes the store and deletes the database.
    pub async fn close(self) {
        self.store.close().await;
        if let Place::Postgres(database) = self.place {
            database.drop_it().await;
        }
    }
}

async fn open(place: &Place) -> Store {
    match place {
        Place::Sqlite(folder) => Store::open_sqlite(&folder.path().join("test.sqlite3")).await,
        Place::Postgres(database) => Store::open_postgres(database.url(), 4).await,
    }
    .expect("a fresh database opens")
}

impl Deref for TestDb {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

/// Runs a test on a new SQLite database.
pub fn on_sqlite(test: impl AsyncFnOnce(&TestDb)) {
    block_on(async {
        let db = TestDb::sqlite().await;
        test(&db).await;
        db.close().await;
    });
}

/// Runs a test on a new PostgreSQL database, or says that it is skipped.
pub fn on_postgres(test: impl AsyncFnOnce(&TestDb)) {
    block_on(async {
        if let Some(db) = TestDb::postgres().await {
            test(&db).await;
            db.close().await;
        }
    });
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(test);
}

/// Makes each function a test on SQLite and a test on PostgreSQL. See [`testing`](crate::testing).
#[macro_export]
macro_rules! both_databases {
    ($($(#[$attribute:meta])* async fn $name:ident($store:ident) $body:block)*) => {
        $(
            $(#[$attribute])*
            mod $name {
                #[allow(unused_imports, reason = "a test may need nothing from the outside")]
                use super::*;

                async fn check($store: &$crate::testing::TestDb) $body

                #[test]
                fn sqlite() {
                    $crate::testing::on_sqlite(check);
                }

                #[test]
                fn postgres() {
                    $crate::testing::on_postgres(check);
                }
            }
        )*
    };
}
