//! What rules go by beside pages: words about names, advisories, and who got what one of them speaks of.

use http::{HeaderMap, StatusCode, Uri};
use packhouse_app::{AdvisoryFilter, AdvisoryView, TokenScope};
use serde::Serialize;

use super::{ApiAnswer, Params, created, json, tokens};
use crate::routes::{App, Path, here, project_named};

/// `GET names`.
pub(super) async fn names(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    json(&headers, &server.packhouse.name_words().await?)
}

/// `GET advisories`.
pub(super) async fn advisories(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["project", "malware", "after", "limit"])?;
    let filter = AdvisoryFilter {
        malware: params.get("malware").is_some_and(|value| value != "false"),
        project: params.get("project").map(project_named).transpose()?,
    };
    let offset = u32::try_from(params.number("after", 0)?).unwrap_or(u32::MAX);
    let limit = params.limit(100, 500)?;
    json(&headers, &server.packhouse.advisories(&filter, limit as u32, offset).await?)
}

/// `GET advisory-sources`.
pub(super) async fn sources(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    json(&headers, &server.packhouse.advisory_status().await?)
}

#[derive(Serialize)]
struct AdvisoryDocument {
    advisory: AdvisoryView,
    record: serde_json::Value,
}

/// `GET advisories/{id}`.
pub(super) async fn advisory(app: App, Path(id): Path<String>, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let (advisory, record) = server.packhouse.advisory(&id).await?;
    json(&headers, &AdvisoryDocument { advisory, record })
}

/// `GET advisories/{id}/served`. Behind a token: where clients are kept, it names them.
pub(super) async fn served(app: App, Path(id): Path<String>, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    tokens::need(&server, &headers, TokenScope::Read).await?;
    Params::read(&uri, &[])?;
    created(StatusCode::OK, &server.packhouse.served_by_advisory(&id).await?)
}
