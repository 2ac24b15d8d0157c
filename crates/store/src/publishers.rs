//! What an upstream showed of those who publish a project, at each version.

use packhouse_model::{ProjectName, Timestamp, UpstreamName};

use crate::db::{alone, both, execute, read, statements};
use crate::{Result, Store, Tx, value};

/// What was shown when a version was first looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPublisher {
    /// The key of the version.
    pub version: String,
    /// When it was looked at.
    pub seen: Timestamp,
    /// What was shown, as the caller writes it.
    pub shown: String,
}

statements! {
    OF = both(
        "SELECT version, seen_us, shown FROM publisher_seen WHERE upstream = $1 AND project = $2 ORDER BY version",
    );
    PUT = both(
        "INSERT INTO publisher_seen (upstream, project, version, seen_us, shown) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT DO NOTHING",
    );
}

impl Store {
    /// What was shown at each version of a project that was looked at.
    pub async fn seen_publishers(
        &self,
        upstream: &UpstreamName,
        project: &ProjectName,
    ) -> Result<Vec<SeenPublisher>> {
        let rows = read!(self, OF, fetch_all as (String, i64, String), upstream.as_str(), project.as_str())?;
        let read =
            |(version, seen, shown)| SeenPublisher { version, seen: Timestamp::from_micros(seen), shown };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Keeps what was shown, all or none; what was kept of a version before stays.
    pub async fn keep_publishers(
        &self,
        upstream: &UpstreamName,
        project: &ProjectName,
        seen: &[SeenPublisher],
    ) -> Result<()> {
        alone!(self, keep_publishers(upstream, project, seen))
    }
}

impl Tx {
    /// See [`Store::keep_publishers`].
    pub async fn keep_publishers(
        &mut self,
        upstream: &UpstreamName,
        project: &ProjectName,
        seen: &[SeenPublisher],
    ) -> Result<()> {
        for one in seen {
            execute!(
                self,
                PUT,
                upstream.as_str(),
                value::name("project's name", project.as_str())?,
                value::name("version", &one.version)?,
                one.seen.micros(),
                one.shown.as_str(),
            )?;
        }
        Ok(())
    }
}
