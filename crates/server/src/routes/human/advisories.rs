use axum::extract::Query;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use packhouse_app::AdvisoryFilter;

use super::home::Values;
use super::{Shown, failed, page, site};
use crate::pages::{AdvisoriesFilter, AdvisoriesPage, Paging};
use crate::routes::{App, here};

/// Each costs a look at every file of what it speaks of.
const PER_PAGE: u32 = 25;

pub(crate) async fn advisories(
    app: App,
    Query(values): Values,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let value = |name: &str| values.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let filter = AdvisoriesFilter { project: value("project"), kind: value("kind") };
    let number = value("page").parse::<u32>().unwrap_or(1).clamp(1, 1_000_000);
    let accept = headers.get(http::header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let as_json = value("format") == "json" || accept.starts_with("application/json");
    Ok(show(&server, filter, number, as_json).await.into_response())
}

async fn show(server: &crate::Server, filter: AdvisoriesFilter, number: u32, as_json: bool) -> Shown {
    let (site, packhouse) = (site(server, None), &server.packhouse);
    let wanted = AdvisoryFilter {
        malware: filter.kind == "malware",
        // A text that is no name matches nothing, rather than everything.
        project: (!filter.project.is_empty()).then(|| {
            packhouse_pypi::normalize(&filter.project)
                .unwrap_or_else(|_| packhouse_model::ProjectName::from_canonical(&filter.project))
        }),
    };
    let total = packhouse.count_advisories(&wanted).await.map_err(failed(&site))?;
    let advisories = packhouse.advisories_here(&wanted, PER_PAGE, (number - 1) * PER_PAGE).await;
    let advisories = advisories.map_err(failed(&site))?;
    let status = packhouse.advisory_status().await.map_err(failed(&site))?;
    if as_json {
        let text =
            serde_json::json!({ "total": total, "page": number, "advisories": advisories, "status": status });
        return Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text.to_string())
            .into_response());
    }
    let view = AdvisoriesPage {
        paging: Paging::new(u64::from(number), total, u64::from(PER_PAGE), "/advisories", &filter.query()),
        advisories,
        total,
        status,
        filter,
        site,
    };
    Ok(page(view.render()))
}
