//! The fast way: what is decided, rendered and in memory goes out without a router, a database or a disk.

use http::header::{CONTENT_LENGTH, RANGE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use packhouse_app::{DEFAULT, FileKey, Kept, PageKey};
use packhouse_model::ProjectName;

use crate::Server;
use crate::headers::{file_headers, has_file, page_response, with};
use crate::http::EdgeBody;
use crate::metrics::Class;
use crate::representation::{representation, representation_with};

/// The answer to a request, if it is one of the common ones and everything for it is in memory.
pub(crate) fn answer<B>(server: &Server, request: &Request<B>) -> Option<(Class, Response<EdgeBody>)> {
    if request.uri().query().is_some() || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let path = request.uri().path();
    if let Some(rest) = path.strip_prefix("/files/") {
        return file(server, rest, request.headers()).map(|response| (Class::File, response));
    }
    page(server, path, request.headers()).map(|response| (Class::Page, response))
}

fn page(server: &Server, path: &str, headers: &HeaderMap) -> Option<Response<EdgeBody>> {
    let named;
    let (index, rest) = match path.strip_prefix("/simple/") {
        Some(rest) => (&server.default_index, rest),
        None => {
            let (name, rest) = path.strip_prefix("/pypi/")?.split_once("/simple/")?;
            // Its pages link from `/simple/`: by this path they are a redirect.
            if name == DEFAULT {
                return None;
            }
            named = server.packhouse.index(name)?;
            (&named.name, rest)
        }
    };
    // A name that is not canonical is no key of the cache, and goes the long way to its redirect.
    let name = rest.strip_suffix('/').filter(|name| !name.is_empty() && !name.contains('/'))?;
    let key = page_key(index, ProjectName::from_canonical(name), headers, None);
    let page = server.packhouse.ready_page(&key)?;
    Some(page_response(headers, &key, &page, || server.packhouse.now()))
}

/// Which representation of a page these headers ask for.
pub(crate) fn page_key(
    index: &packhouse_model::IndexName,
    project: ProjectName,
    headers: &HeaderMap,
    format: Option<&str>,
) -> PageKey {
    let chosen = format.map(|format| representation_with(headers, format));
    let (format, encoding) = chosen.unwrap_or_else(|| representation(headers));
    PageKey { index: index.clone(), project, format, encoding }
}

fn file(server: &Server, rest: &str, headers: &HeaderMap) -> Option<Response<EdgeBody>> {
    let (hash, filename) = rest.split_once('/')?;
    // Escapes go the long way; a range of a small file does too.
    if filename.contains('%') || headers.contains_key(RANGE) {
        return None;
    }
    let key = FileKey { sha256: hash.parse().ok()?, filename: filename.into() };
    let answer = server.packhouse.ready_file(&key)?;
    let Kept::Memory(bytes) = &answer.content else { return None };
    let mut response = file_headers(&key.sha256, answer.uploaded);
    if has_file(headers, &response) {
        return Some(with(StatusCode::NOT_MODIFIED, response, EdgeBody::empty()));
    }
    response.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    Some(with(StatusCode::OK, response, bytes.clone().into()))
}
