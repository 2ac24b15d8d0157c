//! Brings an opened database to the schema this program knows.

use std::borrow::Cow;

use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType};
use sqlx::{Connection as _, PgConnection, SqlSafeStr as _, SqlitePool};

use crate::Error;

/// A step of the schema, the same in both dialects.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) pg: &'static str,
}

/// Every step ever released, in order.
pub(crate) const STEPS: &[Step] = &[
    Step {
        version: 1,
        name: "first",
        sqlite: include_str!("../migrations/sqlite/0001_first.sql"),
        pg: include_str!("../migrations/postgres/0001_first.sql"),
    },
    Step {
        version: 2,
        name: "distribution",
        sqlite: include_str!("../migrations/sqlite/0002_distribution.sql"),
        pg: include_str!("../migrations/postgres/0002_distribution.sql"),
    },
    Step {
        version: 3,
        name: "ledger_mark",
        sqlite: include_str!("../migrations/sqlite/0003_ledger_mark.sql"),
        pg: include_str!("../migrations/postgres/0003_ledger_mark.sql"),
    },
    Step {
        version: 4,
        name: "guard_facts",
        sqlite: include_str!("../migrations/sqlite/0004_guard_facts.sql"),
        pg: include_str!("../migrations/postgres/0004_guard_facts.sql"),
    },
    Step {
        version: 5,
        name: "inspection",
        sqlite: include_str!("../migrations/sqlite/0005_inspection.sql"),
        pg: include_str!("../migrations/postgres/0005_inspection.sql"),
    },
    Step {
        version: 6,
        name: "peers",
        sqlite: include_str!("../migrations/sqlite/0006_peers.sql"),
        pg: include_str!("../migrations/postgres/0006_peers.sql"),
    },
    Step {
        version: 7,
        name: "file_needs",
        sqlite: include_str!("../migrations/sqlite/0007_file_needs.sql"),
        pg: include_str!("../migrations/postgres/0007_file_needs.sql"),
    },
];

/// Where the database remembers its steps; sqlx's name for it, so that sqlx's own program can show them.
const TABLE: &str = "_sqlx_migrations";

/// Serialises the processes that open one PostgreSQL database at the same time. Any number that no other program
/// in the same database uses for an advisory lock; this one spells "packhous".
const LOCK: i64 = 0x7061_636b_686f_7573;

/// Applies what is missing, in one transaction: whatever ends it early, the old schema remains.
pub(crate) async fn sqlite(pool: &SqlitePool, steps: &[Step], place: &str) -> Result<(), Error> {
    let failed = |error: sqlx::Error| failed(steps, place, error.into());
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    apply(&mut *tx, steps, |step| step.sqlite, place).await?;
    tx.commit().await.map_err(failed)
}

/// See [`sqlite`].
pub(crate) async fn postgres(
    connection: &mut PgConnection,
    steps: &[Step],
    place: &str,
) -> Result<(), Error> {
    let failed = |error: sqlx::Error| failed(steps, place, error.into());
    let mut tx = connection.begin().await.map_err(failed)?;
    // Held until the commit: whoever waits for it sees the new tables when it gets it.
    let lock = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK);
    lock.execute(&mut *tx).await.map_err(failed)?;
    apply(&mut *tx, steps, |step| step.pg, place).await?;
    tx.commit().await.map_err(failed)
}

async fn apply<C: Migrate>(
    connection: &mut C,
    steps: &[Step],
    text: fn(&Step) -> &'static str,
    place: &str,
) -> Result<(), Error> {
    let failed = |error| failed(steps, place, error);
    connection.ensure_migrations_table(TABLE).await.map_err(failed)?;
    let applied = connection.list_applied_migrations(TABLE).await.map_err(failed)?;
    let known = steps.last().map_or(0, |step| step.version);
    if let Some(newest) = applied.iter().map(|step| step.version).max().filter(|newest| *newest > known) {
        return Err(Error::Newer { place: place.to_owned(), found: newest, known });
    }
    for step in steps {
        let name = Cow::Borrowed(step.name);
        let migration =
            Migration::new(step.version, name, MigrationType::Simple, text(step).into_sql_str(), false);
        match applied.iter().find(|applied| applied.version == step.version) {
            Some(applied) if applied.checksum == migration.checksum => {}
            Some(_) => return Err(Error::Different { place: place.to_owned(), version: step.version }),
            None => {
                connection.apply(TABLE, &migration).await.map_err(failed)?;
                tracing::info!(
                    database = place,
                    version = step.version,
                    name = step.name,
                    "the schema was extended"
                );
            }
        }
    }
    Ok(())
}

fn failed(steps: &[Step], place: &str, error: MigrateError) -> Error {
    let version = match &error {
        MigrateError::ExecuteMigration(_, version) => *version,
        _ => steps.last().map_or(0, |step| step.version),
    };
    Error::Migration { place: place.to_owned(), version, source: error }
}
