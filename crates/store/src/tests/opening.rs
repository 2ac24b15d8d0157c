use std::error::Error as _;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::Path;

use tokio::task::JoinSet;

use super::*;
use crate::migrate::{STEPS, Step};
use crate::open::{postgres_with, sqlite_with};
use crate::testing::{Kind, on_postgres, on_sqlite};
use crate::{Error, Result, Store, both_databases};

/// The last step there is.
const KNOWN: i64 = STEPS.len() as i64;

const NEXT: Step = Step {
    version: KNOWN + 1,
    name: "next",
    sqlite: "CREATE TABLE next (id INTEGER NOT NULL PRIMARY KEY) STRICT;",
    pg: "CREATE TABLE next (id BIGINT NOT NULL PRIMARY KEY);",
};

/// Fails after it has made a table, changed one and written a row.
const BROKEN: Step = Step {
    version: KNOWN + 2,
    name: "broken",
    sqlite: "CREATE TABLE half (id INTEGER) STRICT; ALTER TABLE blob ADD COLUMN half TEXT; \
             INSERT INTO setting VALUES ('half', 'done'); INSERT INTO missing VALUES (1);",
    pg: "CREATE TABLE half (id BIGINT); ALTER TABLE blob ADD COLUMN half TEXT; \
         INSERT INTO setting VALUES ('half', 'done'); INSERT INTO missing VALUES (1);",
};

async fn open(db: &TestDb, steps: &[Step]) -> Result<Store> {
    match db.kind() {
        Kind::Sqlite => sqlite_with(Path::new(&db.address()), steps).await,
        Kind::Postgres => postgres_with(&db.address(), 2, steps).await,
    }
}

/// The message, its causes, and the Debug text: everything that could reach a log.
fn everything(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(text, "\n{error}\n{error:?}").unwrap();
        cause = error.source();
    }
    text
}

both_databases! {
    async fn what_was_written_is_there_after_a_restart(store) {
        store.set_setting("instance", "a").await.unwrap();
        store.store().close().await;
        assert_eq!(store.reopen().await.setting("instance").await.unwrap().as_deref(), Some("a"));
    }

    async fn a_step_that_fails_in_the_middle_leaves_the_old_schema(store) {
        store.set_setting("instance", "a").await.unwrap();
        let steps = [STEPS, &[NEXT, BROKEN]].concat();
        let error = open(store, &steps).await.unwrap_err();
        assert!(matches!(error, Error::Migration { version, .. } if version == KNOWN + 2), "{error:?}");
        // Not even the good step before it, which is in the same transaction.
        for table in ["SELECT * FROM next", "SELECT * FROM half", "SELECT half FROM blob"] {
            assert!(store.raw(table).await.is_err(), "{table}");
        }
        let old = open(store, STEPS).await.unwrap();
        assert_eq!(old.setting("instance").await.unwrap().as_deref(), Some("a"));
        assert_eq!(old.setting("half").await.unwrap(), None);
        // The way forward is open too.
        open(store, &[STEPS, &[NEXT]].concat()).await.unwrap();
        store.raw("SELECT * FROM next").await.unwrap();
    }

    async fn a_database_of_a_newer_program_is_refused(store) {
        open(store, &[STEPS, &[NEXT]].concat()).await.unwrap();
        let error = open(store, STEPS).await.unwrap_err();
        let newer = matches!(error, Error::Newer { found, known, .. } if (found, known) == (KNOWN + 1, KNOWN));
        assert!(newer, "{error:?}");
        assert!(error.to_string().contains("newer version"), "{error}");
        assert!(error.to_string().contains(store.place()), "{error}");
    }

    async fn a_database_of_another_build_is_refused(store) {
        let altered = Step { sqlite: "SELECT 1;", pg: "SELECT 1;", ..STEPS[0] };
        let error = open(store, &[&[altered], &STEPS[1..]].concat()).await.unwrap_err();
        assert!(matches!(error, Error::Different { version: 1, .. }), "{error:?}");
    }

    async fn many_may_upgrade_at_the_same_time(store) {
        let mut openers = JoinSet::new();
        for _ in 0..6 {
            let (kind, address) = (store.kind(), store.address());
            openers.spawn(async move {
                let steps = [STEPS, &[NEXT]].concat();
                match kind {
                    Kind::Sqlite => sqlite_with(Path::new(&address), &steps).await,
                    Kind::Postgres => postgres_with(&address, 2, &steps).await,
                }
            });
        }
        for opened in openers.join_all().await {
            opened.unwrap().ping().await.unwrap();
        }
    }

    async fn a_closed_store_says_so(store) {
        store.store().close().await;
        let error = store.ping().await.unwrap_err();
        assert!(matches!(error, Error::Statement { statement: "packhouse_store::store::PING", .. }), "{error:?}");
        assert!(!error.is_transient() && !error.is_disk_full());
    }
}

