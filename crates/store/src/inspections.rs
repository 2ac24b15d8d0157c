//! What inspections saw in files, by the hash of the files' bytes.

use packhouse_model::{Sha256, Timestamp};
use sqlx::FromRow;

use crate::db::{alone, both, execute, read, statements};
use crate::{Result, Store, Tx, value};

/// The result of an inspection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// What the file was called: the format is told by its ending.
    pub filename: String,
    /// The rules that it was made by. Empty when the inspection failed, and no rule saw all of the file.
    pub rule_set: String,
    /// In a word.
    pub verdict: String,
    /// What decisions rest on, as JSON. None: nothing weighs.
    pub told: Option<String>,
    /// The file that it was compared with.
    pub base: Option<Sha256>,
    /// When.
    pub made: Timestamp,
    /// The whole report as the caller gave it, normally compressed.
    pub report: Vec<u8>,
}

/// How many results there are of a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectionCount {
    /// The verdict.
    pub verdict: String,
    /// Files.
    pub files: u64,
}

statements! {
    GET = both(
        "SELECT filename, rule_set, verdict, told, base_sha256, made_us, report FROM inspection WHERE file_sha256 = $1",
    );
    /// The last word counts: other rules, or another attempt after a failure.
    PUT = both(
        "INSERT INTO inspection (file_sha256, filename, rule_set, verdict, told, base_sha256, made_us, report) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (file_sha256) DO UPDATE SET filename = excluded.filename, rule_set = excluded.rule_set, \
                verdict = excluded.verdict, told = excluded.told, base_sha256 = excluded.base_sha256, \
                made_us = excluded.made_us, report = excluded.report",
    );
    STALE = both(
        "SELECT file_sha256, filename FROM inspection WHERE rule_set <> $1 AND file_sha256 > $2 \
         ORDER BY file_sha256 LIMIT $3",
    );
    COUNTS = both("SELECT verdict, COUNT(*) AS files FROM inspection GROUP BY verdict ORDER BY verdict");
}

#[derive(FromRow)]
struct InspectionRow {
    filename: String,
    rule_set: String,
    verdict: String,
    told: Option<String>,
    base_sha256: Option<String>,
    made_us: i64,
    report: Vec<u8>,
}

impl Store {
    /// What was seen in a file; `None` when nobody looked.
    pub async fn inspection(&self, file: Sha256) -> Result<Option<Inspection>> {
        let row = read!(self, GET, fetch_optional as InspectionRow, file.hex())?;
        row.map(|row| {
            Ok(Inspection {
                filename: row.filename,
                rule_set: row.rule_set,
                verdict: row.verdict,
                told: row.told,
                base: value::sha256_or_none(row.base_sha256.as_deref())?,
                made: Timestamp::from_micros(row.made_us),
                report: row.report,
            })
        })
        .transpose()
    }

    /// At most `limit` files with results by other rules than these, failures among them: those behind `after`, in the order
    /// of their hashes, with their names.
    pub async fn stale_inspections(
        &self,
        rule_set: &str,
        after: Option<Sha256>,
        limit: u32,
    ) -> Result<Vec<(Sha256, String)>> {
        let after = after.map(|sha256| sha256.hex()).unwrap_or_default();
        let rows = read!(self, STALE, fetch_all as (String, String), rule_set, after, i64::from(limit))?;
        rows.into_iter().map(|(file, name)| Ok((value::sha256(&file)?, name))).collect()
    }

    /// How many results there are, by verdict.
    pub async fn inspection_counts(&self) -> Result<Vec<InspectionCount>> {
        let rows = read!(self, COUNTS, fetch_all as (String, i64))?;
        let count = |(verdict, files)| InspectionCount { verdict, files: value::count(files) };
        Ok(rows.into_iter().map(count).collect())
    }

    /// Keeps a result, in the place of an earlier one.
    pub async fn put_inspection(&self, file: Sha256, seen: &Inspection) -> Result<()> {
        alone!(self, put_inspection(file, seen))
    }
}

impl Tx {
    /// See [`Store::put_inspection`].
    pub async fn put_inspection(&mut self, file: Sha256, seen: &Inspection) -> Result<()> {
        execute!(
            self,
            PUT,
            file.hex(),
            value::name("filename", &seen.filename)?,
            seen.rule_set.as_str(),
            seen.verdict.as_str(),
            seen.told.as_deref().map(|told| told.replace('\0', "\u{fffd}")),
            seen.base.map(|base| base.hex()),
            seen.made.micros(),
            &seen.report[..],
        )?;
        Ok(())
    }
}
