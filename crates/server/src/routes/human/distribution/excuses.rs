use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use packhouse_distribution::State;
use packhouse_distribution::state::Progress;
use packhouse_distribution::state::rows::{TransitionId, TransitionRow};
use packhouse_model::SuiteName;

use super::super::home::Values;
use super::super::{failed, site};
use super::{answered, current, missing, page_number, rendered, suite_named};
use crate::pages::Site;
use crate::pages::distribution::{ExcusesPage, SuiteExcuses, TransitionLine, suite_path};
use crate::routes::{App, Path, here};

/// `/excuses`: those of every suite that takes releases by migration.
pub(crate) async fn all(app: App) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    current(&server, &site).await?;
    let suites = server.packhouse.migrating_suites();
    show(&server, site, suites, 1, "/excuses".to_owned()).await
}

/// `/suites/<name>/excuses`.
pub(crate) async fn of_suite(
    app: App,
    Path(name): Path<String>,
    values: Values,
) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let suite = migrating(&server, &site, &name).await?;
    let path = format!("{}/excuses", suite_path(suite.as_str()));
    show(&server, site, vec![suite], page_number(&values), path).await
}

async fn migrating(server: &crate::Server, site: &Site, name: &str) -> Result<SuiteName, Response> {
    let state = current(server, site).await?;
    let suite = suite_named(site, &state, name)?;
    if server.packhouse.migrating_suites().contains(&suite) {
        return Ok(suite);
    }
    Err(missing(site, format!("nothing migrates to {suite}, so it has no excuses")))
}

async fn show(
    server: &crate::Server,
    site: Site,
    suites: Vec<SuiteName>,
    page: u64,
    path: String,
) -> Result<Response, Response> {
    let mut plans = Vec::new();
    let state = server.packhouse.distribution();
    for suite in suites {
        let plan = server.plans.plan(&server.packhouse, &suite).await;
        let plan = plan.map_err(|error| answered(failed(&site)(error)))?;
        let transitions = transitions(&state, &suite);
        plans.push(SuiteExcuses { suite: suite.to_string(), plan, transitions });
    }
    // With one suite, its own page is the one that has pages.
    let path = match plans.as_slice() {
        [one] => format!("{}/excuses", suite_path(&one.suite)),
        _ => path,
    };
    Ok(rendered(move || ExcusesPage { site, suites: plans, page, path }.render()).await)
}

fn transitions(state: &State, suite: &SuiteName) -> Vec<TransitionLine> {
    let line = |(id, row): (&TransitionId, &TransitionRow)| TransitionLine {
        name: id.name.clone(),
        by: row.by.to_string(),
        opened: row.opened,
        deadline: row.transition.deadline,
        reason: row.transition.reason.clone(),
        members: row
            .transition
            .members
            .iter()
            .map(|member| (member.to_string(), progress(state.progress(suite, member))))
            .collect(),
    };
    state.open_transitions(suite).map(line).collect()
}

fn progress(progress: Progress) -> &'static str {
    match progress {
        Progress::Done => "done",
        Progress::Waits => "waits",
        Progress::Missing => "missing",
    }
}

/// `/suites/<name>/excuses.json`.
pub(crate) async fn json(app: App, Path(name): Path<String>) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let suite = migrating(&server, &site, &name).await?;
    let plan = server.plans.plan(&server.packhouse, &suite).await;
    let plan = plan.map_err(|error| crate::routes::Problem(error).into_response())?;
    let body = serde_json::to_vec_pretty(&*plan).unwrap_or_default();
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], body).into_response())
}
