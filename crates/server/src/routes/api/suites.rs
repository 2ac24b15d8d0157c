use std::collections::BTreeSet;

use axum::body::Body;
use http::{HeaderMap, StatusCode, Uri};
use packhouse_app::TokenScope;
use packhouse_distribution::act::{Because, Environment, LeftOut, Listing, Profile, Stage, SuiteKind};
use packhouse_distribution::state::rows::{Placed, SnapshotId, SnapshotRow, Suite};
use packhouse_distribution::state::snapshots::digest;
use packhouse_distribution::{Release, State};
use packhouse_migration::WhatIf;
use packhouse_model::{Sha256, SuiteName, Timestamp};
use serde::{Deserialize, Serialize};

use super::answer::bad_request;
use super::params::{body, content_type};
use super::{ApiAnswer, Failed, Params, created, current, json, not_found, tokens};
use crate::Server;
use crate::routes::{App, Path, cut, here};

/// What-ifs of one request.
const MOST_WHAT_IFS: usize = 100;

#[derive(Serialize)]
struct SuiteDocument<'a> {
    name: &'a SuiteName,
    kind: SuiteKind,
    stage: Stage,
    stage_since: Timestamp,
    source: Option<&'a SuiteName>,
    environments: &'a [Environment],
    profiles: &'a [Profile],
    serial: u64,
    released: Option<ReleasedDocument<'a>>,
    supported_until: Option<Timestamp>,
    projects: usize,
    releases: usize,
    contents_digest: Sha256,
}

#[derive(Serialize)]
struct ReleasedDocument<'a> {
    version: &'a str,
    at: Timestamp,
}

#[derive(Serialize)]
struct SuiteDetail<'a> {
    #[serde(flatten)]
    suite: SuiteDocument<'a>,
    contents: Vec<&'a Placed>,
}

#[derive(Serialize)]
struct SnapshotDocument<'a> {
    serial: u64,
    at: Timestamp,
    entry: u64,
    because: &'a Because,
    adds: &'a [Listing],
    removed: &'a [Listing],
    contents: Sha256,
}

#[derive(Serialize)]
struct SnapshotDetail<'a> {
    #[serde(flatten)]
    snapshot: SnapshotDocument<'a>,
    /// The digest of what a beginning takes over of it.
    releasable: Option<Sha256>,
    releases: Vec<ListingDocument>,
}

#[derive(Serialize)]
struct RollbackDocument {
    suite: SuiteName,
    /// The number that the new snapshot would have.
    serial: u64,
    to: u64,
    /// The digest of what the suite would hold.
    contents: Sha256,
    left_out: Vec<LeftOutDocument>,
    stays: BTreeSet<Release>,
    adds: Vec<Listing>,
    removes: Vec<Release>,
}

#[derive(Serialize)]
struct LeftOutDocument {
    #[serde(flatten)]
    left: LeftOut,
    sentence: String,
}

#[derive(Serialize)]
struct ListingDocument {
    release: Release,
    files: BTreeSet<Sha256>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhatIfRequest {
    what_if: Vec<String>,
}

fn document<'a>(state: &'a State, name: &'a SuiteName, row: &'a Suite) -> SuiteDocument<'a> {
    let placements = || state.suite_projects(name);
    SuiteDocument {
        name,
        kind: row.settings.kind,
        stage: row.stage,
        stage_since: row.stage_since,
        source: row.settings.source.as_ref(),
        environments: &row.settings.environments,
        profiles: &row.settings.profiles,
        serial: row.serial,
        released: row.released.as_ref().map(|(version, at)| ReleasedDocument { version, at: *at }),
        supported_until: row.settings.supported_until,
        projects: placements().count(),
        releases: placements().map(|(_, placement)| placement.releases.len()).sum(),
        contents_digest: state.contents_digest(name),
    }
}

fn snapshot(serial: u64, row: &SnapshotRow) -> SnapshotDocument<'_> {
    SnapshotDocument {
        serial,
        at: row.at,
        entry: row.entry,
        because: &row.because,
        adds: &row.adds,
        removed: &row.removed,
        contents: row.contents,
    }
}

pub(super) fn named(state: &State, name: &str) -> Result<SuiteName, Failed> {
    let known = name.parse().ok().filter(|suite| state.suites.contains(suite));
    known.ok_or_else(|| {
        let names: Vec<&str> = state.suites.iter().map(|(name, _)| name.as_str()).collect();
        not_found(format!("There is no suite {}; there are: {}.", cut(name), names.join(", ")))
    })
}

/// `GET suites`.
pub(super) async fn list(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let state = current(&server).await?;
    let all: Vec<_> = state.suites.iter().map(|(name, row)| document(&state, name, row)).collect();
    json(&headers, &all)
}

