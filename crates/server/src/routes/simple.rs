//! The Simple API: PEP 503, 691, 700 and those that followed.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::Query;
use axum::response::Response;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use packhouse_app::Index;

use super::{Answer, App, Path, here, index_named, project_named, routed};
use crate::fast::page_key;
use crate::headers::{list_response, page_response, with};
use crate::http::EdgeBody;

type Parameters = Query<HashMap<String, String>>;

pub(crate) async fn page(
    app: App,
    Path(name): Path<String>,
    query: Parameters,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let server = here(app)?;
    let index = Arc::clone(server.packhouse.default_index()?);
    send_page(&server, &index, &name, &query, &uri, &headers).await
}

pub(crate) async fn index_page(
    app: App,
    Path((index, name)): Path<(String, String)>,
    query: Parameters,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let server = here(app)?;
    let index = index_named(&server, &index)?;
    if index.is_default() {
        return Ok(redirect(&format!("{}{}/", index.path(), project_named(&name)?), &uri));
    }
    send_page(&server, &index, &name, &query, &uri, &headers).await
}

async fn send_page(
    server: &crate::Server,
    index: &Arc<Index>,
    name: &str,
    query: &HashMap<String, String>,
    uri: &Uri,
    headers: &HeaderMap,
) -> Answer {
    let project = project_named(name)?;
    // PEP 503: other spellings lead to the normalised one.
    if project.as_str() != name {
        return Ok(redirect(&format!("{}{project}/", index.path()), uri));
    }
    let key = page_key(&index.name, project, headers, query.get("format").map(String::as_str));
    let page = server.packhouse.page(index, &key).await?;
    Ok(routed(page_response(headers, &key, &page, || server.packhouse.now())))
}

pub(crate) async fn to_page(Path(name): Path<String>, uri: Uri) -> Answer {
    Ok(redirect(&format!("/simple/{}/", project_named(&name)?), &uri))
}

pub(crate) async fn to_index_page(app: App, Path((index, name)): Path<(String, String)>, uri: Uri) -> Answer {
    let server = here(app)?;
    let index = index_named(&server, &index)?;
    Ok(redirect(&format!("{}{}/", index.path(), project_named(&name)?), &uri))
}

pub(crate) async fn to_list(uri: Uri) -> Response {
    redirect(&format!("{}/", uri.path()), &uri)
}

/// A permanent redirect on this server: never to the upstream, and so around the policy.
fn redirect(path: &str, uri: &Uri) -> Response {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut headers = HeaderMap::new();
    if let Ok(location) = HeaderValue::try_from(format!("{path}{query}")) {
        headers.insert(LOCATION, location);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    routed(with(StatusCode::MOVED_PERMANENTLY, headers, EdgeBody::empty()))
}

pub(crate) async fn list(app: App, query: Parameters, headers: HeaderMap) -> Answer {
    let server = here(app)?;
    let index = Arc::clone(server.packhouse.default_index()?);
    send_list(&server, &index, &query, &headers).await
}

pub(crate) async fn index_list(
    app: App,
    Path(index): Path<String>,
    query: Parameters,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let server = here(app)?;
    let index = index_named(&server, &index)?;
    if index.is_default() {
        return Ok(redirect(&index.path(), &uri));
    }
    send_list(&server, &index, &query, &headers).await
}

/// The list of all projects. It can have a million names, so it comes from the disk, not from memory.
async fn send_list(
    server: &crate::Server,
    index: &Arc<Index>,
    query: &HashMap<String, String>,
    request: &HeaderMap,
) -> Answer {
    let unnamed = packhouse_model::ProjectName::from_canonical("");
    let key = page_key(&index.name, unnamed, request, query.get("format").map(String::as_str));
    let list = server.packhouse.project_list(index, key.format, key.encoding).await?;
    Ok(routed(list_response(request, &key, &list)))
}
