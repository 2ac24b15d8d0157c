//! What happens to every request, whichever way it goes: an id, a measurement, a log line.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use http::header::{HOST, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use packhouse_model::Sha256;
use tower::ServiceExt as _;
use tracing::Instrument as _;

use crate::Server;
use crate::headers::written;
use crate::http::{EdgeBody, simple_problem};
use crate::metrics::Class;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers one request.
pub(crate) async fn handle(
    server: Arc<Server>,
    request: Request<Incoming>,
    client: IpAddr,
) -> Response<EdgeBody> {
    // Only where that is kept: nothing else is to know who asks.
    let wanted = server.packhouse.keeps_clients().then(|| file_asked_for(&request)).flatten();
    let response = answered(&server, request).await;
    if let Some((sha256, agent)) = wanted
        && matches!(response.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT)
    {
        server.packhouse.handed_to(sha256, client, &agent);
    }
    response
}

/// The file that a request asks for, and what the client calls itself. Not what stands beside a file.
fn file_asked_for(request: &Request<Incoming>) -> Option<(Sha256, String)> {
    let (hash, name) = request.uri().path().strip_prefix("/files/")?.split_once('/')?;
    let beside = [".metadata", ".provenance", ".asc"].iter().any(|suffix| name.ends_with(suffix));
    if request.method() != Method::GET || beside {
        return None;
    }
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    Some((hash.parse().ok()?, agent.to_owned()))
}

async fn answered(server: &Arc<Server>, request: Request<Incoming>) -> Response<EdgeBody> {
    let begun = Instant::now();
    // hyper bounds what it buffers, which is more than what is allowed.
    let head: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if head as u64 > server.packhouse.settings.limits.header_size {
        server.metrics.answered(
            Class::of(request.uri().path()),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            begun.elapsed(),
        );
        let limit = server.packhouse.settings.limits.header_size;
        let detail = format!("The headers have {head} bytes; at most {limit} are read.");
        return simple_problem(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Headers too large", &detail);
    }
    if request.version() == Version::HTTP_11 && request.headers().get_all(HOST).iter().count() != 1 {
        // RFC 9112 section 3.2: two readers of such a request may see two different servers in it.
        let detail = "A request of HTTP/1.1 names its host once.";
        return simple_problem(StatusCode::BAD_REQUEST, "Bad request", detail);
    }
    if http_body::Body::is_end_stream(request.body())
        && let Some((class, mut response)) = crate::fast::answer(server, &request)
    {
        response.headers_mut().insert(REQUEST_ID, server.ids.next());
        let status = response.status();
        server.metrics.answered(class, status, begun.elapsed());
        if tracing::enabled!(tracing::Level::DEBUG) {
            let bytes = http_body::Body::size_hint(response.body()).exact().unwrap_or(0);
            tracing::debug!(method = %request.method(), path = request.uri().path(), status = status.as_u16(), bytes, "answered from memory");
        }
        return response;
    }
    let id = server.ids.next();
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
    // In a box: what a warm request is answered with stays small, however much the routes hold while they wait.
    let mut response = Box::pin(routed(server, request, begun).instrument(span)).await;
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

async fn routed(server: &Arc<Server>, request: Request<Incoming>, begun: Instant) -> Response<EdgeBody> {
    let (method, path) = (request.method().clone(), shown(request.uri().path()));
    let class = Class::of(request.uri().path());
    let response = match refuse_early(server, &request) {
        Some(response) => response,
        None => server
            .router
            .clone()
            .oneshot(request.map(axum::body::Body::new))
            .await
            .map_or_else(|never| match never {}, |response| response.map(EdgeBody::Routed)),
    };
    let mut response = response;
    if response.status() == StatusCode::NOT_MODIFIED {
        // The router counts the bytes of nothing; 304 speaks of a body that it does not have (RFC 9110 section 15.4.5).
        response.headers_mut().remove(http::header::CONTENT_LENGTH);
    }
    let (status, took) = (response.status(), begun.elapsed());
    server.metrics.answered(class, status, took);
    let (status, ms) = (status.as_u16(), took.as_secs_f64() * 1000.0);
    match status {
        500.. => tracing::warn!(%method, path, status, ms, "answered"),
        400.. => tracing::info!(%method, path, status, ms, "answered"),
        _ => tracing::debug!(%method, path, status, ms, "answered"),
    }
    response
}

fn refuse_early(server: &Server, request: &Request<Incoming>) -> Option<Response<EdgeBody>> {
    let limit = crate::routes::body_limit(server, request.uri().path());
    let announced = http_body::Body::size_hint(request.body()).lower();
    if announced > limit {
        let detail = format!("The body has {announced} bytes; at most {limit} are read.");
        return Some(simple_problem(StatusCode::PAYLOAD_TOO_LARGE, "Body too large", &detail));
    }
    // A request that went through this very server has come back: its upstream is itself.
    let via = request.headers().get_all(http::header::VIA);
    if via.iter().any(|via| via.to_str().is_ok_and(|via| via.contains(server.packhouse.instance()))) {
        let detail =
            "This server is its own upstream. Give the registry's address with --upstream or upstream.url.";
        return Some(simple_problem(StatusCode::LOOP_DETECTED, "Loop", detail));
    }
    None
}

/// A path for the log: cut, and without what could forge a line.
fn shown(path: &str) -> String {
    path.chars().take(300).map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// Request ids: unique among processes by a prefix, within one by a number.
#[derive(Debug)]
pub(crate) struct RequestIds {
    prefix: String,
    next: AtomicU64,
}

impl RequestIds {
    /// Ids that begin with `prefix`.
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), next: AtomicU64::new(1) }
    }

    fn next(&self) -> HeaderValue {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        written(format_args!("{}-{number:x}", self.prefix)).unwrap_or(HeaderValue::from_static("-"))
    }
}
