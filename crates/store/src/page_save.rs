//! Taking over a page from upstream: the document, and a pin for each file that was not seen before.

use std::collections::BTreeMap;

use packhouse_model::{ProjectName, Sha256, Timestamp, UpstreamName};

use crate::db::{Inner, Text, alone, both, execute, run, statements};
use crate::{PageDocument, PageState, Result, SeenFile, Store, Tx, value};

/// A page as upstream just sent it.
#[derive(Debug, Clone)]
pub struct NewPage {
    /// Who sent it.
    pub upstream: UpstreamName,
    /// Of which project.
    pub project: ProjectName,
    /// The validator to ask with next time.
    pub etag: Option<String>,
    /// The other validator, as it was sent.
    pub last_modified: Option<String>,
    /// Upstream's serial number (`X-PyPI-Last-Serial`).
    pub last_serial: Option<i64>,
    /// What to keep of the page.
    pub document: PageDocument,
    /// Each file of the page and its hash. Filenames of more than 500 bytes or with a NUL are an error, so a
    /// parser has to leave them out before.
    pub files: Vec<(String, Sha256)>,
}

statements! {
    /// Locks the row, so that two processes that save one page do it one after the other.
    PREVIOUS = Text {
        sqlite: "SELECT state, checked_us FROM project_page WHERE upstream = $1 AND project = $2",
        pg: "SELECT state, checked_us FROM project_page WHERE upstream = $1 AND project = $2 FOR UPDATE",
    };
    SAVE = both(
        "INSERT INTO project_page (upstream, project, state, etag, last_modified, last_serial, \
                document_sha256, document, checked_us, changed_us, first_seen_us) \
         VALUES ($1, $2, 'present', $3, $4, $5, $6, $7, $8, $8, $8) \
         ON CONFLICT (upstream, project) DO UPDATE SET state = 'present', etag = excluded.etag, \
                last_modified = excluded.last_modified, last_serial = excluded.last_serial, \
                document_sha256 = excluded.document_sha256, document = excluded.document, \
                checked_us = excluded.checked_us, \
                changed_us = CASE WHEN project_page.state = 'present' \
                        AND project_page.document_sha256 = excluded.document_sha256 \
                    THEN project_page.changed_us ELSE excluded.changed_us END, \
                first_seen_us = COALESCE(project_page.first_seen_us, excluded.first_seen_us) \
         RETURNING id",
    );
    /// One statement for all new files: row by row, ten thousand take seconds. They come as one object, from filename
    /// to hash, in the order of the table: half the time of a list of pairs.
    SEE = Text {
        sqlite: "INSERT INTO file_seen (page_id, filename, sha256, first_seen_us, not_before_us) \
                 SELECT $1, key, unhex(value), $3, $4 FROM json_each($2)",
        pg: "INSERT INTO file_seen (page_id, filename, sha256, first_seen_us, not_before_us) \
             SELECT $1, key, decode(value, 'hex'), CAST($3 AS BIGINT), CAST($4 AS BIGINT) \
             FROM jsonb_each_text($2::jsonb)",
    };
}

impl Store {
    /// Takes over a page: keeps the document, pins each file that was not seen before to its hash, and returns
    /// the pins of every file ever seen of the project, by filename.
    ///
    /// A filename that was seen before keeps its first hash, whatever the page says now: compare. A new pin's
    /// `not_before` is the last look at the page before this one, if the project was present then; a file that
    /// was not on the page at that time was not there. On the first look there is no such bound.
    pub async fn save_page(&self, page: &NewPage, now: Timestamp) -> Result<Vec<SeenFile>> {
        alone!(self, save_page(page, now))
    }
}

impl Store {
    /// Takes over several pages in one transaction: all of them, or none. See [`Store::save_page`].
    pub async fn save_pages(&self, pages: &[(&NewPage, Timestamp)]) -> Result<Vec<Vec<SeenFile>>> {
        let mut tx = self.begin().await?;
        let mut seen = Vec::with_capacity(pages.len());
        for (page, now) in pages {
            seen.push(tx.save_page(page, *now).await?);
        }
        tx.commit().await?;
        Ok(seen)
    }
}

impl Tx {
    /// See [`Store::save_page`].
    pub async fn save_page(&mut self, page: &NewPage, now: Timestamp) -> Result<Vec<SeenFile>> {
        let upstream = page.upstream.as_str();
        let project = value::name("project's name", page.project.as_str())?;
        let mut unseen = BTreeMap::new();
        for (filename, sha256) in &page.files {
            // Of a name that stands twice, the first counts.
            unseen.entry(value::name("filename", filename)?).or_insert(sha256);
        }
        let previous = run!(self, PREVIOUS, fetch_optional as (String, i64), upstream, project)?;
        let (id,) = run!(
            self,
            SAVE,
            fetch_one as (i64,),
            upstream,
            project,
            page.etag.as_deref().map(value::sentence).as_deref(),
            page.last_modified.as_deref().map(value::sentence).as_deref(),
            page.last_serial,
            page.document.sha256.hex(),
            &page.document.bytes[..],
            now.micros(),
        )?;
        // In PostgreSQL two may find no row, and the second of them then waits for the first one's: what that has pinned
        // must be read. SQLite has one writer at a time.
        let is_new = previous.is_none() && matches!(self.0, Inner::Sqlite(_));
        // A clock that was set back must not make a file older than its first sight.
        let not_before = match previous {
            Some((state, checked)) if PageState::read(&state)? == PageState::Present => {
                Some(Timestamp::from_micros(checked).min(now))
            }
            _ => None,
        };
        // The page's row is locked by now: no other process adds pins between these statements.
        let mut seen = if is_new { Vec::new() } else { self.seen_on(id).await? };
        for file in &seen {
            unseen.remove(&*file.filename);
        }
        if unseen.is_empty() {
            return Ok(seen);
        }
        let list: serde_json::Map<_, _> =
            unseen.iter().map(|(filename, sha256)| ((*filename).to_owned(), sha256.hex().into())).collect();
        let list = serde_json::Value::Object(list).to_string();
        execute!(self, SEE, id, list, now.micros(), not_before.map(Timestamp::micros))?;
        seen.extend(unseen.into_iter().map(|(filename, sha256)| SeenFile {
            filename: filename.to_owned(),
            sha256: *sha256,
            first_seen: now,
            not_before,
        }));
        seen.sort_unstable_by(|a, b| a.filename.cmp(&b.filename));
        Ok(seen)
    }
}
