//! Files, and what stands beside them: metadata (PEP 658), provenance (PEP 740), signatures.

use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, RANGE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use packhouse_app::{AppError, FileAnswer, FileKey, Kept, KnownAnswer, Sidecar};
use packhouse_model::Sha256;

use super::{Answer, App, Path, Problem, cut, here, routed};
use crate::headers::{file_headers, has_file, with};
use crate::http::{Asked, EdgeBody, asked_range, matches_etag, range_still_holds, simple_problem};

pub(crate) async fn file(
    app: App,
    Path((hash, name)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let server = here(app)?;
    let missing =
        || AppError::NotFound { what: format!("There is no file {} under {}.", cut(&name), cut(&hash)) };
    if hash == "unknown" {
        return Err(Problem(server.packhouse.refuse_unknown_file(&name).await));
    }
    let sha256: Sha256 = hash.parse().map_err(|_| Problem(missing()))?;
    let key = |filename: &str| FileKey { sha256, filename: filename.into() };
    if let Some(filename) = name.strip_suffix(".metadata") {
        let body = server.packhouse.core_metadata(&key(filename)).await?;
        let bytes = body.bytes.ok_or_else(|| Problem(missing()))?;
        return Ok(small(&headers, bytes, body.sha256, "application/octet-stream"));
    }
    if let Some(filename) = name.strip_suffix(".provenance") {
        let bytes = server.packhouse.sidecar(&key(filename), Sidecar::Provenance).await?;
        let digest = Sha256::of(&bytes);
        return Ok(small(&headers, bytes, digest, "application/vnd.pypi.integrity.v1+json"));
    }
    if let Some(filename) = name.strip_suffix(".asc") {
        let bytes = server.packhouse.sidecar(&key(filename), Sidecar::Signature).await?;
        let digest = Sha256::of(&bytes);
        return Ok(small(&headers, bytes, digest, "application/pgp-signature"));
    }
    let key = key(&name);
    if matches_etag(&headers, &format!("\"{sha256}\"")) {
        // Decided on like any other request; only the bytes are not needed.
        let (_, uploaded) = server.packhouse.file_facts(&key).await?;
        let headers = file_headers(&sha256, uploaded);
        return Ok(routed(with(StatusCode::NOT_MODIFIED, headers, EdgeBody::empty())));
    }
    if method == Method::HEAD {
        return head(&server, &key).await;
    }
    // A part of a file is proved right only with the whole of it, so all of it has to be here first.
    if headers.contains_key(RANGE) {
        let answer = server.packhouse.whole_file(&key).await?;
        let found = match part(&headers, &key, &answer).await {
            Ok(response) => response,
            Err(error) => {
                server.packhouse.look_again(&key, error)?;
                let answer = server.packhouse.whole_file(&key).await?;
                part(&headers, &key, &answer).await?
            }
        };
        return Ok(found);
    }
    let mut found = server.packhouse.file(&key).await?;
    if let FileAnswer::Known(answer) = &found {
        match whole(&headers, &key, answer).await {
            Ok(response) => return Ok(response),
            Err(error) => server.packhouse.look_again(&key, error)?,
        }
        found = server.packhouse.file(&key).await?;
    }
    match found {
        FileAnswer::Known(answer) => Ok(whole(&headers, &key, &answer).await?),
        FileAnswer::Arriving(arriving) => {
            let mut response = file_headers(&key.sha256, arriving.uploaded);
            let size = arriving.size;
            response.insert(CONTENT_LENGTH, HeaderValue::from(size));
            Ok(routed(with(StatusCode::OK, response, EdgeBody::stream(arriving.stream(), Some(size)))))
        }
    }
}

async fn head(server: &crate::Server, key: &FileKey) -> Answer {
    let (size, uploaded) = server.packhouse.file_facts(key).await?;
    let mut headers = file_headers(&key.sha256, uploaded);
    headers.extend(size.map(|size| (CONTENT_LENGTH, HeaderValue::from(size))));
    Ok(routed(with(StatusCode::OK, headers, EdgeBody::empty())))
}

async fn whole(request: &HeaderMap, key: &FileKey, answer: &KnownAnswer) -> Result<Response, AppError> {
    let mut headers = file_headers(&key.sha256, answer.uploaded);
    if has_file(request, &headers) {
        return Ok(routed(with(StatusCode::NOT_MODIFIED, headers, EdgeBody::empty())));
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(answer.content.size()));
    let body = bytes_of(answer, 0..answer.content.size()).await?;
    Ok(routed(with(StatusCode::OK, headers, body)))
}

async fn part(request: &HeaderMap, key: &FileKey, answer: &KnownAnswer) -> Result<Response, AppError> {
    let mut headers = file_headers(&key.sha256, answer.uploaded);
    let size = answer.content.size();
    let wanted = request.get(RANGE).and_then(|value| value.to_str().ok());
    let asked = if range_still_holds(request, &headers) { asked_range(wanted, size) } else { Asked::Whole };
    match asked {
        Asked::Whole => whole(request, key, answer).await,
        Asked::Outside => {
            let detail = format!(
                "The file has {size} bytes; the range {} lies outside.",
                cut(wanted.unwrap_or_default())
            );
            let mut response =
                simple_problem(StatusCode::RANGE_NOT_SATISFIABLE, "Range not satisfiable", &detail);
            response.headers_mut().extend(content_range(&format!("bytes */{size}")));
            Ok(routed(response))
        }
        Asked::Part(range) => {
            headers.extend(content_range(&format!("bytes {}-{}/{size}", range.start, range.end - 1)));
            headers.insert(CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
            Ok(routed(with(StatusCode::PARTIAL_CONTENT, headers, bytes_of(answer, range).await?)))
        }
    }
}

fn content_range(text: &str) -> Option<(http::HeaderName, HeaderValue)> {
    HeaderValue::try_from(text).ok().map(|value| (CONTENT_RANGE, value))
}

/// Opened before the head goes out, so that an object store that fails still gets an answer of its own.
async fn bytes_of(answer: &KnownAnswer, range: std::ops::Range<u64>) -> Result<EdgeBody, AppError> {
    match &answer.content {
        // In range: the file is in memory, so its size is a usize.
        Kept::Memory(bytes) => Ok(bytes.slice(range.start as usize..range.end as usize).into()),
        Kept::Disk(_) => {
            let size = range.end - range.start;
            Ok(EdgeBody::stream(answer.open(range).await?, Some(size)))
        }
    }
}

/// A small document with its own hash as validator.
fn small(request: &HeaderMap, bytes: Bytes, digest: Sha256, content_type: &'static str) -> Response {
    let etag = format!("\"{digest}\"");
    let mut headers = file_headers(&digest, None);
    // What is beside a file may change: other attestations may come.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=600"));
    headers.extend(HeaderValue::try_from(etag.as_str()).ok().map(|value| (ETAG, value)));
    if matches_etag(request, &etag) {
        return routed(with(StatusCode::NOT_MODIFIED, headers, EdgeBody::empty()));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    routed(with(StatusCode::OK, headers, bytes.into()))
}