/// `GET suites/{name}`.
pub(super) async fn show(app: App, Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let state = current(&server).await?;
    let name = named(&state, &name)?;
    let row = state.suites.get(&name).ok_or_else(|| not_found("There is no such suite."))?;
    let contents = state.suite_projects(&name).flat_map(|(_, placement)| placement.releases.values());
    json(&headers, &SuiteDetail { suite: document(&state, &name, row), contents: contents.collect() })
}

/// `GET suites/{name}/snapshots`: the newest first.
pub(super) async fn snapshots(app: App, Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["before", "limit"])?;
    let (before, limit) = (params.number("before", u64::MAX)?, params.limit(100, 1_000)?);
    let state = current(&server).await?;
    let name = named(&state, &name)?;
    let range = SnapshotId::new(name.clone(), 0)..SnapshotId::new(name, before);
    let rows = state.snapshots.range(range).rev().take(limit);
    let documents: Vec<_> = rows.map(|(id, row)| snapshot(id.serial, row)).collect();
    json(&headers, &documents)
}

/// `GET suites/{name}/snapshots/{serial}`.
pub(super) async fn one_snapshot(
    app: App,
    Path((name, serial)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let state = current(&server).await?;
    let name = named(&state, &name)?;
    let missing = || not_found(format!("There is no snapshot {} of {name}.", cut(&serial)));
    let number: u64 = serial.parse().map_err(|_| missing())?;
    let row = state.snapshots.get(&SnapshotId::new(name.clone(), number)).ok_or_else(missing)?;
    let contents = state.contents_at(&name, number).ok_or_else(missing)?;
    let detail = SnapshotDetail {
        snapshot: snapshot(number, row),
        releasable: state.releasable(&name, number).map(|contents| digest(&contents)),
        releases: contents.into_iter().map(|(release, files)| ListingDocument { release, files }).collect(),
    };
    json(&headers, &detail)
}

/// `GET suites/{name}/snapshots/{serial}/rollback`: what a rollback to it would do at this moment.
pub(super) async fn rollback(
    app: App,
    Path((name, serial)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let state = current(&server).await?;
    let suite = named(&state, &name)?;
    let now = server.packhouse.now();
    let missing = || not_found(format!("There is no snapshot {} of {suite}.", cut(&serial)));
    let to: u64 = serial.parse().map_err(|_| missing())?;
    let rollback = state.rollback(&suite, to, now).ok_or_else(missing)?;
    let because = Because::Rollback { to, reason: String::new(), left_out: None };
    let snapshot = state.snapshot_towards(&suite, &rollback.contents, because).ok_or_else(missing)?;
    let told = |left: LeftOut| LeftOutDocument { sentence: state.why_left_out(&left, now), left };
    let document = RollbackDocument {
        serial: snapshot.serial,
        to,
        contents: snapshot.contents,
        left_out: rollback.left_out.into_iter().map(told).collect(),
        stays: rollback.stays,
        adds: snapshot.adds,
        removes: snapshot.removes,
        suite,
    };
    json(&headers, &document)
}

/// `GET suites/{name}/excuses`: `excuses.json`, as a run at this moment would write it.
pub(super) async fn excuses(app: App, Path(name): Path<String>, uri: Uri) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let suite = named(&*current(&server).await?, &name)?;
    let plan = server.packhouse.migration_plan(&suite, Vec::new()).await?;
    created(StatusCode::OK, &plan)
}

/// `GET suites/{name}/held`: what was sent through the security lane and would break something.
pub(super) async fn held(app: App, Path(name): Path<String>, uri: Uri) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let suite = named(&*current(&server).await?, &name)?;
    let held = server.packhouse.held_fixes(&suite).await?;
    created(StatusCode::OK, &held)
}

/// `POST suites/{name}/what-if`: the plan if some facts were others. Changes nothing.
pub(super) async fn what_if(
    app: App,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    sent: Body,
) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    content_type(&headers, &["application/json"])?;
    let suite = named(&*current(&server).await?, &name)?;
    let asked = asked(&server, sent).await?;
    let plan = server.packhouse.migration_plan(&suite, asked).await?;
    created(StatusCode::OK, &plan)
}

async fn asked(server: &Server, sent: Body) -> Result<Vec<WhatIf>, Failed> {
    let bytes = body(server, sent).await?;
    let request: WhatIfRequest = serde_json::from_slice(&bytes).map_err(|error| {
        bad_request(format!("Expected {{\"what_if\": [\"accept NAME==VERSION\", …]}}: {error}."))
    })?;
    if request.what_if.len() > MOST_WHAT_IFS {
        return Err(bad_request(format!("At most {MOST_WHAT_IFS} what-ifs are answered at once.")));
    }
    request.what_if.iter().map(|text| text.parse().map_err(bad_request)).collect()
}

/// `POST suites/{name}/migrate`.
pub(super) async fn migrate(app: App, Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    tokens::need(&server, &headers, TokenScope::Migrate).await?;
    let suite = named(&*current(&server).await?, &name)?;
    let plan = server.packhouse.migrate(&suite).await?;
    created(StatusCode::OK, &plan)
}
