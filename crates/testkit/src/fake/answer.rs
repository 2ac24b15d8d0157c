//! What the upstream answers when nothing is wrong with it.

use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, LOCATION, RANGE, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use packhouse_model::{Sha256, Timestamp};

use super::api;
use super::fault::Lie;
use super::page::{Wanted, project_list, project_page};
use super::project::File;
use super::settings::Dialect;
use super::state::State;
use crate::build::normalize;

const LAST_SERIAL: HeaderName = HeaderName::from_static("x-pypi-last-serial");

/// Answers a request from the state, lying if asked.
pub(super) fn answer<B>(
    state: &State,
    base: &str,
    request: &Request<B>,
    lie: Option<Lie>,
) -> Response<Bytes> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD");
    }
    let site = Site { state, base, headers: request.headers(), lie };
    let path = request.uri().path();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let found = match segments.as_slice() {
        ["simple", ""] => Some(site.list()),
        ["simple", name] => Some(redirect(name)),
        ["simple", name, ""] if *name != normalize(name) => Some(redirect(name)),
        ["simple", name, ""] => site.page(name),
        ["pypi", name, "json"] => site.project_json(name),
        ["pypi", name, version, "json"] => site.version_json(name, version),
        ["integrity", name, version, filename, "provenance"] => site.provenance(name, version, filename),
        // Some upstreams put `packages` there twice.
        ["packages", "packages", ..] => site.file(&path["/packages".len()..]),
        ["packages", ..] => site.file(path),
        _ => None,
    };
    found.unwrap_or_else(|| text(StatusCode::NOT_FOUND, "not found"))
}

/// A short answer in plain text.
pub(super) fn text(status: StatusCode, words: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(words.as_bytes()));
    *response.status_mut() = status;
    put(&mut response, CONTENT_TYPE, "text/plain; charset=utf-8");
    response
}

pub(super) fn put<T>(response: &mut Response<T>, name: HeaderName, value: &str) {
    let value = HeaderValue::from_str(value).unwrap_or_else(|_| panic!("{value:?} cannot stand in a header"));
    response.headers_mut().insert(name, value);
}

fn redirect(name: &str) -> Response<Bytes> {
    let mut response = text(StatusCode::MOVED_PERMANENTLY, "moved");
    put(&mut response, LOCATION, &format!("/simple/{}/", normalize(name)));
    response
}

struct Site<'a> {
    state: &'a State,
    base: &'a str,
    headers: &'a HeaderMap,
    lie: Option<Lie>,
}

