//! Advisories: taking them in from files and sources, showing them, and who got what one of them calls malware.

mod here;
mod served;
mod sources;
mod take;

use packhouse_advisory::Advisory;
use packhouse_model::Timestamp;
use packhouse_store::{AdvisoryRow, AdvisorySource};
use serde::Serialize;

pub use here::{AdvisoryHere, ReleaseHere};
pub use served::{HandedTo, ServedFile};
pub use take::{AdvisoryImport, AdvisoryProgress, SkippedRecord};

use crate::error::AppError;
use crate::facts::read_kept;
use crate::packhouse::Packhouse;

/// A record, as lists show it.
#[derive(Debug, Clone, Serialize)]
pub struct AdvisoryView {
    /// Its id.
    pub id: String,
    /// Ids of the same matter elsewhere.
    pub aliases: Vec<String>,
    /// One line.
    pub summary: String,
    /// Whether it speaks of malware.
    pub malware: bool,
    /// `low` to `critical`: the highest of all that it affects.
    pub rating: Option<&'static str>,
    /// The projects of this ecosystem that it affects.
    pub projects: Vec<String>,
    /// When this copy was made.
    pub modified: Timestamp,
    /// Since when it is taken back: then it counts no more.
    pub withdrawn: Option<Timestamp>,
    /// Where it comes from.
    pub source: String,
}

/// What is kept of advisories.
#[derive(Debug, Clone, Serialize)]
pub struct AdvisoryStatus {
    /// Records.
    pub records: u64,
    /// Those of malware among them.
    pub malware: u64,
    /// The sources that were asked, with how it went.
    pub sources: Vec<SourceView>,
}

/// A source of records.
#[derive(Debug, Clone, Serialize)]
pub struct SourceView {
    /// Its address or path.
    pub name: String,
    /// When it was last asked.
    pub checked: Timestamp,
    /// When it was last read in whole.
    pub updated: Option<Timestamp>,
    /// What went wrong the last time.
    pub problem: Option<String>,
}

impl From<AdvisorySource> for SourceView {
    fn from(source: AdvisorySource) -> Self {
        Self { name: source.name, checked: source.checked, updated: source.updated, problem: source.problem }
    }
}

/// Which records to list.
#[derive(Debug, Clone, Default)]
pub struct AdvisoryFilter {
    /// Those that speak of malware alone.
    pub malware: bool,
    /// Those of one project alone; then all of them, withdrawn ones too.
    pub project: Option<packhouse_model::ProjectName>,
}

fn view(row: &AdvisoryRow) -> Result<AdvisoryView, AppError> {
    let advisory = read_kept(&row.id, &row.document)?;
    let ours =
        || advisory.affected.iter().filter(|part| part.ecosystem == packhouse_advisory::Ecosystem::PYPI);
    let mut projects: Vec<String> = ours().map(|part| part.project.to_string()).collect();
    projects.sort_unstable();
    projects.dedup();
    Ok(AdvisoryView {
        rating: ours().filter_map(|part| advisory.rating(part)).max().map(packhouse_advisory::Rating::word),
        aliases: advisory.aliases.clone(),
        summary: row.summary.clone(),
        malware: row.malware,
        projects,
        modified: row.modified,
        withdrawn: row.withdrawn,
        source: row.source.clone(),
        id: row.id.clone(),
    })
}

impl Packhouse {
    /// At most `limit` records after the first `offset`, the latest first.
    pub async fn advisories(
        &self,
        filter: &AdvisoryFilter,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<AdvisoryView>, AppError> {
        self.advisory_rows(filter, limit, offset).await?.iter().map(view).collect()
    }

    /// How many records a filter lets through.
    pub async fn count_advisories(&self, filter: &AdvisoryFilter) -> Result<u64, AppError> {
        if filter.project.is_some() {
            return Ok(self.advisory_rows(filter, u32::MAX, 0).await?.len() as u64);
        }
        let (all, malware) = self.store.count_advisories().await?;
        Ok(if filter.malware { malware } else { all })
    }

    async fn advisory_rows(
        &self,
        filter: &AdvisoryFilter,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<AdvisoryRow>, AppError> {
        Ok(match &filter.project {
            Some(project) => {
                let ecosystem = packhouse_advisory::Ecosystem::PYPI;
                let rows = self.store.every_advisory_of(ecosystem.as_str(), project).await?;
                let wanted = rows.into_iter().filter(|row| row.malware || !filter.malware);
                wanted.skip(offset as usize).take(limit as usize).collect()
            }
            None => self.store.advisories(filter.malware, limit, offset).await?,
        })
    }

    /// One record, as lists show it and as it came.
    pub async fn advisory(&self, id: &str) -> Result<(AdvisoryView, serde_json::Value), AppError> {
        let row = self.advisory_row(id).await?;
        let bytes = crate::facts::unpacked(&row.id, &row.document)?;
        let document = serde_json::from_slice(&bytes)
            .map_err(|error| AppError::internal("a kept advisory was read", error))?;
        Ok((view(&row)?, document))
    }

    /// What is kept, and how the sources do.
    pub async fn advisory_status(&self) -> Result<AdvisoryStatus, AppError> {
        let (records, malware) = self.store.count_advisories().await?;
        let sources = self.store.advisory_sources().await?;
        Ok(AdvisoryStatus { records, malware, sources: sources.into_iter().map(SourceView::from).collect() })
    }

    /// Forgets a record that was imported by hand, or that its source should not have had. A configured source that still
    /// has it brings it back.
    pub async fn forget_advisory(&self, id: &str) -> Result<(), AppError> {
        self.advisory_row(id).await?;
        self.store.remove_advisories(&[id.to_owned()]).await?;
        self.catch_up_facts().await
    }

    async fn advisory_row(&self, id: &str) -> Result<AdvisoryRow, AppError> {
        let row = self.store.advisory(id).await?;
        row.ok_or_else(|| AppError::not_found(format!("there is no advisory {id} here")))
    }

    async fn kept_advisory(&self, id: &str) -> Result<Advisory, AppError> {
        let row = self.advisory_row(id).await?;
        read_kept(&row.id, &row.document)
    }
}
