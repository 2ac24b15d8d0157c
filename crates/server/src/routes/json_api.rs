//! The JSON API, for Renovate, Dependabot and the like: the upstream's documents through the same decisions.

use std::sync::Arc;

use axum::response::Response;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, StatusCode};
use packhouse_app::Index;
use packhouse_model::Sha256;

use super::{Answer, App, Path, here, index_named, project_named, routed};
use crate::headers::with;
use crate::http::{EdgeBody, matches_etag};

pub(crate) async fn project(app: App, Path(name): Path<String>, headers: HeaderMap) -> Answer {
    let server = here(app)?;
    let index = Arc::clone(server.packhouse.default_index()?);
    send(&server, &index, &name, None, &headers).await
}

pub(crate) async fn release(
    app: App,
    Path((name, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let server = here(app)?;
    let index = Arc::clone(server.packhouse.default_index()?);
    send(&server, &index, &name, Some(&version), &headers).await
}

pub(crate) async fn index_project(
    app: App,
    Path((index, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let server = here(app)?;
    let index = index_named(&server, &index)?;
    send(&server, &index, &name, None, &headers).await
}

pub(crate) async fn index_release(
    app: App,
    Path((index, name, version)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer {
    let server = here(app)?;
    let index = index_named(&server, &index)?;
    send(&server, &index, &name, Some(&version), &headers).await
}

async fn send(
    server: &crate::Server,
    index: &Arc<Index>,
    name: &str,
    version: Option<&str>,
    request: &HeaderMap,
) -> Answer {
    let project = project_named(name)?;
    let body = server.packhouse.json_document(index, &project, version).await?;
    let etag = format!("\"{}\"", &Sha256::of(&body).hex()[..32]);
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::try_from(etag.as_str()).ok().map(|value| (ETAG, value)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=0, must-revalidate"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if matches_etag(request, &etag) {
        let response: Response = routed(with(StatusCode::NOT_MODIFIED, headers, EdgeBody::empty()));
        return Ok(response);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    Ok(routed(with(StatusCode::OK, headers, body.into())))
}
