use axum::extract::Query;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use packhouse_app::{ALL_RULES, AuditRow, RefusalFilter, why_id};

use super::home::Values;
use super::{Shown, failed, page, site};
use crate::pages::{AuditFilter, AuditPage, ExceptionRow, Paging, RefusalRow, why_path};
use crate::routes::{App, here};

const PER_PAGE: u32 = 50;

pub(crate) async fn audit(app: App, Query(values): Values, headers: HeaderMap) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let value = |name: &str| values.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let filter = AuditFilter { index: value("index"), project: value("project"), rule: value("rule") };
    let number = value("page").parse::<u32>().unwrap_or(1).clamp(1, 1_000_000);
    let accept = headers.get(http::header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let as_json = value("format") == "json" || accept.starts_with("application/json");
    Ok(show(&server, filter, number, as_json).await.into_response())
}

async fn show(server: &crate::Server, filter: AuditFilter, number: u32, as_json: bool) -> Shown {
    let site = site(server, None);
    let wanted = RefusalFilter {
        index: filter.index.parse().ok(),
        // A text that is no name matches nothing, rather than everything.
        project: (!filter.project.is_empty()).then(|| {
            packhouse_pypi::normalize(&filter.project)
                .unwrap_or_else(|_| packhouse_model::ProjectName::from_canonical(&filter.project))
        }),
        rule: Some(filter.rule.clone()).filter(|rule| !rule.is_empty()),
    };
    let found = server.packhouse.refusals(&wanted, number - 1, PER_PAGE).await.map_err(failed(&site))?;
    if as_json {
        let rows: Vec<_> = found.refusals.iter().map(|row| json_row(server, row)).collect();
        let text = serde_json::json!({ "total": found.total, "page": number, "refusals": rows, "exceptions": json_exceptions(server) });
        return Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text.to_string())
            .into_response());
    }
    let mut exceptions: Vec<ExceptionRow> = server
        .packhouse
        .exceptions()
        .into_iter()
        .map(|(exception, indexes)| ExceptionRow {
            what: exception.what.to_string(),
            indexes: indexes.iter().map(ToString::to_string).collect(),
            rules: exception.rules,
            reason: exception.reason,
            author: exception.author,
            ends: exception.until,
        })
        .collect();
    exceptions.sort_by_key(|exception| (exception.ends <= site.now, exception.ends));
    let view = AuditPage {
        paging: Paging::new(u64::from(number), found.total, u64::from(PER_PAGE), "/audit", &filter.query()),
        indexes: server.packhouse.indexes().map(|index| index.name.to_string()).collect(),
        rules: ALL_RULES.iter().map(|(rule, _)| (*rule).to_owned()).collect(),
        refusals: found.refusals.iter().map(|row| refusal_row(server, row)).collect(),
        total: found.total,
        exceptions,
        filter,
        site,
    };
    Ok(page(view.render()))
}

fn id(server: &crate::Server, row: &AuditRow) -> String {
    let what = &row.what;
    match server.packhouse.index(what.index.as_str()) {
        Some(index) => why_id(&index, &what.project, what.version.as_deref()),
        // The index has left the configuration since.
        None => what.project.to_string(),
    }
}

fn refusal_row(server: &crate::Server, row: &AuditRow) -> RefusalRow {
    RefusalRow {
        first: row.first,
        last: row.last,
        times: row.times,
        index: row.what.index.to_string(),
        project: row.what.project.to_string(),
        version: row.what.version.clone(),
        file: row.what.filename.clone(),
        rule: row.what.rule.clone(),
        sentence: row.what.sentence.clone(),
        why: why_path(&id(server, row)),
    }
}

fn json_row(server: &crate::Server, row: &AuditRow) -> serde_json::Value {
    serde_json::json!({
        "first": row.first, "last": row.last, "times": row.times, "index": row.what.index.as_str(),
        "project": row.what.project.as_str(), "version": row.what.version, "filename": row.what.filename,
        "sha256": row.what.sha256, "rule": row.what.rule, "sentence": row.what.sentence, "why": why_path(&id(server, row)),
    })
}

fn json_exceptions(server: &crate::Server) -> Vec<serde_json::Value> {
    let all = server.packhouse.exceptions().into_iter();
    all.map(|(exception, indexes)| {
        let indexes: Vec<String> = indexes.iter().map(ToString::to_string).collect();
        serde_json::json!({ "exception": exception, "indexes": indexes })
    })
    .collect()
}
