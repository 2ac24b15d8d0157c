//! What a suite serves: its releases as the pages, files and decisions that clients get.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use packhouse_distribution::Release;
use packhouse_distribution::State;
use packhouse_distribution::act::{Because, Condition, Stage, SuiteKind};
use packhouse_distribution::series::series_of;
use packhouse_distribution::state::rows::{
    CandidateRow, CandidateState, ConditionRow, Placed, Placement, SnapshotId,
};
use packhouse_guard::Withdrawn;
use packhouse_model::{ProjectName, Sha256, SuiteName};
use packhouse_pypi::Version;
use packhouse_pypi::simple::{CoreMetadata, File, Page, ProjectStatus, Yanked};
use packhouse_store::SeenFile;
use url::Url;

use crate::error::AppError;
use crate::index::{Index, SuiteView};
use crate::packhouse::Packhouse;
use crate::project::{Ingredients, Project, build};

/// The mark on files of a release that works and should be replaced; its value is what people are told. Installers of today
/// have no word for it (PEP 792 knows only projects), so it is our own key.
const DEPRECATED: &str = "_packhouse-deprecated";

impl Packhouse {
    /// The project as the index's suite holds it. None: the suite does not hold it.
    pub(crate) async fn vetted(
        &self,
        index: &Index,
        name: &ProjectName,
    ) -> Result<Option<Arc<Project>>, AppError> {
        let Some(view) = &index.suite else { return Ok(None) };
        let state = self.distribution();
        let Some(releases) = releases(&state, view, name) else { return Ok(None) };
        let files: Vec<_> =
            releases.iter().filter_map(|held| Some((held, state.candidates.get(&held.release)?))).collect();
        self.as_project(&state, index, view.suite.clone(), name, &files, Offered::ToAll).await.map(Some)
    }

    /// Whether the index's suite holds the project.
    pub(crate) fn is_held(&self, index: &Index, name: &ProjectName) -> bool {
        index.suite.as_ref().is_some_and(|view| releases(&self.distribution(), view, name).is_some())
    }

    /// The projects that a suite holds, or held, in order.
    pub(crate) fn held_projects(&self, view: &SuiteView) -> Vec<ProjectName> {
        let state = self.distribution();
        let names: BTreeSet<ProjectName> = match view.serial {
            None => state.suite_projects(&view.suite).map(|(name, _)| name.clone()).collect(),
            Some(serial) => state
                .contents_at(&view.suite, serial)
                .unwrap_or_default()
                .into_keys()
                .map(|release| release.project)
                .collect(),
        };
        names.into_iter().collect()
    }

    /// The project of a file that was ever in a suite, with all its files that were: what is in a lockfile stays there.
    pub(crate) async fn once_vetted(
        &self,
        index: &Index,
        sha256: Sha256,
        filename: &str,
    ) -> Result<Option<Arc<Project>>, AppError> {
        let state = self.distribution();
        for name in packhouse_pypi::filename::possible_projects(filename) {
            let listed = |row: &CandidateRow| row.files.get(filename) == Some(&sha256) && accepted(row);
            if !state.releases_of(&name).any(|(_, row)| listed(row)) {
                continue;
            }
            let every: Vec<(Held, CandidateRow)> = state
                .releases_of(&name)
                .filter(|(_, row)| accepted(row))
                .map(|(release, row)| {
                    (Held::now(release, row.files.values().copied().collect()), row.clone())
                })
                .collect();
            let files: Vec<_> = every.iter().map(|(held, row)| (held, row)).collect();
            let suite = index.suite.as_ref().map_or_else(unstable, |view| Ok(view.suite.clone()))?;
            let project = self.as_project(&state, index, suite, &name, &files, Offered::ByHash).await;
            return project.map(Some);
        }
        Ok(None)
    }

    /// What the distribution took out of use of a project, by the key of the version.
    pub(crate) fn withdrawn(&self, name: &ProjectName) -> HashMap<String, Withdrawn> {
        let state = self.distribution();
        state
            .releases_of(name)
            .filter_map(|(release, _)| Some((release, state.conditions.get(release)?)))
            .filter_map(|(release, row)| Some((release.version.key(), withdrawn(row)?)))
            .collect()
    }

