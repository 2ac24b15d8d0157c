use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderMap, StatusCode, Uri};
use packhouse_app::TokenScope;
use packhouse_distribution::act::{Condition, Tier};
use packhouse_distribution::review::{self, ReviewStatus};
use packhouse_distribution::state::rows::{
    CandidateRow, CandidateState, ConditionRow, Lost, Placed, Project, ProjectKey, SalvageIntent, Stewardship,
};
use packhouse_distribution::stewardship::{Standing, standing};
use packhouse_distribution::{Release, State};
use packhouse_model::{MaintainerId, ProjectName, RiskClass, Sha256, Timestamp};
use serde::Serialize;

use super::{ApiAnswer, Params, created, current, json, not_found, tokens};
use crate::routes::{App, Path, here, project_named};

/// A project, in the list of all.
#[derive(Serialize)]
struct ProjectDocument<'a> {
    name: &'a str,
    tier: Tier,
    series: &'a [String],
    stewards: &'a BTreeSet<MaintainerId>,
    stewardship: Stewardship,
    needed_by: &'a BTreeSet<String>,
    added: Timestamp,
    upstream_quarantine: Option<Timestamp>,
    open: usize,
    /// Suite and versions in it.
    suites: BTreeMap<String, Vec<String>>,
}

/// The same with all that is known.
#[derive(Serialize)]
struct ProjectDetail<'a> {
    #[serde(flatten)]
    project: ProjectDocument<'a>,
    salvage: Option<&'a SalvageIntent>,
    standing: Option<Standing>,
    last_steward_act: Timestamp,
    releases: Vec<ReleaseLine<'a>>,
    placements: BTreeMap<String, Vec<&'a Placed>>,
    reviews: Vec<super::releases::ReviewDocument<'a>>,
    conditions: BTreeMap<String, &'a ConditionRow>,
}

/// A release of a project, in one line.
#[derive(Serialize)]
struct ReleaseLine<'a> {
    release: &'a Release,
    version: String,
    state: &'a CandidateState,
    lost: Option<&'a Lost>,
    risk: RiskClass,
    lines: u64,
    files: BTreeMap<&'a str, Sha256>,
    uploaded: Timestamp,
    found: Timestamp,
    deadline: Option<Timestamp>,
    condition: Condition,
    sentence: String,
}

fn document<'a>(state: &'a State, name: &'a ProjectName, row: &'a Project) -> ProjectDocument<'a> {
    let open = state.releases_of(name).filter(|(_, row)| review::reason(state, row).is_some()).count();
    let held = state.suites.iter().filter_map(|(suite, _)| {
        let placed = state.placement(suite, name)?.releases.values();
        Some((suite.to_string(), placed.map(|placed| placed.release.version.to_string()).collect()))
    });
    ProjectDocument {
        name: name.as_str(),
        tier: row.tier,
        series: &row.series,
        stewards: &row.stewards,
        stewardship: row.stewardship,
        needed_by: &row.needed_by,
        added: row.added,
        upstream_quarantine: row.upstream_quarantine,
        open,
        suites: held.collect(),
    }
}

fn line<'a>(
    state: &'a State,
    release: &'a Release,
    row: &'a CandidateRow,
    statuses: &BTreeMap<Release, ReviewStatus>,
) -> ReleaseLine<'a> {
    ReleaseLine {
        release,
        version: release.version.to_string(),
        state: &row.state,
        lost: row.lost.as_ref(),
        risk: row.candidate.risk,
        lines: row.candidate.lines,
        files: row.files.iter().map(|(name, sha256)| (name.as_str(), *sha256)).collect(),
        uploaded: row.candidate.uploaded,
        found: row.found,
        deadline: review::reason(state, row).map(|_| review::deadline(row)),
        condition: state.conditions.get(release).map_or(Condition::Listed, |row| row.condition),
        sentence: statuses.get(release).map(ReviewStatus::sentence).unwrap_or_default(),
    }
}

/// `GET projects`.
pub(super) async fn list(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let state = current(&server).await?;
    let all: Vec<_> = state.projects.iter().map(|(name, row)| document(&state, &name.0, row)).collect();
    json(&headers, &all)
}

/// `GET projects/{name}`.
pub(super) async fn show(app: App, Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let state = current(&server).await?;
    let name = project_named(&name)?;
    let key = ProjectKey(name.clone());
    let row = state.projects.get(&key).ok_or_else(|| {
        not_found(format!("{name} is not under maintenance; `packhouse project add {name}` adds it."))
    })?;
    let now = server.packhouse.now();
    let statuses: BTreeMap<Release, ReviewStatus> = state
        .releases_of(&name)
        .filter_map(|(release, _)| Some((release.clone(), review::status(&state, release, now)?)))
        .collect();
    let placements = state.suites.iter().filter_map(|(suite, _)| {
        Some((suite.to_string(), state.placement(suite, &name)?.releases.values().collect()))
    });
    let conditions = state.conditions.iter().filter(|(release, _)| release.project == name);
    let detail = ProjectDetail {
        project: document(&state, &name, row),
        salvage: row.salvage.as_ref(),
        standing: standing(&state, &name, now),
        last_steward_act: row.last_steward_act,
        // The newest first.
        releases: state
            .releases_of(&name)
            .rev()
            .map(|(one, row)| line(&state, one, row, &statuses))
            .collect(),
        placements: placements.collect(),
        reviews: super::releases::reviews(&state, |release| release.project == name)
            .into_iter()
            .rev()
            .collect(),
        conditions: conditions.map(|(release, row)| (release.to_string(), row)).collect(),
    };
    json(&headers, &detail)
}

/// `GET projects/{name}/dependents`.
pub(super) async fn dependents(
    app: App,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let state = current(&server).await?;
    json(&headers, &packhouse_distribution::dependents::of_project(&state, &project_named(&name)?))
}

/// `POST projects/{name}/watch`.
pub(super) async fn watch(app: App, Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    tokens::need(&server, &headers, TokenScope::Watch).await?;
    current(&server).await?;
    let name = project_named(&name)?;
    server.packhouse.watch_soon(&name).await?;
    created(StatusCode::ACCEPTED, &serde_json::json!({ "project": name.as_str(), "queued": true }))
}
