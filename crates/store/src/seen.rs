//! First-seen pins: which hash a filename had when it was first seen, and since when it may have existed.

use packhouse_model::{ProjectName, Sha256, Timestamp, UpstreamName};
use sqlx::FromRow;

use crate::db::{both, read, run, statements};
use crate::{Result, Store, Tx, value};

/// A pin. It is made once and never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenFile {
    /// The file's name.
    pub filename: String,
    /// The hash it had at first sight.
    pub sha256: Sha256,
    /// First sight.
    pub first_seen: Timestamp,
    /// The last look at the page before first sight, when the file was not on it.
    pub not_before: Option<Timestamp>,
}

/// Where a file was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLocation {
    /// At whom.
    pub upstream: UpstreamName,
    /// On which project's page.
    pub project: ProjectName,
}

statements! {
    SEEN = both(
        "SELECT filename, sha256, first_seen_us, not_before_us FROM file_seen \
         WHERE page_id = (SELECT id FROM project_page WHERE upstream = $1 AND project = $2) ORDER BY filename",
    );
    SEEN_OF = both(
        "SELECT filename, sha256, first_seen_us, not_before_us FROM file_seen WHERE page_id = $1 ORDER BY filename",
    );
    UPSTREAMS = both("SELECT upstream FROM project_page WHERE project = $1 ORDER BY upstream");
    FIND = both(
        "SELECT page.upstream, page.project FROM file_seen AS seen JOIN project_page AS page ON page.id = seen.page_id \
         WHERE seen.filename = $2 AND seen.sha256 = $1 ORDER BY page.upstream, page.project",
    );
}

#[derive(FromRow)]
struct SeenRow {
    filename: String,
    sha256: Vec<u8>,
    first_seen_us: i64,
    not_before_us: Option<i64>,
}

impl Store {
    /// The pins of every file ever seen of the project, by filename.
    pub async fn seen_files(&self, upstream: &UpstreamName, project: &ProjectName) -> Result<Vec<SeenFile>> {
        let rows = read!(self, SEEN, fetch_all as SeenRow, upstream.as_str(), project.as_str())?;
        rows.into_iter().map(SeenFile::read).collect()
    }

    /// The upstreams whose page of this project was seen. Reads the whole table: for questions of people.
    pub async fn upstreams_of(&self, project: &ProjectName) -> Result<Vec<UpstreamName>> {
        let rows = read!(self, UPSTREAMS, fetch_all as (String,), project.as_str())?;
        rows.iter().map(|(upstream,)| value::upstream(upstream)).collect()
    }

    /// Where a file of this hash and name was first seen; more than one place when upstreams share files.
    pub async fn find_file(&self, sha256: Sha256, filename: &str) -> Result<Vec<FileLocation>> {
        // A name that could not have been stored was not; it comes from a URL, so it is no error.
        let Ok(filename) = value::name("filename", filename) else { return Ok(Vec::new()) };
        let rows = read!(self, FIND, fetch_all as (String, String), &sha256.as_bytes()[..], filename)?;
        rows.into_iter()
            .map(|(upstream, project)| {
                Ok(FileLocation { upstream: value::upstream(&upstream)?, project: value::project(&project) })
            })
            .collect()
    }
}

impl Tx {
    /// The pins of the page with that id, by filename.
    pub(crate) async fn seen_on(&mut self, page: i64) -> Result<Vec<SeenFile>> {
        let rows = run!(self, SEEN_OF, fetch_all as SeenRow, page)?;
        rows.into_iter().map(SeenFile::read).collect()
    }
}

impl SeenFile {
    fn read(row: SeenRow) -> Result<Self> {
        Ok(Self {
            sha256: value::sha256_of_bytes(&row.sha256)?,
            filename: row.filename,
            first_seen: Timestamp::from_micros(row.first_seen_us),
            not_before: value::time_or_none(row.not_before_us),
        })
    }
}
