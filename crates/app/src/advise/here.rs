//! What an advisory means here: which releases were seen and handed out, and which suites hold them. Nobody is named.

use packhouse_advisory::Advisory;
use packhouse_model::{ProjectName, Timestamp};
use serde::Serialize;

use super::AdvisoryView;
use super::served::Known;
use crate::error::AppError;
use crate::packhouse::Packhouse;

/// Releases that are named of one advisory; the rest is counted.
const NAMED: usize = 20;

/// A record, and what it means here.
#[derive(Debug, Clone, Serialize)]
pub struct AdvisoryHere {
    /// The record.
    #[serde(flatten)]
    pub advisory: AdvisoryView,
    /// The releases that it speaks of and that were seen here, those that were handed out first.
    pub releases: Vec<ReleaseHere>,
    /// How many more there are.
    pub more: usize,
    /// Files of all of them that were seen.
    pub files: usize,
    /// Those whose bytes are kept.
    pub kept: usize,
    /// How often they were handed out.
    pub times: u64,
    /// The last time.
    pub last: Option<Timestamp>,
}

/// A release that an advisory speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseHere {
    /// Its project.
    pub project: String,
    /// Its version; none where its files say none.
    pub version: Option<String>,
    /// How often its files were handed out.
    pub times: u64,
    /// The suites that hold it now.
    pub suites: Vec<String>,
}

impl Packhouse {
    /// At most `limit` records after the first `offset`, the latest first, as [`Packhouse::advisories`], with what each means
    /// here.
    pub async fn advisories_here(
        &self,
        filter: &super::AdvisoryFilter,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<AdvisoryHere>, AppError> {
        self.write_down_uses().await?;
        let (mut found, mut known) = (Vec::new(), Known::default());
        for row in self.advisory_rows(filter, limit, offset).await? {
            let advisory = crate::facts::read_kept(&row.id, &row.document)?;
            found.push(self.here(super::view(&row)?, advisory, &mut known).await?);
        }
        Ok(found)
    }

    async fn here(
        &self,
        view: AdvisoryView,
        advisory: Advisory,
        known: &mut Known,
    ) -> Result<AdvisoryHere, AppError> {
        let files = self.files_of(advisory, known).await?;
        let mut here = AdvisoryHere {
            advisory: view,
            releases: Vec::new(),
            more: 0,
            files: files.len(),
            kept: 0,
            times: 0,
            last: None,
        };
        for file in files {
            let times = file.handed_out.iter().map(|to| to.times).sum::<u64>();
            here.kept += usize::from(file.kept);
            here.times += times;
            here.last = here.last.max(file.handed_out.iter().map(|to| to.last).max());
            let same = |release: &&mut ReleaseHere| {
                (&release.project, &release.version) == (&file.project, &file.version)
            };
            match here.releases.iter_mut().find(same) {
                Some(release) => release.times += times,
                None => here.releases.push(ReleaseHere {
                    suites: self.suites_with(&file.project, file.version.as_deref()),
                    project: file.project,
                    version: file.version,
                    times,
                }),
            }
        }
        here.releases.sort_by_key(|release| std::cmp::Reverse((!release.suites.is_empty(), release.times)));
        here.more = here.releases.len().saturating_sub(NAMED);
        here.releases.truncate(NAMED);
        Ok(here)
    }

    /// The suites that hold a release.
    fn suites_with(&self, project: &str, version: Option<&str>) -> Vec<String> {
        let project = ProjectName::from_canonical(project);
        let state = self.distribution();
        let holds = |suite: &packhouse_model::SuiteName| {
            let held = state.placement(suite, &project);
            held.is_some_and(|held| {
                held.releases.values().any(|one| Some(one.release.version.to_string().as_str()) == version)
            })
        };
        let names = state.suites.iter().map(|(name, _)| name);
        names.filter(|suite| holds(suite)).map(ToString::to_string).collect()
    }
}
