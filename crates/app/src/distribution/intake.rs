//! Candidates: what the upstream releases of projects under maintenance, fetched by URL and hash, never by running a
//! client.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use packhouse_distribution::act::{
    Act, Candidate, CandidateFile, Provenance, ReleaseMetadata, RiskReason, UpstreamEvent, UpstreamNews,
};
use packhouse_distribution::series::{self, Intent};
use packhouse_distribution::state::rows::{CandidateState, Project as Maintained, ProjectKey};
use packhouse_distribution::{Release, State, identity, vendor};
use packhouse_model::{FileKind, ProjectName, RiskClass, Sha256, Timestamp};
use packhouse_pypi::core_metadata::{CoreMetadata, MetadataLimits};
use packhouse_pypi::environment::Environment;
use packhouse_pypi::provenance;
use packhouse_pypi::simple::{File, State as Status, Yanked};
use packhouse_pypi::tags::WheelTags;
use packhouse_pypi::version::Version;

use super::bytes::Inspected;
use crate::error::AppError;
use crate::packhouse::Packhouse;
use crate::project::Project;

/// How old a release of a project is that we know, before it is taken in without a person's word.
const COOLING: Duration = Duration::from_secs(24 * 3600);
/// The same for a project that is new to us.
const COOLING_NEW: Duration = Duration::from_secs(72 * 3600);
/// A page this young is current enough to look for new releases on it.
const LOOKED: Duration = Duration::from_secs(60);
/// Releases of one project that one look takes in.
const MOST_AT_ONCE: usize = 20;

impl Packhouse {
    /// Looks for what is new of a project under maintenance: releases, yanks, quarantines. The job of the watcher.
    pub(crate) async fn watch(&self, name: &ProjectName) -> Result<(), AppError> {
        let state = self.distribution();
        let Some(row) = state.projects.get(&ProjectKey(name.clone())) else { return Ok(()) };
        if !state.is_maintained(name) {
            return Ok(());
        }
        let upstream = self.default_index()?.upstream.clone();
        let newer_than = self.now().minus(LOOKED);
        let Some(found) = self.fresh(&upstream, name, newer_than).await? else {
            return self.tell_deleted(name, row).await;
        };
        if found.stale.is_some() {
            // What the upstream says now is not known: nothing is concluded from its silence.
            return Ok(());
        }
        self.tell_news(&state, name, row, &found.project).await?;
        for version in wanted(&state, row, &found.project, self.now()) {
            self.take_in(&found.project, &version).await?;
        }
        Ok(())
    }

    /// Takes one release in, whatever its age: what a person asks for by name, or a lockfile pins.
    pub(crate) async fn take_in_exactly(&self, release: &Release) -> Result<(), AppError> {
        let upstream = self.default_index()?.upstream.clone();
        let found = self.fresh(&upstream, &release.project, self.now().minus(LOOKED)).await?;
        let found = found.ok_or_else(|| {
            AppError::not_found(format!("there is no project {} upstream", release.project))
        })?;
        self.take_in(&found.project, &release.version).await
    }

    async fn tell_deleted(&self, name: &ProjectName, row: &Maintained) -> Result<(), AppError> {
        if row.upstream_quarantine.is_none() {
            let news = UpstreamNews {
                project: name.clone(),
                release: None,
                event: UpstreamEvent::Deleted,
                reason: String::new(),
            };
            self.say(&Act::from(news), &[]).await.map_err(said)?;
        }
        Ok(())
    }

