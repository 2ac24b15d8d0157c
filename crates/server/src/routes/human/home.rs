use std::collections::HashMap;

use axum::extract::Query;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::LOCATION;
use packhouse_app::{AppError, Index, OriginHealth, Packhouse, UpstreamStatus};
use packhouse_model::Timestamp;

use super::{Shown, failed, page, site};
use crate::pages::{
    CacheState, Health, HomePage, IndexLine, IndexPolicy, PolicyPage, PolicyRule, RuleLine, UpstreamState,
    home_path, project_path,
};
use crate::routes::{App, here};

/// The values of a query.
pub(crate) type Values = Query<HashMap<String, String>>;

fn value<'a>(values: &'a HashMap<String, String>, name: &str) -> Option<&'a str> {
    values.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// The whole address of an index, as a client needs it.
fn address(packhouse: &Packhouse, index: &Index) -> String {
    format!("{}{}", packhouse.public_url, index.path())
}

/// An index's rules in one line: what differs between indexes first.
fn summary(index: &Index) -> String {
    if !index.description.is_empty() {
        return index.description.clone();
    }
    let rules = index.policy.describe();
    let first = rules.iter().find(|(rule, _)| *rule == "cooldown").map(|(_, sentence)| sentence.clone());
    first.unwrap_or_default()
}

fn default_first(packhouse: &Packhouse) -> Vec<&Index> {
    let mut indexes: Vec<&Index> = packhouse.indexes().map(AsRef::as_ref).collect();
    indexes.sort_by_key(|index| !index.is_default());
    indexes
}

pub(crate) async fn home(app: App, Query(values): Values) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let wanted = value(&values, "index");
    Ok(show_home(&server, wanted).await.into_response())
}

async fn show_home(server: &crate::Server, wanted: Option<&str>) -> Shown {
    let site = site(server, wanted);
    let packhouse = &server.packhouse;
    let missing =
        || AppError::NotFound { what: format!("there is no index {}", super::super::cut(&site.index)) };
    let current = packhouse.index(&site.index).ok_or_else(|| failed(&site)(missing()))?;
    let status = packhouse.status().await.map_err(failed(&site))?;
    let indexes = default_first(packhouse);
    let view = HomePage {
        indexes: indexes
            .iter()
            .map(|index| IndexLine {
                name: index.name.to_string(),
                url: address(packhouse, index),
                policy: summary(index),
                current: index.name == current.name,
            })
            .collect(),
        upstreams: status.upstreams.iter().map(|upstream| upstream_state(upstream, site.now)).collect(),
        cache: CacheState {
            projects: status.projects,
            files: status.files,
            bytes: status.bytes,
            limit: Some(status.limit),
            hits: status.hits,
            misses: status.misses,
            jobs_waiting: status.jobs,
        },
        rules: rules(&current),
        distribution: super::distribution::section(server, &packhouse.distribution()),
        site,
    };
    Ok(page(view.render()))
}

fn rules(index: &Index) -> Vec<RuleLine> {
    let rules = index.policy.describe().into_iter();
    rules.map(|(rule, sentence)| RuleLine { rule: rule.to_owned(), sentence }).collect()
}

fn upstream_state(upstream: &UpstreamStatus, now: Timestamp) -> UpstreamState {
    let at = |ago: std::time::Duration| {
        Timestamp::from_micros(now.micros() - i64::try_from(ago.as_micros()).unwrap_or(i64::MAX))
    };
    let health: &OriginHealth = &upstream.health.index;
    let last_failure = health.last_failure.clone();
    UpstreamState {
        name: upstream.name.clone(),
        address: upstream.address.clone(),
        health: match (health.consecutive_failures, health.since_success) {
            (0, None) => Health::Unknown,
            (0, Some(_)) => Health::Answering,
            (failures, _) => Health::Failing(failures),
        },
        last_success: health.since_success.map(at),
        last_error: health.since_failure.map(at).zip(last_failure),
    }
}

pub(crate) async fn policy(app: App) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let packhouse = &server.packhouse;
    let site = site(&server, None);
    let indexes = default_first(packhouse);
    let view = PolicyPage {
        indexes: indexes
            .iter()
            .map(|index| IndexPolicy {
                name: index.name.to_string(),
                summary: summary(index),
                url: address(packhouse, index),
                upstream: Some(index.upstream.to_string()),
                rules: rules(index)
                    .into_iter()
                    .map(|line| PolicyRule {
                        rule: line.rule,
                        sentence: line.sentence,
                        parameters: Vec::new(),
                    })
                    .collect(),
                exceptions: index
                    .policy
                    .exceptions()
                    .iter()
                    .filter(|exception| site.now < exception.until)
                    .count() as u64,
            })
            .collect(),
        site,
    };
    Ok(page(view.render()))
}

/// The search box: a project's name leads to its page.
pub(crate) async fn search(app: App, Query(values): Values) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, value(&values, "index"));
    let Some(name) = value(&values, "project").or_else(|| value(&values, "q")) else {
        return Ok(see(&home_path(&site.index)));
    };
    match packhouse_pypi::normalize(name) {
        Ok(name) => Ok(see(&project_path(name.as_str(), &site.index))),
        Err(error) => Err(failed(&site)(AppError::BadRequest { what: error.to_string() }).into_response()),
    }
}

fn see(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, path.to_owned())]).into_response()
}