impl Site<'_> {
    fn header(&self, name: &HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    fn wanted(&self) -> Wanted {
        let accepts_json = self.header(&ACCEPT).contains("application/vnd.pypi.simple.v1+json");
        Wanted { dialect: self.state.settings.dialect, accepts_json }
    }

    fn list(&self) -> Response<Bytes> {
        let wanted = self.wanted();
        let page = project_list(self.state.projects.keys().map(String::as_str), wanted);
        self.finish_page(page, wanted.content_type(), self.state.serial)
    }

    fn page(&self, name: &str) -> Option<Response<Bytes>> {
        let (project, wanted) = (self.state.projects.get(name)?, self.wanted());
        let page = match (&project.recorded, wanted.dialect, self.lie) {
            (Some(recorded), Dialect::Html, None) => {
                self.live(if wanted.accepts_json { &recorded.dated_html } else { &recorded.html })
            }
            _ => project_page(project, &project.rows(self.base, &self.state.settings, self.lie), wanted),
        };
        Some(self.finish_page(page, wanted.content_type(), project.serial))
    }

    fn project_json(&self, name: &str) -> Option<Response<Bytes>> {
        let project = self.state.projects.get(name).filter(|_| self.state.settings.project_json)?;
        let document = match (&project.recorded, self.lie) {
            (Some(recorded), None) => self.live(&recorded.json),
            _ => api::document(project, &project.rows(self.base, &self.state.settings, self.lie), None)?,
        };
        Some(self.finish_page(document, "application/json", project.serial))
    }

    fn version_json(&self, name: &str, version: &str) -> Option<Response<Bytes>> {
        let project = self.state.projects.get(name).filter(|_| self.state.settings.version_json)?;
        let rows = project.rows(self.base, &self.state.settings, self.lie);
        let document = api::document(project, &rows, Some(version))?;
        Some(self.finish_page(document, "application/json", project.serial))
    }

    /// Recorded text with this server in the place of the upstream's hosts.
    fn live(&self, recorded: &str) -> String {
        recorded
            .replace("https://files.upstream.invalid", self.base)
            .replace("https://upstream.invalid", self.base)
    }

    fn finish_page(&self, page: String, content_type: &str, serial: u64) -> Response<Bytes> {
        let settings = &self.state.settings;
        let mut body = Bytes::from(page);
        let mut head = HeaderMap::new();
        head.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
        if settings.gzip && self.header(&ACCEPT_ENCODING).contains("gzip") {
            head.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&body).expect("writing to memory cannot fail");
            body = encoder.finish().expect("writing to memory cannot fail").into();
        }
        if settings.last_serial {
            head.insert(LAST_SERIAL, serial.into());
        }
        let etag = format!("\"{}\"", Sha256::of(&body));
        // One second per change after a fixed moment: strictly increasing without a clock.
        let modified = Timestamp::from_micros((1_760_000_000 + serial as i64) * 1_000_000).http_date();
        let mut response = if settings.validators && self.unchanged(&etag, &modified) {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else {
            let mut response = Response::new(body);
            put(&mut response, CONTENT_TYPE, content_type);
            response
        };
        response.headers_mut().extend(head);
        if settings.validators {
            put(&mut response, ETAG, &etag);
            put(&mut response, LAST_MODIFIED, &modified);
        }
        response
    }

    /// RFC 9110 section 13.2.2: `If-Modified-Since` counts only without `If-None-Match`.
    fn unchanged(&self, etag: &str, modified: &str) -> bool {
        let wanted = self.header(&IF_NONE_MATCH);
        if wanted.is_empty() {
            return self.header(&IF_MODIFIED_SINCE) == modified;
        }
        wanted == "*" || wanted.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
    }

    fn provenance(&self, name: &str, version: &str, filename: &str) -> Option<Response<Bytes>> {
        let files = &self.state.projects.get(name)?.files;
        let file = files.iter().find(|file| file.filename == filename && file.version == version)?;
        let mut response = Response::new(Bytes::from(file.provenance.as_ref()?.to_string()));
        put(&mut response, CONTENT_TYPE, "application/vnd.pypi.integrity.v1+json");
        Some(response)
    }

    fn file(&self, path: &str) -> Option<Response<Bytes>> {
        let filename = percent_decoded(path.rsplit('/').next()?);
        if let Some((_, file)) = self.state.find(&filename).filter(|(_, file)| is_at(file, path)) {
            return Some(self.bytes_of(file.bytes.clone()?, "application/octet-stream", file));
        }
        let (_, file) = self.state.find(filename.strip_suffix(".metadata")?)?;
        if !self.state.settings.metadata_files || !is_at(file, path.strip_suffix(".metadata")?) {
            return None;
        }
        Some(self.bytes_of(file.metadata.clone()?, "application/octet-stream", file))
    }

    fn bytes_of(&self, body: Bytes, content_type: &str, file: &File) -> Response<Bytes> {
        let settings = &self.state.settings;
        let etag = format!("\"{}\"", Sha256::of(&body));
        let modified = file.uploaded.unwrap_or(Timestamp::from_micros(0)).http_date();
        if settings.validators && self.unchanged(&etag, &modified) {
            let mut response = text(StatusCode::NOT_MODIFIED, "");
            put(&mut response, ETAG, &etag);
            return response;
        }
        let fresh = ["", etag.as_str(), modified.as_str()].contains(&self.header(&IF_RANGE));
        let range = Some(self.header(&RANGE)).filter(|_| settings.ranges && fresh);
        let total = body.len();
        let mut response = match range.map_or(Range::Whole, |range| Range::parse(range, total)) {
            Range::Whole => Response::new(body),
            Range::Part(start, end) => {
                let mut response = Response::new(body.slice(start..end));
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                put(&mut response, CONTENT_RANGE, &format!("bytes {start}-{}/{total}", end - 1));
                response
            }
            Range::Outside => {
                let mut response = text(StatusCode::RANGE_NOT_SATISFIABLE, "outside");
                put(&mut response, CONTENT_RANGE, &format!("bytes */{total}"));
                response
            }
        };
        put(&mut response, CONTENT_TYPE, content_type);
        if settings.ranges {
            put(&mut response, ACCEPT_RANGES, "bytes");
        }
        if settings.validators {
            put(&mut response, ETAG, &etag);
            put(&mut response, LAST_MODIFIED, &modified);
        }
        response
    }
}

fn is_at(file: &File, path: &str) -> bool {
    file.path == percent_decoded(path)
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        if let Some(byte) =
            digits.filter(|_| *first == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok())
        {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a `Range` header asks of a body (RFC 9110 section 14.1.2).
#[derive(Debug, PartialEq, Eq)]
enum Range {
    Whole,
    /// From, up to and not including.
    Part(usize, usize),
    Outside,
}

impl Range {
    /// Several ranges, other units and malformed headers mean the whole body.
    fn parse(header: &str, total: usize) -> Self {
        let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
        else {
            return Self::Whole;
        };
        match (first.parse::<usize>(), last.parse::<usize>()) {
            (Ok(first), _) if first >= total => Self::Outside,
            (Ok(first), Ok(last)) if last >= first => Self::Part(first, total.min(last.saturating_add(1))),
            (Ok(first), Err(_)) if last.is_empty() => Self::Part(first, total),
            (Err(_), Ok(length)) if first.is_empty() && length > 0 && total > 0 => {
                Self::Part(total.saturating_sub(length), total)
            }
            (Err(_), Ok(_)) if first.is_empty() => Self::Outside,
            _ => Self::Whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        for (header, expected) in [
            ("bytes=0-3", Range::Part(0, 4)),
            ("bytes=5-", Range::Part(5, 10)),
            ("bytes=-3", Range::Part(7, 10)),
            ("bytes=-30", Range::Part(0, 10)),
            ("bytes=8-99", Range::Part(8, 10)),
            ("bytes=10-", Range::Outside),
            ("bytes=-0", Range::Outside),
            ("bytes=3-1", Range::Whole),
            ("bytes=0-1,4-5", Range::Whole),
            ("lines=0-1", Range::Whole),
            ("", Range::Whole),
        ] {
            assert_eq!(Range::parse(header, 10), expected, "{header}");
        }
    }

    #[test]
    fn percent_signs_are_decoded_once() {
        for (text, expected) in [("a%2Bb", "a+b"), ("%", "%"), ("%zz", "%zz"), ("%252B", "%2B")] {
            assert_eq!(percent_decoded(text), expected);
        }
    }
}