    /// Writes down what the upstream says of what we have taken in.
    async fn tell_news(
        &self,
        state: &State,
        name: &ProjectName,
        row: &Maintained,
        project: &Project,
    ) -> Result<(), AppError> {
        let quarantined = project.page.status.state == Status::Quarantined;
        if quarantined != row.upstream_quarantine.is_some() {
            let event = if quarantined { UpstreamEvent::Quarantined } else { UpstreamEvent::Cleared };
            let reason = project.page.status.reason.clone().unwrap_or_default();
            let news = UpstreamNews { project: name.clone(), release: None, event, reason };
            self.say(&Act::from(news), &[]).await.map_err(said)?;
        }
        for (release, row) in state.releases_of(name) {
            let event =
                match (upstream_says(project, row.files.keys()), row.upstream.as_ref().map(|(e, ..)| *e)) {
                    (None, None) => continue,
                    (None, Some(_)) => Some((UpstreamEvent::Unyanked, String::new())),
                    (Some((now, _)), Some(before)) if now == before => None,
                    (Some(now), _) => Some(now),
                };
            let Some((event, reason)) = event else { continue };
            let news = UpstreamNews { project: name.clone(), release: Some(release.clone()), event, reason };
            self.say(&Act::from(news), &[]).await.map_err(said)?;
        }
        Ok(())
    }

    /// Fetches a release's files, looks at them, and writes the candidate down.
    async fn take_in(&self, project: &Arc<Project>, version: &Version) -> Result<(), AppError> {
        let state = self.distribution();
        let name = &project.facts.name;
        let release = Release::new(name.clone(), version.clone());
        let places = files_to_take(&state, project, &release);
        if places.is_empty() {
            return Err(AppError::not_found(format!("{release} has no file that a suite could serve")));
        }
        let known = state.candidates.get(&release).map(|row| row.files.clone()).unwrap_or_default();
        if places.iter().all(|place| known.contains_key(&project.page.files[*place].filename)) {
            return Ok(());
        }
        let mut taken = BTreeMap::new();
        for place in places {
            let file = &project.page.files[place];
            let Some(sha256) = file.sha256 else { continue };
            self.fetch_to_keep(project, place, sha256).await?;
            taken.insert(file.filename.clone(), (place, sha256));
        }
        let candidate = self.candidate(&state, project, &release, &taken).await?;
        let files: Vec<(String, Sha256)> =
            taken.into_iter().map(|(filename, (_, sha256))| (filename, sha256)).collect();
        match self.say(&Act::from(candidate), &files).await {
            Ok(_) => Ok(()),
            Err(error) => Err(said(error)),
        }
    }

    /// The bytes of a file, here and pinned: nothing that was taken in is ever evicted.
    async fn fetch_to_keep(
        &self,
        project: &Arc<Project>,
        place: usize,
        sha256: Sha256,
    ) -> Result<(), AppError> {
        if !self.blobs.exists(sha256).await?
            && let Some(mut download) = self.download(sha256, project, place).await?
        {
            download.finished().await?;
        }
        if !self.store.pin_blob(sha256).await? {
            return Err(AppError::lost("a file was evicted while it was taken in"));
        }
        Ok(())
    }

    /// The file's provenance, which is kept with the file: the upstream may change or lose it. One that is announced and
    /// cannot be had fails, and is tried again: a release without it would look like one that never had any.
    async fn keep_provenance(&self, project: &Project, file: &File) -> Result<Option<Provenance>, AppError> {
        let client = self.client(&project.upstream)?;
        let Some(document) = self.upstream_provenance(client, file).await? else { return Ok(None) };
        let publisher = provenance::publisher(&document);
        let sha256 = self.keep_bytes(document).await?;
        if !self.store.pin_blob(sha256).await? {
            return Err(AppError::lost("a provenance document was evicted while it was taken in"));
        }
        Ok(Some(Provenance { sha256, publisher }))
    }

    /// The provenance that was kept with a file that was taken in.
    pub(crate) async fn kept_provenance(
        &self,
        name: &ProjectName,
        filename: &str,
    ) -> Result<Option<Bytes>, AppError> {
        let state = self.distribution();
        let files = state.releases_of(name).flat_map(|(_, row)| &row.candidate.files);
        let kept = files.filter(|file| file.filename == filename).find_map(|file| file.provenance.clone());
        let Some(Provenance { sha256, .. }) = kept else { return Ok(None) };
        let Some(reader) = self.blobs.get(sha256).await? else { return Ok(None) };
        Ok(Some(reader.read_all(reader.size()).await?))
    }

