//! The headers of what is served warm, the same from the fast way and from the router.

use std::fmt;
use std::io::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, AGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, LAST_MODIFIED, VARY, WARNING,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use httpdate::HttpDate;
use packhouse_app::{PageKey, RenderedList, RenderedPage, Stale};
use packhouse_model::{Sha256, Timestamp};
use packhouse_pypi::negotiate::{Encoding, Format};

use crate::http::{EdgeBody, matches_etag};

const LAST_SERIAL: HeaderName = HeaderName::from_static("x-pypi-last-serial");
const STALE: HeaderName = HeaderName::from_static("x-packhouse-stale");
const NOSNIFF: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));

/// Pages carry decisions, so a client asks each time; with the ETag that costs a 304.
const REVALIDATE: HeaderValue = HeaderValue::from_static("max-age=0, must-revalidate");
/// A file's bytes never change, but whether it may be handed out can: a day, not for ever.
const A_DAY: HeaderValue = HeaderValue::from_static("max-age=86400");

/// A document of the Simple API as it goes out: what its headers are made from, and its bytes.
struct Document<'a> {
    etag: &'a str,
    format: Format,
    encoding: Encoding,
    last_serial: Option<u64>,
    /// Why it is older than it should be, and the present moment.
    stale: Option<(&'a Stale, Timestamp)>,
    size: u64,
    body: EdgeBody,
}

/// A rendered page, or 304 if the client has it.
pub(crate) fn page_response(
    request: &HeaderMap,
    key: &PageKey,
    page: &RenderedPage,
    now: impl FnOnce() -> Timestamp,
) -> Response<EdgeBody> {
    Document {
        etag: &page.etag,
        format: key.format,
        encoding: key.encoding,
        last_serial: page.last_serial,
        stale: page.stale.as_ref().map(|stale| (stale, now())),
        size: page.body.len() as u64,
        body: page.body.clone().into(),
    }
    .answer(request)
}

/// A rendered list of projects, or 304 if the client has it.
pub(crate) fn list_response(request: &HeaderMap, key: &PageKey, list: &RenderedList) -> Response<EdgeBody> {
    let size = list.body.size();
    Document {
        etag: &list.etag,
        format: key.format,
        encoding: key.encoding,
        last_serial: list.last_serial,
        stale: None,
        size,
        body: EdgeBody::stream(list.body.stream(0..size), Some(size)),
    }
    .answer(request)
}

impl Document<'_> {
    fn answer(self, request: &HeaderMap) -> Response<EdgeBody> {
        let mut headers = HeaderMap::with_capacity(12);
        headers.extend(HeaderValue::try_from(self.etag).ok().map(|etag| (ETAG, etag)));
        headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
        headers.insert(CACHE_CONTROL, REVALIDATE);
        // pyodide and micropip ask from a browser.
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        if let Some(serial) = self.last_serial {
            headers.insert(LAST_SERIAL, HeaderValue::from(serial));
        }
        if let Some((stale, now)) = self.stale {
            headers.insert(AGE, HeaderValue::from(now.since(stale.checked).as_secs()));
            headers.insert(WARNING, HeaderValue::from_static("110 - \"Response is Stale\""));
            let text = format!("last confirmed {}: {}", stale.checked.minute(), stale.problem);
            headers.extend(printable(&text).map(|value| (STALE, value)));
        }
        if matches_etag(request, self.etag) {
            return with(StatusCode::NOT_MODIFIED, headers, EdgeBody::empty());
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.format.content_type()));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(self.size));
        let coding = self.encoding.header().map(HeaderValue::from_static);
        headers.extend(coding.map(|coding| (CONTENT_ENCODING, coding)));
        headers.extend([NOSNIFF]);
        with(StatusCode::OK, headers, self.body)
    }
}

/// The headers that every answer about a file has.
pub(crate) fn file_headers(sha256: &Sha256, uploaded: Option<Timestamp>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(12);
    headers.extend(sha256_etag(sha256).map(|etag| (ETAG, etag)));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, A_DAY);
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    if let Some(uploaded) = uploaded {
        headers.extend(http_date(uploaded).map(|date| (LAST_MODIFIED, date)));
    }
    headers.extend([NOSNIFF]);
    headers
}

/// Whether the client has the file whose headers these are, so that 304 will do.
pub(crate) fn has_file(request: &HeaderMap, file: &HeaderMap) -> bool {
    let etag = file.get(ETAG).and_then(|etag| etag.to_str().ok());
    request.contains_key(IF_NONE_MATCH) && etag.is_some_and(|etag| matches_etag(request, etag))
}

/// A file's hash in quotation marks.
fn sha256_etag(sha256: &Sha256) -> Option<HeaderValue> {
    let mut quoted = [b'"'; 66];
    hex::encode_to_slice(sha256.as_bytes(), &mut quoted[1..65]).ok()?;
    HeaderValue::from_bytes(&quoted).ok()
}

/// As [`Timestamp::http_date`] writes it, in less time: it is written for every file that goes out.
fn http_date(time: Timestamp) -> Option<HeaderValue> {
    match u64::try_from(time.seconds()) {
        Ok(seconds) => {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            written(format_args!("{}", HttpDate::from(time)))
        }
        // `httpdate` knows no time before 1970.
        Err(_) => HeaderValue::try_from(time.http_date()).ok(),
    }
}

/// A header's value of at most 64 bytes, with no other allocation than its own: the warm way makes several.
pub(crate) fn written(text: fmt::Arguments<'_>) -> Option<HeaderValue> {
    let mut bytes = [0; 64];
    let mut left = &mut bytes[..];
    left.write_fmt(text).ok()?;
    let length = 64 - left.len();
    HeaderValue::from_bytes(&bytes[..length]).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_its_hash_and_dated_by_its_upload() {
        let sha256 = Sha256::of(b"bytes");
        for time in [
            Timestamp::MIN,
            Timestamp::from_micros(-1),
            Timestamp::from_micros(0),
            Timestamp::from_micros(1_733_333_728_871_770),
            Timestamp::from_micros(951_782_400_000_000),
            Timestamp::MAX,
        ] {
            let headers = file_headers(&sha256, Some(time));
            assert_eq!(headers[LAST_MODIFIED], time.http_date());
            assert_eq!(headers[ETAG], format!("\"{sha256}\""));
        }
        assert!(!file_headers(&sha256, None).contains_key(LAST_MODIFIED));
    }

    #[test]
    fn what_is_too_long_or_no_value_is_not_written() {
        assert_eq!(written(format_args!("{}", "a".repeat(64))).expect("it fits"), "a".repeat(64));
        assert!(written(format_args!("{}", "a".repeat(65))).is_none());
        assert!(written(format_args!("a\nb")).is_none());
    }
}
