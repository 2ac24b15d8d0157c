//! Advisories, and where they come from.

use packhouse_model::{ProjectName, Timestamp};
use sqlx::FromRow;

use crate::db::{alone, both, execute, read, run, statements};
use crate::{Result, Store, Tx, value};

/// A record to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAdvisory {
    /// Its id.
    pub id: String,
    /// Where it comes from.
    pub source: String,
    /// When this copy was made: a later one takes its place.
    pub modified: Timestamp,
    /// Since when it is taken back.
    pub withdrawn: Option<Timestamp>,
    /// Whether it speaks of malware.
    pub malware: bool,
    /// One line.
    pub summary: String,
    /// The record, compressed by the caller.
    pub document: Vec<u8>,
    /// What it affects: ecosystem and project.
    pub projects: Vec<(String, ProjectName)>,
}

/// A record that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisoryRow {
    /// Its id.
    pub id: String,
    /// Where it comes from.
    pub source: String,
    /// When this copy was made.
    pub modified: Timestamp,
    /// Since when it is taken back.
    pub withdrawn: Option<Timestamp>,
    /// Whether it speaks of malware.
    pub malware: bool,
    /// One line.
    pub summary: String,
    /// When it was stored.
    pub stored: Timestamp,
    /// The record, as the caller gave it.
    pub document: Vec<u8>,
}

/// A source that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisorySource {
    /// Its address or path.
    pub name: String,
    /// The validator to ask with next time.
    pub etag: Option<String>,
    /// The other one.
    pub last_modified: Option<String>,
    /// When it was last asked, with or without success.
    pub checked: Timestamp,
    /// When it was last read in whole.
    pub updated: Option<Timestamp>,
    /// What went wrong the last time.
    pub problem: Option<String>,
}

statements! {
    PUT = both(
        "INSERT INTO advisory (id, source, modified_us, withdrawn_us, malware, summary, stored_us, document) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (id) DO UPDATE SET source = excluded.source, modified_us = excluded.modified_us, \
                withdrawn_us = excluded.withdrawn_us, malware = excluded.malware, summary = excluded.summary, \
                stored_us = excluded.stored_us, document = excluded.document \
         WHERE excluded.modified_us > advisory.modified_us",
    );
    UNLINK = both("DELETE FROM advisory_project WHERE id = $1");
    LINK = both("INSERT INTO advisory_project (ecosystem, project, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
    LINKS = both("SELECT project FROM advisory_project WHERE id = $1 ORDER BY project");
    REMOVE = both("DELETE FROM advisory WHERE id = $1");
    GET = both(
        "SELECT id, source, modified_us, withdrawn_us, malware, summary, stored_us, document FROM advisory WHERE id = $1",
    );
    OF_PROJECT = both(
        "SELECT advisory.id, source, modified_us, withdrawn_us, malware, summary, stored_us, document \
         FROM advisory_project JOIN advisory ON advisory.id = advisory_project.id \
         WHERE ecosystem = $1 AND project = $2 AND withdrawn_us IS NULL ORDER BY advisory.id",
    );
    LIST = both(
        "SELECT id, source, modified_us, withdrawn_us, malware, summary, stored_us, document FROM advisory \
         WHERE malware >= $1 ORDER BY modified_us DESC, id LIMIT $2 OFFSET $3",
    );
    LIST_OF = both(
        "SELECT advisory.id, source, modified_us, withdrawn_us, malware, summary, stored_us, document \
         FROM advisory_project JOIN advisory ON advisory.id = advisory_project.id \
         WHERE ecosystem = $1 AND project = $2 ORDER BY modified_us DESC, advisory.id",
    );
    COUNT = both("SELECT COUNT(*) AS total, COUNT(CASE WHEN malware = 1 THEN 1 END) AS malware FROM advisory");
    IDS = both("SELECT id, modified_us FROM advisory WHERE source = $1 ORDER BY id");
    SOURCES = both(
        "SELECT name, etag, last_modified, checked_us, updated_us, problem FROM advisory_source ORDER BY name",
    );
    PUT_SOURCE = both(
        "INSERT INTO advisory_source (name, etag, last_modified, checked_us, updated_us, problem) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (name) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified, \
                checked_us = excluded.checked_us, updated_us = excluded.updated_us, problem = excluded.problem",
    );
}

#[derive(FromRow)]
struct Row {
    id: String,
    source: String,
    modified_us: i64,
    withdrawn_us: Option<i64>,
    malware: i64,
    summary: String,
    stored_us: i64,
    document: Vec<u8>,
}

impl From<Row> for AdvisoryRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            source: row.source,
            modified: Timestamp::from_micros(row.modified_us),
            withdrawn: value::time_or_none(row.withdrawn_us),
            malware: row.malware != 0,
            summary: row.summary,
            stored: Timestamp::from_micros(row.stored_us),
            document: row.document,
        }
    }
}

#[derive(FromRow)]
struct SourceRow {
    name: String,
    etag: Option<String>,
    last_modified: Option<String>,
    checked_us: i64,
    updated_us: Option<i64>,
    problem: Option<String>,
}

impl Store {
    /// Keeps records, all or none. A copy that is not newer than the one that is kept changes nothing. Returns how many
    /// were kept.
    pub async fn put_advisories(&self, records: &[NewAdvisory], now: Timestamp) -> Result<u64> {
        alone!(self, put_advisories(records, now))
    }

