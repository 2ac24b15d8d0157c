//! The schema and the statements are the same on both databases.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sqlx::{Column as _, Executor as _, SqlSafeStr as _, Statement as _};

use crate::db::{self, Db};
use crate::migrate::STEPS;
use crate::testing::{TestDb, on_postgres, on_sqlite};

/// Table, column, kind of value, nullable, place in the primary key.
type Columns = BTreeSet<(String, String, String, bool, Option<i64>)>;

/// Table, name of the index, unique.
type Indexes = BTreeSet<(String, String, bool)>;

const SQLITE_COLUMNS: &str = "SELECT m.name, c.name, lower(c.type), c.\"notnull\" = 0, NULLIF(c.pk, 0) \
    FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c \
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> '_sqlx_migrations'";

const SQLITE_INDEXES: &str = "SELECT m.name, i.name, i.\"unique\" <> 0 \
    FROM sqlite_master AS m JOIN pragma_index_list(m.name) AS i \
    WHERE m.type = 'table' AND i.origin = 'c' AND m.name <> '_sqlx_migrations'";

/// BOOLEAN and BIGINT are both SQLite's INTEGER.
const PG_COLUMNS: &str = "SELECT c.table_name::text, c.column_name::text, \
        CASE c.data_type WHEN 'bigint' THEN 'integer' WHEN 'boolean' THEN 'integer' WHEN 'bytea' THEN 'blob' \
            ELSE c.data_type::text END, \
        c.is_nullable = 'YES', k.ordinal_position::bigint \
    FROM information_schema.columns AS c \
    LEFT JOIN information_schema.table_constraints AS t ON t.table_schema = c.table_schema \
        AND t.table_name = c.table_name AND t.constraint_type = 'PRIMARY KEY' \
    LEFT JOIN information_schema.key_column_usage AS k ON k.constraint_schema = t.constraint_schema \
        AND k.constraint_name = t.constraint_name AND k.column_name = c.column_name \
    WHERE c.table_schema = 'public' AND c.table_name <> '_sqlx_migrations'";

const PG_INDEXES: &str = "SELECT t.relname::text, n.relname::text, i.indisunique \
    FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_class AS n ON n.oid = i.indexrelid \
    JOIN pg_namespace AS s ON s.oid = t.relnamespace \
    WHERE s.nspname = 'public' AND NOT i.indisprimary AND t.relname <> '_sqlx_migrations'";

/// Columns of text that the server's locale would sort.
const PG_LOCALE: &str = "SELECT table_name::text, column_name::text FROM information_schema.columns \
    WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' \
        AND table_name <> '_sqlx_migrations'";

async fn shape(db: &TestDb) -> (Columns, Indexes) {
    match &db.store().db {
        Db::Sqlite { readers, .. } => {
            let columns = sqlx::query_as(SQLITE_COLUMNS).fetch_all(readers).await.unwrap();
            let indexes = sqlx::query_as(SQLITE_INDEXES).fetch_all(readers).await.unwrap();
            (columns.into_iter().collect(), indexes.into_iter().collect())
        }
        Db::Pg(pool) => {
            let columns = sqlx::query_as(PG_COLUMNS).fetch_all(pool).await.unwrap();
            let indexes = sqlx::query_as(PG_INDEXES).fetch_all(pool).await.unwrap();
            (columns.into_iter().collect(), indexes.into_iter().collect())
        }
    }
}

/// Prepares every statement, and returns the names of the columns of each.
async fn prepared(db: &TestDb) -> BTreeMap<&'static str, Vec<String>> {
    let mut columns = BTreeMap::new();
    for statement in db::ALL.iter().copied().flatten() {
        let names = match &db.store().db {
            Db::Sqlite { writer, .. } => {
                let mut connection = writer.acquire().await.unwrap();
                let prepared = connection.prepare(statement.sqlite.into_sql_str()).await;
                let prepared = prepared.unwrap_or_else(|error| panic!("{}: {error}", statement.name));
                prepared.columns().iter().map(|column| column.name().to_owned()).collect()
            }
            Db::Pg(pool) => {
                let mut connection = pool.acquire().await.unwrap();
                let prepared = connection.prepare(statement.pg.into_sql_str()).await;
                let prepared = prepared.unwrap_or_else(|error| panic!("{}: {error}", statement.name));
                prepared.columns().iter().map(|column| column.name().to_owned()).collect()
            }
        };
        assert!(columns.insert(statement.name, names).is_none(), "{} stands twice", statement.name);
    }
    assert!(columns.len() > 40, "the registry has lost statements");
    columns
}