#[test]
fn many_may_make_one_sqlite_file_at_the_same_time() {
    on_sqlite(async |_| {
        let folder = tempfile::tempdir().unwrap();
        let mut openers = JoinSet::new();
        for _ in 0..8 {
            let path = folder.path().join("new.sqlite3");
            openers.spawn(async move { Store::open_sqlite(&path).await });
        }
        for opened in openers.join_all().await {
            opened.unwrap().set_setting("instance", "a").await.unwrap();
        }
    });
}

#[test]
fn sqlite_is_durable_and_strict() {
    on_sqlite(async |db| {
        let Db::Sqlite { writer, readers } = &db.store().db else { unreachable!() };
        for (pragma, expected) in [("PRAGMA journal_mode", "wal"), ("PRAGMA encoding", "UTF-8")] {
            let (value,): (String,) = sqlx::query_as(pragma).fetch_one(writer).await.unwrap();
            assert_eq!(value, expected, "{pragma}");
        }
        for (pragma, expected) in
            [("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1), ("PRAGMA busy_timeout", 10_000)]
        {
            let (value,): (i64,) = sqlx::query_as(pragma).fetch_one(writer).await.unwrap();
            assert_eq!(value, expected, "{pragma}");
        }
        let (loose,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE '%sql%'")
                .fetch_one(readers)
                .await
                .unwrap();
        assert_eq!(loose, 0);
        assert!(sqlx::query("DELETE FROM setting").execute(readers).await.is_err(), "a reader cannot write");
    });
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_the_reason() {
    on_sqlite(async |_| {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("notes.txt");
        fs::write(&text, "not a database, but a long enough text to hold a header\n".repeat(100)).unwrap();
        let error = Store::open_sqlite(&text).await.unwrap_err();
        assert!(matches!(error, Error::NotADatabase { .. }), "{error:?}");
        assert!(error.to_string().contains("notes.txt"), "{error}");
        assert!(fs::read_to_string(&text).unwrap().starts_with("not a database"), "it was left alone");

        for (path, kind) in [
            (folder.path().join("missing/db.sqlite3"), io::ErrorKind::NotFound),
            (text.join("db.sqlite3"), io::ErrorKind::NotADirectory),
            (folder.path().to_owned(), io::ErrorKind::IsADirectory),
        ] {
            let error = Store::open_sqlite(&path).await.unwrap_err();
            assert!(error.to_string().contains(&path.display().to_string()), "{error}");
            assert!(matches!(&error, Error::CannotOpen { source, .. } if source.kind() == kind), "{error:?}");
        }
    });
}

/// Root may write everywhere but here.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_named() {
    on_sqlite(async |_| {
        let error = Store::open_sqlite(Path::new("/proc/packhouse.sqlite3")).await.unwrap_err();
        assert!(matches!(error, Error::CannotOpen { .. }), "{error:?}");
        assert!(error.to_string().contains("/proc/packhouse.sqlite3"), "{error}");
        assert!(error.to_string().contains("writable"), "{error}");
    });
}

#[test]
fn an_unreachable_server_is_named_without_its_password() {
    on_sqlite(async |_| {
        // A port that was just free.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("postgres://ann:hunter2@127.0.0.1:{port}/packhouse");
        let error = Store::open_postgres(&url, 2).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains(&format!("ann@127.0.0.1:{port}/packhouse")), "{error}");
        assert!(!everything(&error).contains("hunter2"), "{}", everything(&error));
        assert!(error.is_transient());
    });
}

#[test]
fn a_missing_database_is_named_without_the_password() {
    on_postgres(async |db| {
        let mut url = url::Url::parse(&db.address()).unwrap();
        // The server that the tests start takes any password; one that was named wants its own.
        let password = url.password().unwrap_or("hunter2").to_owned();
        url.set_password(Some(&password)).unwrap();
        let store = Store::open_postgres(url.as_str(), 2).await.unwrap();
        let tx = store.begin().await.unwrap();
        let shown = format!("{store:?} {tx:?} {}", store.place());
        assert!(shown.contains("postgres://") && !shown.contains(&password), "{shown}");

        url.set_path("missing");
        let error = Store::open_postgres(url.as_str(), 2).await.unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{error:?}");
        let said = everything(&error);
        assert!(said.contains("\"missing\" does not exist") && !said.contains(&password), "{said}");
        assert!(!error.is_transient());
    });
}

#[test]
fn tls_is_built_in() {
    on_postgres(async |db| {
        let mut url = url::Url::parse(&db.address()).unwrap();
        url.query_pairs_mut().append_pair("sslmode", "require");
        // The server that the tests start has none. A build without it would say so before it asked the server.
        if let Err(error) = Store::open_postgres(url.as_str(), 2).await {
            let said = everything(&error);
            assert!(said.contains("server does not support TLS"), "{said}");
        }
    });
}