    async fn candidate(
        &self,
        state: &State,
        project: &Project,
        release: &Release,
        taken: &BTreeMap<String, (usize, Sha256)>,
    ) -> Result<Candidate, AppError> {
        let base = base_of(state, release);
        let previous =
            state.releases_of(&release.project).rfind(|(other, _)| other.version < release.version);
        let mut inspected = Inspected::default();
        let mut files = Vec::new();
        let mut publisher = None;
        let now = self.now();
        for (filename, (place, sha256)) in taken {
            let file = &project.page.files[*place];
            let before = base.as_ref().and_then(|(_, row)| super::bytes::counterpart(filename, row));
            let previous = previous.as_ref().and_then(|(_, row)| super::bytes::counterpart(filename, row));
            let looked = self.inspect_file(filename, *sha256, before, previous).await?;
            let size = looked.size;
            let metadata = looked.metadata.as_ref().map(|bytes| Sha256::of(bytes));
            inspected.add(looked);
            let provenance = self.keep_provenance(project, file).await?;
            publisher = publisher.or_else(|| provenance.as_ref()?.publisher.clone());
            files.push(CandidateFile {
                filename: filename.clone(),
                size,
                metadata: metadata.filter(|_| filename.ends_with(".whl")),
                uploaded: file.upload_time.unwrap_or(now),
                provenance,
            });
        }
        let metadata = inspected.metadata.as_deref().unwrap_or_default();
        let read = CoreMetadata::parse(metadata, &MetadataLimits::default()).ok();
        let headers = read.as_ref().map(|read| read.headers.clone()).unwrap_or_default();
        let sources = vendor::Sources { headers: &headers, owners: &[], publisher: publisher.as_deref() };
        let vendor = vendor::compute(&sources);
        let (risk, risk_reasons) = inspected.risk(base.is_none());
        let uploaded = files.iter().map(|file| file.uploaded).min().unwrap_or(now);
        Ok(Candidate {
            release: release.clone(),
            uploaded,
            files,
            metadata: read.as_ref().map(release_metadata).unwrap_or_default(),
            identity: base
                .as_ref()
                .map(|(_, row)| identity::changes(&row.candidate.vendor, &vendor))
                .unwrap_or_default(),
            vendor,
            risk: risk.max(if base.is_none() { RiskClass::R4 } else { RiskClass::R0 }),
            risk_reasons,
            base: base.map(|(base, _)| base.clone()),
            lines: inspected.lines,
        })
    }
}

/// Which files of a release are taken in: wheels that some suite's environment can install, and the source.
fn files_to_take(state: &State, project: &Project, release: &Release) -> Vec<usize> {
    let environments: Vec<Environment> = state
        .suites
        .iter()
        .flat_map(|(_, suite)| &suite.settings.environments)
        .filter_map(|environment| Environment::parse(&environment.name).ok())
        .collect();
    let fits = |filename: &str| {
        environments.is_empty()
            || WheelTags::of_wheel(filename)
                .is_ok_and(|tags| environments.iter().any(|environment| environment.fits(&tags)))
    };
    (0..project.page.files.len())
        .filter(|place| {
            let (file, facts) = (&project.page.files[*place], &project.files[*place].facts);
            let own = project
                .version_of(*place)
                .and_then(|text| Version::parse(text).ok())
                .is_some_and(|version| version == release.version);
            // What differs from first sight, or was deleted, is not the release that it was.
            let sound = facts.sha256.is_some() && facts.pinned == facts.sha256 && facts.deleted.is_none();
            own && sound
                && match facts.kind {
                    FileKind::Wheel => fits(&file.filename),
                    FileKind::Sdist => file.filename.ends_with(".tar.gz"),
                    FileKind::Other => false,
                }
        })
        .collect()
}

