//! Every test runs on both databases, unless it is about one of them.

mod blobs;
mod concurrency;
mod foreign;
mod guard_facts;
mod inspections;
mod jobs;
mod ledger;
mod metadata;
mod opening;
mod pages;
mod peers;
mod refusals;
mod schema;
mod seen;
mod settings;

use packhouse_model::{ProjectName, Sha256, Timestamp, UpstreamName};

use crate::db::Db;
use crate::testing::TestDb;
use crate::{NewJob, NewPage, PageDocument};

impl TestDb {
    /// Runs a statement behind the store's back.
    async fn raw(&self, sql: &'static str) -> sqlx::Result<()> {
        match &self.store().db {
            Db::Sqlite { writer, .. } => sqlx::raw_sql(sql).execute(writer).await.map(|_| ()),
            Db::Pg(pool) => sqlx::raw_sql(sql).execute(pool).await.map(|_| ()),
        }
    }
}

/// Second `seconds` of a day on which all tests play.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_790_000_000_000_000 + seconds * 1_000_000)
}

fn upstream() -> UpstreamName {
    "main".parse().unwrap()
}

fn project(name: &str) -> ProjectName {
    ProjectName::from_canonical(name)
}

fn sha(content: &str) -> Sha256 {
    Sha256::of(content.as_bytes())
}

/// A page of `six` with these files: name, content.
fn page(files: &[(&str, &str)]) -> NewPage {
    let text = format!("{files:?}");
    NewPage {
        upstream: upstream(),
        project: project("six"),
        etag: Some("\"a\"".to_owned()),
        last_modified: None,
        last_serial: Some(7),
        document: PageDocument { sha256: sha(&text), bytes: text.into_bytes() },
        files: files.iter().map(|(name, content)| ((*name).to_owned(), sha(content))).collect(),
    }
}

fn job(kind: &str, key: &str) -> NewJob {
    NewJob {
        kind: kind.to_owned(),
        key: key.to_owned(),
        payload: "{}".to_owned(),
        priority: 0,
        run_at: at(0),
        max_attempts: 3,
    }
}
