use axum::response::Response;
use packhouse_app::Topic;
use packhouse_distribution::State;
use packhouse_distribution::act::{Because, SuiteKind};
use packhouse_distribution::state::rows::{SnapshotId, SnapshotRow, Suite};
use packhouse_model::SuiteName;

use super::super::home::Values;
use super::super::site;
use super::{HISTORY, current, history_list, page_number, rendered, suite_named};
use crate::pages::Paging;
use crate::pages::distribution::{
    ContentRow, SNAPSHOT_ROWS, SUITE_ROWS, SnapshotLine, SnapshotsPage, SuitePage, SuiteSummary, SuitesPage,
    suite_path,
};
use crate::routes::{App, Path, here};

/// How long a page waits for what a resolver says.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);

/// The whole address of the index of a suite or a snapshot, as a client needs it.
pub(super) fn address(server: &crate::Server, name: &str) -> String {
    format!("{}/pypi/{name}/simple/", server.packhouse.public_url)
}

fn kind_word(kind: SuiteKind) -> &'static str {
    match kind {
        SuiteKind::Unstable => "everything accepted, at once",
        SuiteKind::Testing => "what has waited, and installs together",
        SuiteKind::Stable => "a promise: fixes only",
        SuiteKind::Security => "fixes for stable, ahead of its next release",
    }
}

fn summary(server: &crate::Server, state: &State, name: &SuiteName, row: &Suite) -> SuiteSummary {
    SuiteSummary {
        name: name.to_string(),
        kind: kind_word(row.settings.kind),
        stage: row.stage.word(),
        stage_since: row.stage_since,
        source: row.settings.source.as_ref().map(ToString::to_string),
        serial: row.serial,
        releases: state.suite_projects(name).map(|(_, placement)| placement.releases.len()).sum(),
        released: row.released.clone(),
        supported_until: row.settings.supported_until,
        url: address(server, name.as_str()),
        migrates: row.settings.kind == SuiteKind::Testing,
    }
}

pub(crate) async fn suites(app: App) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let state = current(&server, &site).await?;
    let suites = state.suites.iter().map(|(name, row)| summary(&server, &state, name, row)).collect();
    let distribution = state.distribution().map(|founded| founded.name.clone()).unwrap_or_default();
    Ok(super::super::page(SuitesPage { site, distribution, suites }.render()))
}

pub(crate) async fn suite(app: App, Path(name): Path<String>, values: Values) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let state = current(&server, &site).await?;
    let name = suite_named(&site, &state, &name)?;
    let history = server.packhouse.history(&Topic::Suite(name.clone()), HISTORY).await;
    let history = history_list(super::logged(history));
    let Some(row) = state.suites.get(&name).cloned() else {
        return Err(super::missing(&site, String::new()));
    };
    let suite = summary(&server, &state, &name, &row);
    let held = held(&server, &name, &row).await;
    let number = page_number(&values);
    Ok(rendered(move || {
        let paging = Paging::new(number, suite.releases as u64, SUITE_ROWS, &suite_path(name.as_str()), &[]);
        let rows = state
            .suite_projects(&name)
            .flat_map(|(project, placement)| placement.releases.values().map(move |placed| (project, placed)))
            .skip(((paging.page() - 1) * SUITE_ROWS) as usize)
            .take(SUITE_ROWS as usize)
            .map(|(project, placed)| ContentRow {
                project: project.to_string(),
                version: placed.release.version.to_string(),
                files: placed.files.len(),
                since: placed.since,
                serial: placed.serial,
                condition: state.conditions.get(&placed.release).map(|row| row.condition.word()),
            })
            .collect();
        let settings = &row.settings;
        SuitePage {
            environments: settings.environments.iter().map(|one| (one.name.clone(), one.may_lag)).collect(),
            profiles: settings.profiles.iter().map(|one| (one.name.clone(), one.requires.clone())).collect(),
            digest: state.contents_digest(&name).hex(),
            held,
            rows,
            paging,
            history,
            suite,
            site,
        }
        .render()
    })
    .await)
}

/// The fixes that a suite of the security lane holds back. Empty when that takes too long to find out: a page does not wait
/// for a resolver.
async fn held(server: &crate::Server, name: &SuiteName, row: &Suite) -> Vec<(String, Vec<String>)> {
    if row.settings.kind != SuiteKind::Security {
        return Vec::new();
    }
    let held = match tokio::time::timeout(PATIENCE, server.packhouse.held_fixes(name)).await {
        Ok(Ok(held)) => held,
        Ok(Err(error)) => {
            tracing::error!(error = %packhouse_app::error_chain(&error), suite = %name, "fixes were not checked");
            Vec::new()
        }
        Err(_) => Vec::new(),
    };
    let told = |one: &packhouse_app::Broken| {
        format!("{} by the index of {} ({}): {}", one.root, one.suite, one.environment, one.why.join("; "))
    };
    held.iter().map(|fix| (fix.release.to_string(), fix.breaks.iter().map(told).collect())).collect()
}

pub(crate) async fn snapshots(
    app: App,
    Path(name): Path<String>,
    values: Values,
) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let state = current(&server, &site).await?;
    let name = suite_named(&site, &state, &name)?;
    let Some(row) = state.suites.get(&name) else { return Err(super::missing(&site, String::new())) };
    let suite = summary(&server, &state, &name, row);
    let path = format!("{}/snapshots", suite_path(name.as_str()));
    let paging = Paging::new(page_number(&values), row.serial, SNAPSHOT_ROWS, &path, &[]);
    let all = SnapshotId::new(name.clone(), 0)..=SnapshotId::new(name.clone(), u64::MAX);
    let rows = state
        .snapshots
        .range(all)
        .rev()
        .skip(((paging.page() - 1) * SNAPSHOT_ROWS) as usize)
        .take(SNAPSHOT_ROWS as usize)
        .map(|(id, row)| snapshot_line(&server, id, row))
        .collect();
    Ok(super::super::page(SnapshotsPage { site, suite, rows, paging }.render()))
}

fn snapshot_line(server: &crate::Server, id: &SnapshotId, row: &SnapshotRow) -> SnapshotLine {
    let because = match &row.because {
        Because::Accepted => "reviews".to_owned(),
        Because::Migration => "a migration".to_owned(),
        Because::Release { entry } => format!("the release of entry {entry}"),
        Because::Withdrawal { entry } => format!("the withdrawal of entry {entry}"),
        Because::Retirement => "the retirement of what it takes out".to_owned(),
        Because::Rollback { to, reason, .. } => format!("a rollback to snapshot {to}: {reason}"),
        Because::Begin { from, serial, reason } => format!("a beginning with {from}@{serial}: {reason}"),
    };
    let left_out = match &row.because {
        Because::Rollback { left_out: Some(left_out), .. } => {
            left_out.iter().map(|left| (left.release.to_string(), left.why.words())).collect()
        }
        _ => Vec::new(),
    };
    SnapshotLine {
        left_out,
        serial: id.serial,
        at: row.at,
        entry: row.entry,
        because,
        adds: row.adds.iter().map(|listing| listing.release.to_string()).collect(),
        removes: row.removed.iter().map(|listing| listing.release.to_string()).collect(),
        url: address(server, &id.to_string()),
        digest: row.contents.hex(),
    }
}