    /// Forgets records, all or none: their source no longer has them.
    pub async fn remove_advisories(&self, ids: &[String]) -> Result<()> {
        alone!(self, remove_advisories(ids))
    }

    /// One record.
    pub async fn advisory(&self, id: &str) -> Result<Option<AdvisoryRow>> {
        Ok(read!(self, GET, fetch_optional as Row, id)?.map(AdvisoryRow::from))
    }

    /// The records of a project that are not withdrawn, by id.
    pub async fn advisories_of(&self, ecosystem: &str, project: &ProjectName) -> Result<Vec<AdvisoryRow>> {
        let rows = read!(self, OF_PROJECT, fetch_all as Row, ecosystem, project.as_str())?;
        Ok(rows.into_iter().map(AdvisoryRow::from).collect())
    }

    /// The records of a project, withdrawn ones too, the latest first.
    pub async fn every_advisory_of(
        &self,
        ecosystem: &str,
        project: &ProjectName,
    ) -> Result<Vec<AdvisoryRow>> {
        let rows = read!(self, LIST_OF, fetch_all as Row, ecosystem, project.as_str())?;
        Ok(rows.into_iter().map(AdvisoryRow::from).collect())
    }

    /// At most `limit` records after the first `offset`, the latest first; `malware`: of malware alone.
    pub async fn advisories(&self, malware: bool, limit: u32, offset: u32) -> Result<Vec<AdvisoryRow>> {
        let (limit, offset) = (i64::from(limit), i64::from(offset));
        let rows = read!(self, LIST, fetch_all as Row, i64::from(malware), limit, offset)?;
        Ok(rows.into_iter().map(AdvisoryRow::from).collect())
    }

    /// How many records there are, and how many of them speak of malware.
    pub async fn count_advisories(&self) -> Result<(u64, u64)> {
        let (total, malware) = read!(self, COUNT, fetch_one as (i64, i64))?;
        Ok((value::count(total), value::count(malware)))
    }

    /// The ids of a source's records and when each copy was made.
    pub async fn advisory_ids(&self, source: &str) -> Result<Vec<(String, Timestamp)>> {
        let rows = read!(self, IDS, fetch_all as (String, i64), source)?;
        Ok(rows.into_iter().map(|(id, modified)| (id, Timestamp::from_micros(modified))).collect())
    }

    /// The sources that were asked.
    pub async fn advisory_sources(&self) -> Result<Vec<AdvisorySource>> {
        let rows = read!(self, SOURCES, fetch_all as SourceRow)?;
        let source = |row: SourceRow| AdvisorySource {
            name: row.name,
            etag: row.etag,
            last_modified: row.last_modified,
            checked: Timestamp::from_micros(row.checked_us),
            updated: value::time_or_none(row.updated_us),
            problem: row.problem,
        };
        Ok(rows.into_iter().map(source).collect())
    }

    /// Remembers how asking a source went.
    pub async fn put_advisory_source(&self, source: &AdvisorySource) -> Result<()> {
        alone!(self, put_advisory_source(source))
    }
}

impl Tx {
    /// See [`Store::put_advisories`].
    pub async fn put_advisories(&mut self, records: &[NewAdvisory], now: Timestamp) -> Result<u64> {
        let mut changed: Vec<ProjectName> = Vec::new();
        let mut kept = 0;
        for record in records {
            let id = value::name("advisory's id", &record.id)?;
            let done = execute!(
                self,
                PUT,
                id,
                value::name("source of advisories", &record.source)?,
                record.modified.micros(),
                record.withdrawn.map(Timestamp::micros),
                i64::from(record.malware),
                value::sentence(&record.summary).as_ref(),
                now.micros(),
                &record.document[..],
            )?;
            if done == 0 {
                continue;
            }
            kept += 1;
            changed.extend(self.unlink(id).await?);
            for (ecosystem, project) in &record.projects {
                let name = value::name("project's name", project.as_str())?;
                execute!(self, LINK, value::name("ecosystem", ecosystem)?, name, id)?;
                changed.push(project.clone());
            }
        }
        if !changed.is_empty() {
            self.facts_changed(&changed).await?;
        }
        Ok(kept)
    }

    /// See [`Store::remove_advisories`].
    pub async fn remove_advisories(&mut self, ids: &[String]) -> Result<()> {
        let mut changed = Vec::new();
        for id in ids {
            changed.extend(self.unlink(id).await?);
            execute!(self, REMOVE, id.as_str())?;
        }
        if !changed.is_empty() {
            self.facts_changed(&changed).await?;
        }
        Ok(())
    }

    async fn unlink(&mut self, id: &str) -> Result<Vec<ProjectName>> {
        let before = run!(self, LINKS, fetch_all as (String,), id)?;
        execute!(self, UNLINK, id)?;
        Ok(before.iter().map(|(project,)| value::project(project)).collect())
    }

    /// See [`Store::put_advisory_source`].
    pub async fn put_advisory_source(&mut self, source: &AdvisorySource) -> Result<()> {
        execute!(
            self,
            PUT_SOURCE,
            value::name("source of advisories", &source.name)?,
            source.etag.as_deref().map(value::sentence).as_deref(),
            source.last_modified.as_deref().map(value::sentence).as_deref(),
            source.checked.micros(),
            source.updated.map(Timestamp::micros),
            source.problem.as_deref().map(value::sentence).as_deref(),
        )?;
        Ok(())
    }
}