    async fn as_project(
        &self,
        state: &State,
        index: &Index,
        suite: SuiteName,
        name: &ProjectName,
        releases: &[(&Held, &CandidateRow)],
        offered: Offered,
    ) -> Result<Arc<Project>, AppError> {
        let mut page = Page {
            name: name.clone(),
            versions: Vec::new(),
            status: ProjectStatus::default(),
            files: Vec::new(),
            last_serial: None,
            meta_extra: serde_json::Map::new(),
            extra: serde_json::Map::new(),
            skipped: Vec::new(),
        };
        let mut seen = Vec::new();
        let mut metadata = HashMap::new();
        let mut marks = String::new();
        for (Held { release, files, left }, row) in releases {
            let condition = state.conditions.get(release);
            let delisted = condition.is_some_and(|row| row.condition == Condition::Delisted);
            if delisted && offered == Offered::ToAll {
                continue;
            }
            page.versions.push(release.version.to_string());
            marks.push_str(&format!(
                "{release} {left:?} {:?}\n",
                condition.map(|row| (row.condition, row.entry))
            ));
            for file in &row.candidate.files {
                let Some(sha256) = row.files.get(&file.filename).filter(|sha256| files.contains(sha256))
                else {
                    continue;
                };
                marks.push_str(&sha256.hex());
                seen.push(SeenFile {
                    filename: file.filename.clone(),
                    sha256: *sha256,
                    first_seen: row.found,
                    not_before: None,
                });
                metadata.extend(file.metadata.map(|digest| (*sha256, Some(digest))));
                let mut file = listed(row, file, *sha256, condition)?;
                // What is refused says why itself.
                let refused = condition.is_some_and(|row| row.condition.refuses());
                if let Some(suite) = left.as_ref().filter(|_| file.yanked == Yanked::No && !refused) {
                    file.yanked =
                        Yanked::because(&format!("Not in {suite} any more; kept here for lockfiles"));
                }
                page.files.push(file);
            }
        }
        let with = Ingredients {
            upstream: index.upstream.clone(),
            present: true,
            state: Sha256::of(marks.as_bytes()),
            // A suite is never out of date: it is what the ledger says now.
            checked: self.now(),
            seen,
            metadata,
            suite: Some(suite),
            withdrawn: self.withdrawn(name),
            shown: Vec::new(),
            facts: self.guard_facts(name).await?,
            // What people have reviewed is not decided on by what a program saw.
            inspected: HashMap::new(),
            needs: HashMap::new(),
        };
        Ok(Arc::new(build(page, with)))
    }
}

/// To whom releases are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offered {
    /// To whoever looks at the project's page.
    ToAll,
    /// To whoever knows a file's hash: what was delisted stays in lockfiles.
    ByHash,
}

fn accepted(row: &CandidateRow) -> bool {
    matches!(row.state, CandidateState::Accepted { .. })
}

fn unstable() -> Result<SuiteName, AppError> {
    "unstable".parse().map_err(|error| AppError::internal("a suite's name was read", error))
}

/// A release as an index of a suite lists it.
struct Held {
    release: Release,
    files: BTreeSet<Sha256>,
    /// The suite that it has left: no resolver takes it, and a lockfile that has it goes on working.
    left: Option<SuiteName>,
}

impl Held {
    fn now(release: &Release, files: BTreeSet<Sha256>) -> Self {
        Self { release: release.clone(), files, left: None }
    }
}

/// The releases of a project in a suite now, with those that have left it; or in one of its snapshots.
fn releases(state: &State, view: &SuiteView, name: &ProjectName) -> Option<Vec<Held>> {
    let mut held: Vec<Held> = match view.serial {
        None => {
            let own = state.placement(&view.suite, name);
            if own.is_none() && !emptied(state, &view.suite, name) {
                return None;
            }
            let placed =
                own.into_iter().flat_map(|own| own.releases.values().chain(fixes(state, &view.suite, own)));
            let mut held: Vec<Held> =
                placed.map(|placed| Held::now(&placed.release, placed.files.clone())).collect();
            let left = state.left(&view.suite, name).into_iter();
            let left = left.filter(|(release, _)| !held.iter().any(|held| held.release == *release));
            let left: Vec<Held> = left
                .map(|(release, files)| Held { release, files, left: Some(view.suite.clone()) })
                .collect();
            held.extend(left);
            if own.is_none() {
                // Nothing that can be had, rather than what the upstream has: that was never reviewed.
                return Some(held);
            }
            held
        }
        Some(serial) => state
            .contents_at(&view.suite, serial)?
            .into_iter()
            .filter(|(release, _)| release.project == *name)
            .map(|(release, files)| Held::now(&release, files))
            .collect(),
    };
    held.sort_by(|one, other| one.release.cmp(&other.release));
    (!held.is_empty()).then_some(held)
}

