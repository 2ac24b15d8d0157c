//! Which files of what an advisory speaks of were handed out, and to whom, as far as that is kept.

use std::collections::BTreeMap;

use packhouse_advisory::{Answer, Database, Ecosystem};
use packhouse_model::{ProjectName, Sha256, Timestamp};
use packhouse_pypi::parse_filename;
use serde::Serialize;

use crate::error::AppError;
use crate::packhouse::Packhouse;

/// A file that an advisory speaks of and that was seen here.
#[derive(Debug, Clone, Serialize)]
pub struct ServedFile {
    /// Its project.
    pub project: String,
    /// Its version; none when its name says none.
    pub version: Option<String>,
    /// Its name.
    pub filename: String,
    /// Its bytes.
    pub sha256: Sha256,
    /// When it was first seen on the upstream's page.
    pub first_seen: Timestamp,
    /// Whether the bytes are kept here.
    pub kept: bool,
    /// Whether some suite holds or held it.
    pub vetted: bool,
    /// To whom it went; without clients where those are not kept.
    pub handed_out: Vec<HandedTo>,
}

/// A hand-out.
#[derive(Debug, Clone, Serialize)]
pub struct HandedTo {
    /// The client's address; none where it is not kept (`audit.clients`).
    pub client: Option<String>,
    /// What the client called itself.
    pub agent: Option<String>,
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// How many times.
    pub times: u64,
}

/// What was looked up for one question: many advisories speak of the same files.
#[derive(Default)]
pub(super) struct Known {
    projects: BTreeMap<ProjectName, BTreeMap<String, (Sha256, Timestamp)>>,
    files: BTreeMap<String, ServedFile>,
}

impl Packhouse {
    /// The files that an advisory speaks of and that were seen here, those that were handed out first.
    pub async fn served_by_advisory(&self, id: &str) -> Result<Vec<ServedFile>, AppError> {
        self.write_down_uses().await?;
        let advisory = self.kept_advisory(id).await?;
        self.files_of(advisory, &mut Known::default()).await
    }

    pub(super) async fn files_of(
        &self,
        advisory: packhouse_advisory::Advisory,
        known: &mut Known,
    ) -> Result<Vec<ServedFile>, AppError> {
        let parts = advisory.affected.iter().filter(|part| part.ecosystem == Ecosystem::PYPI);
        let mut projects: Vec<ProjectName> = parts.map(|part| part.project.clone()).collect();
        projects.sort_unstable();
        projects.dedup();
        let mut database = Database::default();
        // Also one that is withdrawn: who got what it spoke of is a question that stays.
        database.merge(packhouse_advisory::Advisory { withdrawn: None, ..advisory });
        let mut files = Vec::new();
        for project in projects {
            let every = match known.projects.remove(&project) {
                Some(every) => every,
                None => self.every_file(&project).await?,
            };
            for (filename, (sha256, first_seen)) in &every {
                let version = parse_filename(filename, &project).version.map(|version| version.to_string());
                let asked = version.as_deref().unwrap_or_default();
                let found = database.affected(&Ecosystem::PYPI, &project, asked);
                if !found.iter().any(|found| found.answer != Answer::No) {
                    continue;
                }
                if let Some(file) = known.files.get(filename) {
                    files.push(file.clone());
                    continue;
                }
                let file =
                    self.served_file(&project, version, filename.clone(), *sha256, *first_seen).await?;
                known.files.insert(filename.clone(), file.clone());
                files.push(file);
            }
            known.projects.insert(project, every);
        }
        files.sort_by_key(|file| file.handed_out.is_empty());
        Ok(files)
    }

    /// Every file of a project that was ever seen, also where the upstream has long deleted it.
    async fn every_file(
        &self,
        project: &ProjectName,
    ) -> Result<BTreeMap<String, (Sha256, Timestamp)>, AppError> {
        let mut files = BTreeMap::new();
        for upstream in self.store.upstreams_of(project).await? {
            for seen in self.store.seen_files(&upstream, project).await? {
                files.insert(seen.filename, (seen.sha256, seen.first_seen));
            }
        }
        for (_, row) in self.distribution().releases_of(project) {
            for (filename, sha256) in &row.files {
                files.entry(filename.clone()).or_insert((*sha256, row.found));
            }
        }
        Ok(files)
    }

    async fn served_file(
        &self,
        project: &ProjectName,
        version: Option<String>,
        filename: String,
        sha256: Sha256,
        first_seen: Timestamp,
    ) -> Result<ServedFile, AppError> {
        let given = |text: String| (!text.is_empty()).then_some(text);
        let rows = self.store.hand_outs_of(sha256).await?;
        let handed = rows.into_iter().map(|row| HandedTo {
            client: given(row.what.client),
            agent: given(row.what.agent),
            first: row.first,
            last: row.what.last,
            times: row.what.times,
        });
        let state = self.distribution();
        let vetted = state.releases_of(project).any(|(_, row)| row.files.get(&filename) == Some(&sha256));
        Ok(ServedFile {
            project: project.to_string(),
            version,
            filename,
            sha256,
            first_seen,
            kept: self.store.blob(sha256).await?.is_some(),
            vetted,
            handed_out: handed.collect(),
        })
    }
}
