use bytes::Bytes;
use packhouse_model::ProjectName;
use reqwest::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED,
};
use reqwest::{Method, Response};
use url::Url;

use crate::attempt::{Answer, Question, status_failure};
use crate::body::{Patience, collect};
use crate::{SafeUrl, UpstreamClient, UpstreamError};

/// PEP 691, section *Version + Format Selection*; the same text as pip's, so that caches before the registry
/// treat us as they treat pip.
const ACCEPT_SIMPLE: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";
const LAST_SERIAL: &str = "x-pypi-last-serial";

/// What a server said about a version of a document, to be sent back with the next question (RFC 9110, section 8.8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, with its quotes.
    pub etag: Option<String>,
    /// `Last-Modified`, as it was sent.
    pub last_modified: Option<String>,
}

/// The answer to a question for a document.
#[expect(clippy::large_enum_variant, reason = "one is made for each request, and moved a few times")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageReply {
    /// 304: what the validators stand for is still right.
    NotModified,
    /// 404 or 410, and nothing else: the upstream says that there is no such thing.
    Absent,
    /// The document.
    Page(Document),
}

/// A document in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its bytes, decoded.
    pub bytes: Bytes,
    /// `Content-Type` as it was sent; empty when it was not.
    pub content_type: String,
    /// For the next question.
    pub validators: Validators,
    /// `X-PyPI-Last-Serial`.
    pub last_serial: Option<u64>,
    /// Where it came from after redirects, without userinfo: the base of relative links.
    pub final_url: Url,
}

impl Validators {
    /// Whether there is nothing to ask with.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    pub(crate) fn of(response: &Response) -> Self {
        Self { etag: header(response, ETAG), last_modified: header(response, LAST_MODIFIED) }
    }

    fn ask(&self, headers: &mut HeaderMap) {
        for (name, value) in [(IF_NONE_MATCH, &self.etag), (IF_MODIFIED_SINCE, &self.last_modified)] {
            // One that cannot be sent, which no server gave us, means to ask without it.
            if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
    }
}

impl UpstreamClient {
    /// The page of a project (PEP 503, PEP 691), in the best form the upstream has; see `content_type`.
    pub async fn page(
        &self,
        project: &ProjectName,
        validators: &Validators,
    ) -> Result<PageReply, UpstreamError> {
        let url = below(&self.inner.simple_base, &[project.as_str(), ""]);
        let limit = self.inner.config.page_bytes;
        self.document(url, format!("the page of {project}"), ACCEPT_SIMPLE, validators, limit).await
    }

    /// The list of all projects (PEP 691, section *Project List*).
    pub async fn project_list(&self, validators: &Validators) -> Result<PageReply, UpstreamError> {
        let url = SafeUrl::checked(self.inner.simple_base.clone());
        let limit = self.inner.config.list_bytes;
        self.document(url, "the list of projects".to_owned(), ACCEPT_SIMPLE, validators, limit).await
    }

    /// `<json_api>/<project>/json`: the project's newest metadata and all its files.
    pub async fn project_json(
        &self,
        project: &ProjectName,
        validators: &Validators,
    ) -> Result<PageReply, UpstreamError> {
        let url = below(&self.inner.json_base, &[project.as_str(), "json"]);
        let limit = self.inner.config.json_bytes;
        let asked = format!("the JSON document of {project}");
        self.document(url, asked, "application/json", validators, limit).await
    }

    /// `<json_api>/<project>/<version>/json`. A text that cannot be a version is absent without being asked for.
    pub async fn version_json(
        &self,
        project: &ProjectName,
        version: &str,
        validators: &Validators,
    ) -> Result<PageReply, UpstreamError> {
        // Dots alone would climb out of the project's folder.
        let possible = version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+!-_*".contains(&byte));
        if !possible || version.len() > 200 || !version.contains(|c: char| c.is_ascii_alphanumeric()) {
            return Ok(PageReply::Absent);
        }
        let url = below(&self.inner.json_base, &[project.as_str(), version, "json"]);
        let limit = self.inner.config.json_bytes;
        let asked = format!("the JSON document of {project} {version}");
        self.document(url, asked, "application/json", validators, limit).await
    }

    /// A small document at a URL from a page (a `.metadata` file, a provenance, a signature) of at most `limit`
    /// bytes; `None` when the upstream says that there is none (404, 410).
    pub async fn small(&self, url: &SafeUrl, limit: u64) -> Result<Option<Document>, UpstreamError> {
        let asked = crate::file::name(url);
        let reply = self.document(url.clone(), asked, "*/*", &Validators::default(), limit).await?;
        Ok(match reply {
            PageReply::Page(document) => Some(document),
            PageReply::Absent | PageReply::NotModified => None,
        })
    }

    /// A document at any address, of at most `limit` bytes, if it changed since these validators.
    pub async fn conditional(
        &self,
        url: &SafeUrl,
        limit: u64,
        validators: &Validators,
    ) -> Result<PageReply, UpstreamError> {
        let asked = crate::file::name(url);
        self.document(url.clone(), asked, "*/*", validators, limit).await
    }

    async fn document(
        &self,
        url: SafeUrl,
        asked: String,
        accept: &'static str,
        validators: &Validators,
        limit: u64,
    ) -> Result<PageReply, UpstreamError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        // As pip: caches on the way check what they hold.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=0"));
        validators.ask(&mut headers);
        let question = self.inner.question(Method::GET, url, headers, asked);
        let patience = self.patience(&question);
        let conditional = !validators.is_empty();
        let read = |Answer { response, url, turn }: Answer| async move {
            // Held while the body is read.
            let _turn = turn;
            match response.status().as_u16() {
                304 if conditional => Ok(PageReply::NotModified),
                404 | 410 => Ok(PageReply::Absent),
                200 => {
                    let mut document = Document {
                        bytes: Bytes::new(),
                        content_type: header(&response, CONTENT_TYPE).unwrap_or_default(),
                        validators: Validators::of(&response),
                        last_serial: header(&response, HeaderName::from_static(LAST_SERIAL))
                            .and_then(|serial| serial.trim().parse().ok()),
                        final_url: url,
                    };
                    document.bytes = collect(response, limit, patience).await?;
                    Ok(PageReply::Page(document))
                }
                _ => Err(status_failure(&response)),
            }
        };
        let outcome = self.inner.ask(&self.inner.documents, &question, read).await?;
        Ok(outcome.value)
    }

    pub(crate) fn patience(&self, question: &Question) -> Patience {
        let config = &self.inner.config;
        Patience { idle: config.idle_timeout, whole: Some((question.deadline, config.request_timeout)) }
    }
}

/// A header that is text.
pub(crate) fn header(response: &Response, name: HeaderName) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}

/// `base`, which ends with a slash, with more parts; each is escaped as one.
fn below(base: &Url, parts: &[&str]) -> SafeUrl {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(parts);
    }
    SafeUrl::checked(url)
}
