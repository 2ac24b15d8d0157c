//! The fast way: what is decided, rendered and in memory goes out without a router, a database or a disk.

use std::borrow::Cow;

use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, IF_NONE_MATCH, RANGE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use packhouse_app::{DEFAULT, FileKey, Kept, PageKey};
use packhouse_model::ProjectName;
use packhouse_pypi::negotiate::{encoding, negotiate};

use crate::Server;
use crate::headers::{file_headers, page_response, with};
use crate::http::{EdgeBody, matches_etag};
use crate::metrics::Class;

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
    let (index, rest) = match path.strip_prefix("/simple/") {
        Some(rest) => (&server.default_index, rest),
        None => {
            let (name, rest) = path.strip_prefix("/pypi/")?.split_once("/simple/")?;
            // Its pages link from `/simple/`: by this path they are a redirect.
            if name == DEFAULT {
                return None;
            }
            (&server.packhouse.index(name)?.name, rest)
        }
    };
    // A name that is not canonical is no key of the cache, and goes the long way to its redirect.
    let name = rest.strip_suffix('/').filter(|name| !name.is_empty() && !name.contains('/'))?;
    let key = page_key(index, ProjectName::from_canonical(name), headers, None);
    let page = server.packhouse.ready_page(&key)?;
    Some(page_response(headers, &key, &page, server.packhouse.now()))
}

/// Which representation of a page these headers ask for.
pub(crate) fn page_key(
    index: &packhouse_model::IndexName,
    project: ProjectName,
    headers: &HeaderMap,
    format: Option<&str>,
) -> PageKey {
    PageKey {
        index: index.clone(),
        project,
        format: negotiate(list(headers, &ACCEPT).as_deref(), format),
        encoding: encoding(list(headers, &ACCEPT_ENCODING).as_deref()),
    }
}

/// A header that is a list: several lines of it are one (RFC 9110 section 5.3).
fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Cow<'a, str>> {
    let mut lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let first = lines.next()?;
    Some(lines.fold(Cow::Borrowed(first), |list, line| Cow::Owned(format!("{list}, {line}"))))
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
    if headers.contains_key(IF_NONE_MATCH) && matches_etag(headers, &format!("\"{}\"", key.sha256)) {
        return Some(with(StatusCode::NOT_MODIFIED, response, EdgeBody::empty()));
    }
    response.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    Some(with(StatusCode::OK, response, bytes.clone().into()))
}