/// Whether the suite had something of a project under maintenance, and has nothing since that was condemned.
fn emptied(state: &State, suite: &SuiteName, name: &ProjectName) -> bool {
    let condemned = |release: &Release| {
        state.conditions.get(release).is_some_and(|row| row.condition == Condition::Condemned)
    };
    if !state.is_maintained(name) || !state.releases_of(name).any(|(release, _)| condemned(release)) {
        return false;
    }
    let all = SnapshotId::new(suite.clone(), 0)..=SnapshotId::new(suite.clone(), u64::MAX);
    state.snapshots.range(all).any(|(_, row)| {
        matches!(row.because, Because::Withdrawal { .. })
            && row.removed.iter().any(|listing| listing.release.project == *name)
    })
}

/// What the security suites hold for a project of a released suite: newer releases of series that it has.
fn fixes<'s>(
    state: &'s State,
    suite: &SuiteName,
    own: &'s Placement,
) -> impl Iterator<Item = &'s Placed> + use<'s> {
    let released = state
        .suites
        .get(suite)
        .is_some_and(|row| row.settings.kind == SuiteKind::Stable && row.stage == Stage::Released);
    let name = own.releases.values().next().map(|placed| placed.release.project.clone());
    let lanes = state.suites_of(SuiteKind::Security).into_iter().filter(move |_| released);
    lanes
        .filter_map(move |lane| state.placement(lane, name.as_ref()?))
        .flat_map(|placement| placement.releases.values())
        .filter(|fix| {
            is_fix_of(own.releases.values().map(|placed| &placed.release.version), &fix.release.version)
        })
}

/// Whether a release of the security lane is shown beside these of a released suite: newer, and of a series among them.
pub(super) fn is_fix_of<'v>(own: impl Iterator<Item = &'v Version>, fix: &Version) -> bool {
    let series = series_of(fix);
    own.filter(|version| series_of(version) == series).max().is_some_and(|newest| newest < fix)
}

fn listed(
    row: &CandidateRow,
    file: &packhouse_distribution::act::CandidateFile,
    sha256: Sha256,
    condition: Option<&ConditionRow>,
) -> Result<File, AppError> {
    let yanked = match condition {
        Some(row) if row.condition == Condition::Yanked => Yanked::because(&row.reason),
        _ => Yanked::No,
    };
    let metadata = match file.metadata {
        Some(sha256) => CoreMetadata::Present { sha256: Some(sha256) },
        None => CoreMetadata::Absent,
    };
    let mut extra = serde_json::Map::new();
    if let Some(row) = condition.filter(|row| row.condition == Condition::Deprecated) {
        extra.insert(DEPRECATED.to_owned(), row.reason.clone().into());
    }
    // Never asked: the bytes are here, pinned. Names no host, in case they are lost.
    let url = Url::parse(&format!("http://vetted.invalid/{}", file.filename))
        .map_err(|error| AppError::internal("a file's address was made", error))?;
    Ok(File {
        filename: file.filename.clone(),
        url: url.clone(),
        sha256: Some(sha256),
        size: Some(file.size),
        upload_time: Some(file.uploaded),
        requires_python: row.candidate.metadata.requires_python.clone(),
        yanked,
        core_metadata: metadata,
        gpg_sig: None,
        // Asked under our own address, like the file itself.
        provenance: file.provenance.as_ref().map(|_| url),
        extra,
        html_attributes: Vec::new(),
    })
}

fn withdrawn(row: &ConditionRow) -> Option<Withdrawn> {
    row.condition.refuses().then(|| Withdrawn {
        condition: row.condition.word(),
        reason: row.reason.clone(),
        by: row.by.to_string(),
        since: row.at,
    })
}
