use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use hyper::ext::ReasonPhrase;
use packhouse_app::{AppError, Refusal, error_chain};
use serde_json::{Map, Value};

use super::EdgeBody;

/// Exactly this, without a charset: uv shows the body only then.
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-error-message");

/// The answer for an error: a status, its reason on the status line, and RFC 9457's document.
///
/// The reason phrase is what pip, Poetry and PDM show, the document what uv shows
/// (notes on each client in docs/guide/clients.md).
pub(crate) fn problem_of(error: &AppError) -> Response<EdgeBody> {
    match error {
        AppError::Refused(refusal) => refused(refusal),
        AppError::NotFound { what } => simple_problem(StatusCode::NOT_FOUND, "Not found", what),
        AppError::BadRequest { what } => simple_problem(StatusCode::BAD_REQUEST, "Bad request", what),
        AppError::Upstream { what, transient, retry_after } => {
            // Never a policy's answer: clients try again on these, and here that is right.
            let status = if *transient { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::BAD_GATEWAY };
            let mut response = simple_problem(status, "The upstream did not give what was asked for", what);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs()));
            response
        }
        AppError::NoSpace { .. } => {
            simple_problem(StatusCode::INSUFFICIENT_STORAGE, "No space left", &error.to_string())
        }
        AppError::Internal { what, source } => {
            tracing::error!(error = %error_chain(source.as_ref()), "{what}");
            // What failed inside stands in the log, under the request's id.
            simple_problem(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Internal error",
                "Something failed here; the log says what.",
            )
        }
    }
}

/// A problem that is not a refusal.
pub(crate) fn simple_problem(status: StatusCode, title: &str, detail: &str) -> Response<EdgeBody> {
    let mut document = Map::new();
    document.insert("type".into(), "about:blank".into());
    document.insert("title".into(), title.into());
    document.insert("status".into(), status.as_u16().into());
    document.insert("detail".into(), cut(detail, 2_000).into());
    answer(status, document, &format!("{title}: {detail}"))
}

fn refused(refusal: &Refusal) -> Response<EdgeBody> {
    // A whole project: 451, so that uv and Poetry stop there instead of asking another index.
    let status = if refusal.filename.is_none() {
        StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS
    } else {
        StatusCode::FORBIDDEN
    };
    let mut document = Map::new();
    document.insert("type".into(), "urn:packhouse:problem:policy".into());
    document.insert("title".into(), "Blocked by policy".into());
    document.insert("status".into(), status.as_u16().into());
    document.insert("detail".into(), refusal.detail().into());
    document.insert("instance".into(), refusal.why.as_str().into());
    document.insert("index".into(), refusal.index.as_str().into());
    document.insert("project".into(), refusal.project.as_str().into());
    document.insert("version".into(), refusal.version.clone().map_or(Value::Null, Value::from));
    document.insert("filename".into(), refusal.filename.clone().map_or(Value::Null, Value::from));
    let hits = refusal.decision.because.iter().filter(|hit| hit.excused.is_none());
    let rules: Vec<Value> = hits
        .map(|hit| serde_json::json!({ "rule": hit.rule, "sentence": hit.sentence, "until": hit.until, "lift": hit.lift }))
        .collect();
    document.insert("rules".into(), rules.into());
    answer(status, document, &refusal.headline())
}

fn answer(status: StatusCode, document: Map<String, Value>, words: &str) -> Response<EdgeBody> {
    let body = Bytes::from(Value::Object(document).to_string());
    let mut response = Response::new(EdgeBody::from(body));
    *response.status_mut() = status;
    // One line of printable ASCII: what stands there reaches terminals and logs.
    let words: String =
        words.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(400).collect();
    if let Ok(phrase) = ReasonPhrase::try_from(words.clone().into_bytes()) {
        response.extensions_mut().insert(phrase);
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::try_from(words) {
        headers.insert(ERROR_MESSAGE, value);
    }
    headers.insert(CONTENT_TYPE, PROBLEM_JSON);
    // A refusal may be lifted, and a fault may pass.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