#[test]
fn both_databases_have_the_same_tables_and_indexes() {
    on_postgres(async |postgres| {
        let sqlite = TestDb::sqlite().await;
        let ((columns, indexes), (pg_columns, pg_indexes)) = (shape(&sqlite).await, shape(postgres).await);
        assert!(columns.len() > 50 && indexes.len() > 8, "{columns:?} {indexes:?}");
        assert_eq!(columns, pg_columns);
        assert_eq!(indexes, pg_indexes);
        let Db::Pg(pool) = &postgres.store().db else { unreachable!() };
        let by_locale: Vec<(String, String)> = sqlx::query_as(PG_LOCALE).fetch_all(pool).await.unwrap();
        assert_eq!(by_locale, []);
        sqlite.close().await;
    });
}

#[test]
fn every_statement_is_understood_alike_by_both_databases() {
    on_postgres(async |postgres| {
        let sqlite = TestDb::sqlite().await;
        assert_eq!(prepared(&sqlite).await, prepared(postgres).await);
        sqlite.close().await;
    });
}

#[test]
fn every_statement_is_understood_by_sqlite() {
    on_sqlite(async |sqlite| {
        prepared(sqlite).await;
    });
}

#[test]
fn no_statement_of_sqlite_reads_a_whole_table_by_accident() {
    // These are meant to: they count, or list what a person pages through.
    const MAY: &[&str] = &[
        "advisories::COUNT",
        "advisories::LIST",
        "advisories::SOURCES",
        "blobs::TOTALS",
        "inspections::COUNTS",
        "ledger::ROWS",
        "jobs::COUNTS",
        "name_words::ALL_WORDS",
        "name_words::ESTABLISHED",
        "pages::COUNTS",
        "seen::UPSTREAMS",
        "refusals::LIST",
        "refusals::TOTAL",
        "jobs::PRUNE",
    ];
    on_sqlite(async |sqlite| {
        let Db::Sqlite { readers, .. } = &sqlite.store().db else { unreachable!() };
        for statement in db::ALL.iter().copied().flatten() {
            let short = statement.name.trim_start_matches("packhouse_store::");
            let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", statement.sqlite));
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(explain).fetch_all(readers).await.unwrap();
            // Partial indexes hold only the few rows that are meant, and a list that was bound is no table.
            let fine = ["INDEX blob_", "INDEX job_", "SCAN json_each", "SCAN asked", "SCAN CONSTANT ROW"];
            let scans = plan
                .iter()
                .any(|(.., step)| step.starts_with("SCAN ") && !fine.iter().any(|part| step.contains(part)));
            assert!(!scans || MAY.contains(&short), "{short}: {plan:#?}");
        }
    });
}

#[test]
fn each_step_of_the_schema_has_its_two_files() {
    for (folder, text) in [("sqlite", 0), ("postgres", 1)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        let mut files: Vec<_> =
            path.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        let expected: Vec<_> =
            STEPS.iter().map(|step| format!("{:04}_{}.sql", step.version, step.name)).collect();
        assert_eq!(files, expected);
        for (step, file) in STEPS.iter().zip(&files) {
            let stored = std::fs::read_to_string(path.join(file)).unwrap();
            assert_eq!([step.sqlite, step.pg][text], stored, "{folder}/{file}");
        }
    }
    assert!(
        STEPS.iter().zip(1..).all(|(step, number)| step.version == number),
        "numbered from 1 without gaps"
    );
}
