//! What upstream's page of a project said, and when.

use packhouse_model::{ProjectName, Sha256, Timestamp, UpstreamName};
use sqlx::FromRow;

use crate::db::{alone, both, execute, read, statements};
use crate::{Result, Store, Tx, value};

/// Whether upstream had the project when it was last asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PageState {
    /// It had a page.
    Present,
    /// It said there was none. What it said before is kept.
    Absent,
}

impl PageState {
    pub(crate) fn read(text: &str) -> Result<Self> {
        match text {
            "present" => Ok(Self::Present),
            "absent" => Ok(Self::Absent),
            _ => Err(value::corrupt("state of a page", text)),
        }
    }
}

/// What is known of a project at an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// As of the last look.
    pub state: PageState,
    /// The validator of the last document.
    pub etag: Option<String>,
    /// The other validator of the last document, as it was sent.
    pub last_modified: Option<String>,
    /// Upstream's serial number of the last document (`X-PyPI-Last-Serial`).
    pub last_serial: Option<i64>,
    /// The last document upstream had; kept when the project is gone.
    pub document: Option<PageDocument>,
    /// When upstream last answered, be it with a document, "not modified" or "not found".
    pub checked: Timestamp,
    /// When the document or the state last changed.
    pub changed: Timestamp,
    /// When the project was first seen present.
    pub first_seen: Option<Timestamp>,
}

/// A stored document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageDocument {
    /// As the caller gave it, normally compressed.
    pub bytes: Vec<u8>,
    /// Names the document; of which bytes is the caller's choice.
    pub sha256: Sha256,
}

/// A line of [`Store::list_projects`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectEntry {
    /// The project.
    pub project: ProjectName,
    /// As of the last look.
    pub state: PageState,
    /// When upstream last answered.
    pub checked: Timestamp,
    /// When the document or the state last changed.
    pub changed: Timestamp,
    /// Upstream's serial number of the last document.
    pub last_serial: Option<i64>,
}

/// How many projects of an upstream were ever asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageCount {
    /// The upstream.
    pub upstream: UpstreamName,
    /// Projects it had.
    pub present: u64,
    /// Projects it did not have, or has no longer.
    pub absent: u64,
}

statements! {
    PAGE = both(
        "SELECT state, etag, last_modified, last_serial, document_sha256, checked_us, changed_us, first_seen_us, \
                document \
         FROM project_page WHERE upstream = $1 AND project = $2",
    );
    LIST = both(
        "SELECT project, state, checked_us, changed_us, last_serial \
         FROM project_page WHERE upstream = $1 ORDER BY project",
    );
    COUNTS = both(
        "SELECT upstream, COUNT(*) FILTER (WHERE state = 'present') AS present, \
                COUNT(*) FILTER (WHERE state = 'absent') AS absent \
         FROM project_page GROUP BY upstream ORDER BY upstream",
    );
    TOUCH = both(
        "UPDATE project_page SET state = 'present', checked_us = $3, etag = COALESCE($4, etag), \
                changed_us = CASE WHEN state = 'present' THEN changed_us ELSE $3 END \
         WHERE upstream = $1 AND project = $2 AND document IS NOT NULL",
    );
    /// The document and the validators stay: what upstream deletes, we keep.
    SAVE_ABSENT = both(
        "INSERT INTO project_page (upstream, project, state, checked_us, changed_us) \
         VALUES ($1, $2, 'absent', $3, $3) \
         ON CONFLICT (upstream, project) DO UPDATE SET state = 'absent', checked_us = excluded.checked_us, \
                changed_us = CASE WHEN project_page.state = 'absent' \
                    THEN project_page.changed_us ELSE excluded.changed_us END",
    );
}

#[derive(FromRow)]
struct PageRow {
    state: String,
    etag: Option<String>,
    last_modified: Option<String>,
    last_serial: Option<i64>,
    document_sha256: Option<String>,
    checked_us: i64,
    changed_us: i64,
    first_seen_us: Option<i64>,
    document: Option<Vec<u8>>,
}

impl Store {
    /// What is known of `project` at `upstream`; `None` when it was never asked for.
    pub async fn page(&self, upstream: &UpstreamName, project: &ProjectName) -> Result<Option<Page>> {
        let row = read!(self, PAGE, fetch_optional as PageRow, upstream.as_str(), project.as_str())?;
        row.map(Page::read).transpose()
    }

    /// Every project of `upstream` that was ever asked for, by name.
    pub async fn list_projects(&self, upstream: &UpstreamName) -> Result<Vec<ProjectEntry>> {
        type Row = (String, String, i64, i64, Option<i64>);
        let rows = read!(self, LIST, fetch_all as Row, upstream.as_str())?;
        rows.into_iter()
            .map(|(project, state, checked, changed, last_serial)| {
                Ok(ProjectEntry {
                    project: value::project(&project),
                    state: PageState::read(&state)?,
                    checked: Timestamp::from_micros(checked),
                    changed: Timestamp::from_micros(changed),
                    last_serial,
                })
            })
            .collect()
    }

    /// How many projects are known, by upstream.
    pub async fn page_counts(&self) -> Result<Vec<PageCount>> {
        let rows = read!(self, COUNTS, fetch_all as (String, i64, i64))?;
        rows.into_iter()
            .map(|(upstream, present, absent)| {
                Ok(PageCount {
                    upstream: value::upstream(&upstream)?,
                    present: value::count(present),
                    absent: value::count(absent),
                })
            })
            .collect()
    }

    /// Records that upstream answered "not modified" (RFC 9110 section 15.4.5), and the validator it may have
    /// sent. False, and nothing is recorded, when there is no document that could be unmodified.
    pub async fn touch_page(
        &self,
        upstream: &UpstreamName,
        project: &ProjectName,
        etag: Option<&str>,
        now: Timestamp,
    ) -> Result<bool> {
        alone!(self, touch_page(upstream, project, etag, now))
    }

    /// Records that upstream has no such project. The last document and every pin stay.
    pub async fn save_absent(
        &self,
        upstream: &UpstreamName,
        project: &ProjectName,
        now: Timestamp,
    ) -> Result<()> {
        alone!(self, save_absent(upstream, project, now))
    }
}

impl Tx {
    /// See [`Store::touch_page`].
    pub async fn touch_page(
        &mut self,
        upstream: &UpstreamName,
        project: &ProjectName,
        etag: Option<&str>,
        now: Timestamp,
    ) -> Result<bool> {
        let etag = etag.map(value::sentence);
        let changed =
            execute!(self, TOUCH, upstream.as_str(), project.as_str(), now.micros(), etag.as_deref())?;
        Ok(changed > 0)
    }

    /// See [`Store::save_absent`].
    pub async fn save_absent(
        &mut self,
        upstream: &UpstreamName,
        project: &ProjectName,
        now: Timestamp,
    ) -> Result<()> {
        let project = value::name("project's name", project.as_str())?;
        execute!(self, SAVE_ABSENT, upstream.as_str(), project, now.micros())?;
        Ok(())
    }
}

impl Page {
    fn read(row: PageRow) -> Result<Self> {
        let sha256 = value::sha256_or_none(row.document_sha256.as_deref())?;
        Ok(Self {
            state: PageState::read(&row.state)?,
            etag: row.etag,
            last_modified: row.last_modified,
            last_serial: row.last_serial,
            document: row.document.zip(sha256).map(|(bytes, sha256)| PageDocument { bytes, sha256 }),
            checked: Timestamp::from_micros(row.checked_us),
            changed: Timestamp::from_micros(row.changed_us),
            first_seen: value::time_or_none(row.first_seen_us),
        })
    }
}
