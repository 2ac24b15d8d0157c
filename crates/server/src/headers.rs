//! The headers of what is served warm, the same from the fast way and from the router.

use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, AGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_TYPE, ETAG, LAST_MODIFIED, VARY, WARNING,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use packhouse_app::{PageKey, RenderedPage};
use packhouse_model::{Sha256, Timestamp};
use packhouse_pypi::negotiate::Encoding;

use crate::http::{EdgeBody, matches_etag};

const LAST_SERIAL: HeaderName = HeaderName::from_static("x-pypi-last-serial");
const STALE: HeaderName = HeaderName::from_static("x-packhouse-stale");
const NOSNIFF: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));

/// Pages carry decisions, so a client asks each time; with the ETag that costs a 304.
const REVALIDATE: HeaderValue = HeaderValue::from_static("max-age=0, must-revalidate");
/// A file's bytes never change, but whether it may be handed out can: a day, not for ever.
const A_DAY: HeaderValue = HeaderValue::from_static("max-age=86400");

/// A rendered page, or 304 if the client has it.
pub(crate) fn page_response(
    request: &HeaderMap,
    key: &PageKey,
    page: &RenderedPage,
    now: Timestamp,
) -> Response<EdgeBody> {
    let mut headers = HeaderMap::with_capacity(12);
    if let Ok(etag) = HeaderValue::try_from(page.etag.as_str()) {
        headers.insert(ETAG, etag);
    }
    headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    headers.insert(CACHE_CONTROL, REVALIDATE);
    // pyodide and micropip ask from a browser.
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if let Some(serial) = page.last_serial {
        headers.insert(LAST_SERIAL, HeaderValue::from(serial));
    }
    if let Some(stale) = &page.stale {
        headers.insert(AGE, HeaderValue::from(now.since(stale.checked).as_secs()));
        headers.insert(WARNING, HeaderValue::from_static("110 - \"Response is Stale\""));
        let text = format!("last confirmed {}: {}", stale.checked.minute(), stale.problem);
        headers.extend(printable(&text).map(|value| (STALE, value)));
    }
    if matches_etag(request, &page.etag) {
        return with(StatusCode::NOT_MODIFIED, headers, EdgeBody::empty());
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(key.format.content_type()));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(page.body.len()));
    headers.extend(content_encoding(key.encoding).map(|value| (CONTENT_ENCODING, value)));
    headers.extend([NOSNIFF]);
    with(StatusCode::OK, headers, page.body.clone().into())
}

/// `Content-Encoding`, for what is encoded.
pub(crate) fn content_encoding(encoding: Encoding) -> Option<HeaderValue> {
    match encoding {
        Encoding::Identity => None,
        Encoding::Gzip => Some(HeaderValue::from_static("gzip")),
        Encoding::Zstd => Some(HeaderValue::from_static("zstd")),
    }
}

/// The headers that every answer about a file has.
pub(crate) fn file_headers(sha256: &Sha256, uploaded: Option<Timestamp>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(12);
    headers.extend(HeaderValue::try_from(format!("\"{sha256}\"")).ok().map(|etag| (ETAG, etag)));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, A_DAY);
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    if let Some(uploaded) = uploaded {
        headers.extend(HeaderValue::try_from(uploaded.http_date()).ok().map(|date| (LAST_MODIFIED, date)));
    }
    headers.extend([NOSNIFF]);
    headers
}

/// Puts an answer together.
pub(crate) fn with(status: StatusCode, headers: HeaderMap, body: EdgeBody) -> Response<EdgeBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn printable(text: &str) -> Option<HeaderValue> {
    let clean: String =
        text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(400).collect();
    HeaderValue::try_from(clean).ok()
}