/// The release that a new one is compared with: the nearest one below that was accepted, else the nearest of any.
fn base_of<'s>(
    state: &'s State,
    release: &Release,
) -> Option<(&'s Release, &'s packhouse_distribution::state::rows::CandidateRow)> {
    let accepted = |row: &packhouse_distribution::state::rows::CandidateRow| {
        matches!(row.state, CandidateState::Accepted { .. })
    };
    state.releases_of(&release.project).rfind(|(other, row)| other.version < release.version && accepted(row))
}

fn release_metadata(read: &CoreMetadata) -> ReleaseMetadata {
    ReleaseMetadata {
        requires_python: read.requires_python().map(str::to_owned),
        requires_dist: read.requires_dist().map(str::to_owned).collect(),
        provides_extra: read.all("Provides-Extra").map(str::to_owned).collect(),
        summary: read.summary().map(|text| text.chars().take(500).collect()),
        license: read
            .license_expression()
            .or_else(|| read.license())
            .map(|text| text.lines().next().unwrap_or_default().chars().take(200).collect()),
    }
}

/// The versions of a project that are to be taken in now: those that its maintenance intent keeps, of those that are old
/// enough, and that we do not have.
fn wanted(state: &State, row: &Maintained, project: &Project, now: Timestamp) -> Vec<Version> {
    let known = state.releases_of(&project.facts.name).next().is_some();
    let cooling = if known { COOLING } else { COOLING_NEW };
    let mut oldest: BTreeMap<String, (Version, Timestamp)> = BTreeMap::new();
    for (place, file) in project.page.files.iter().enumerate() {
        let Some(version) = project.version_of(place).and_then(|text| Version::parse(text).ok()) else {
            continue;
        };
        if version.is_prerelease() || file.yanked != Yanked::No {
            continue;
        }
        let (age_from, _) = project.files[place].facts.age_from();
        let entry = oldest.entry(version.key()).or_insert((version, age_from));
        entry.1 = entry.1.min(age_from);
    }
    let old_enough: Vec<Version> = oldest
        .into_values()
        .filter(|(_, since)| since.plus(cooling) <= now)
        .map(|(version, _)| version)
        .collect();
    let intents: Vec<Intent> = row.series.iter().filter_map(|word| Intent::parse(word).ok()).collect();
    series::kept(&intents, &old_enough)
        .into_iter()
        .filter(|version| {
            let release = Release::new(project.facts.name.clone(), (*version).clone());
            !state.candidates.contains(&release)
        })
        .take(MOST_AT_ONCE)
        .cloned()
        .collect()
}

/// What the upstream says of the files of a release: gone, or yanked.
fn upstream_says<'f>(
    project: &Project,
    files: impl Iterator<Item = &'f String>,
) -> Option<(UpstreamEvent, String)> {
    let mut yanked = None;
    for filename in files {
        let Some((place, _)) = project.file(filename) else {
            return Some((UpstreamEvent::Deleted, String::new()));
        };
        if project.files[place].facts.deleted.is_some() {
            return Some((UpstreamEvent::Deleted, String::new()));
        }
        if let Some(reason) = project.page.files[place].yanked.listed() {
            yanked = Some((UpstreamEvent::Yanked, reason.to_owned()));
        }
    }
    yanked
}

/// A failure of the ledger, as work on the queue tells it.
fn said(error: super::LedgerError) -> AppError {
    match error {
        super::LedgerError::App(error) => error,
        other => AppError::internal("something was to be written into the ledger", other),
    }
}

/// Reasons of a candidate that its statement holds.
const MOST_REASONS: usize = 50;

pub(super) fn reasons(assessment: &packhouse_inspect::Assessment) -> Vec<RiskReason> {
    assessment
        .reasons
        .iter()
        .take(MOST_REASONS)
        .map(|reason| RiskReason {
            class: reason.class,
            what: reason.text.chars().take(300).collect(),
            place: Some(reason.place.to_string()),
        })
        .collect()
}
