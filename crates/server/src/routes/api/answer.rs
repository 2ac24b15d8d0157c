//! What the API answers with: JSON with a validator, or a problem.

use std::fmt::Display;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, StatusCode};
use packhouse_app::{AppError, ImportError, LedgerError, error_chain};
use packhouse_distribution::entry::ReadError;
use packhouse_distribution::state::Refused;
use packhouse_model::Sha256;
use serde::Serialize;

use crate::headers::with;
use crate::http::{EdgeBody, matches_etag, problem_of, simple_problem};
use crate::routes::{Problem, routed};

/// What handlers of the API give.
pub(crate) type ApiAnswer = Result<Response, Failed>;

/// An answer that is not the one asked for.
pub(crate) enum Failed {
    /// A failure of a use case.
    App(AppError),
    /// A statement that is refused, with the sentence that says why.
    Ledger(LedgerError),
    /// Why nothing was taken from a peer.
    Import(ImportError),
    /// Something about the request itself.
    Request(StatusCode, &'static str, String),
}

impl From<AppError> for Failed {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<LedgerError> for Failed {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::App(error) => Self::App(error),
            other => Self::Ledger(other),
        }
    }
}

impl From<ImportError> for Failed {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Ledger(error) => error.into(),
            other => Self::Import(other),
        }
    }
}

impl From<Problem> for Failed {
    fn from(Problem(error): Problem) -> Self {
        Self::App(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        routed(match self {
            Self::App(error) => problem_of(&error),
            Self::Request(status, title, detail) => simple_problem(status, title, &detail),
            Self::Import(error) => {
                simple_problem(import_status(&error), "Nothing was imported", &error_chain(&error))
            }
            Self::Ledger(error) => {
                let (status, title) = status_of(&error);
                if status.is_server_error() {
                    tracing::error!(error = %error_chain(&error), "the ledger cannot be used");
                }
                simple_problem(status, title, &error_chain(&error))
            }
        })
    }
}

/// 404: no such peer. 409: not now. 422: a ledger that is not believed. 502: the peer's fault.
fn import_status(error: &ImportError) -> StatusCode {
    match error {
        ImportError::Unknown(_) => StatusCode::NOT_FOUND,
        ImportError::Ended(_) | ImportError::NoAddress(_) | ImportError::Part { .. } => StatusCode::CONFLICT,
        ImportError::Export { .. } | ImportError::Follow { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        ImportError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        ImportError::Address { .. } | ImportError::Client { .. } | ImportError::Slow { .. } => {
            StatusCode::BAD_GATEWAY
        }
        ImportError::Ledger(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// 403: not theirs to say. 409: against what the ledger says. 422: no statement, or one that cannot be meant.
fn status_of(error: &LedgerError) -> (StatusCode, &'static str) {
    const REFUSED: &str = "The statement is refused";
    match error {
        LedgerError::Refused(Refused::Signature { .. } | Refused::Right { .. }) => {
            (StatusCode::FORBIDDEN, REFUSED)
        }
        LedgerError::Refused(Refused::Conflict(_) | Refused::Founding(_)) | LedgerError::Known => {
            (StatusCode::CONFLICT, REFUSED)
        }
        LedgerError::Refused(Refused::Missing { .. } | Refused::Value { .. } | Refused::Time { .. })
        | LedgerError::Clock { .. }
        | LedgerError::Envelope(_)
        | LedgerError::Read(
            ReadError::Envelope { .. }
            | ReadError::Statement { .. }
            | ReadError::Act { .. }
            | ReadError::Distribution { .. },
        ) => (StatusCode::UNPROCESSABLE_ENTITY, REFUSED),
        LedgerError::NotFounded => (StatusCode::NOT_FOUND, "Not found"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "The ledger cannot be used"),
    }
}

/// 404.
pub(crate) fn not_found(what: impl Display) -> Failed {
    Failed::App(AppError::NotFound { what: what.to_string() })
}

/// 400.
pub(crate) fn bad_request(what: impl Display) -> Failed {
    Failed::App(AppError::BadRequest { what: what.to_string() })
}

/// A document that may change at any moment: to be asked for each time, and 304 when it has not.
pub(crate) fn json(request: &HeaderMap, document: &impl Serialize) -> ApiAnswer {
    let body = body_of(document)?;
    let etag = format!("\"{}\"", &Sha256::of(&body).hex()[..32]);
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::try_from(etag.as_str()).ok().map(|value| (ETAG, value)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=0, must-revalidate"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if matches_etag(request, &etag) {
        return Ok(routed(with(StatusCode::NOT_MODIFIED, headers, EdgeBody::empty())));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    Ok(routed(with(StatusCode::OK, headers, body.into())))
}

/// The answer to something that was done, or that nobody else is to see: never kept by anybody.
pub(crate) fn created(status: StatusCode, document: &impl Serialize) -> ApiAnswer {
    let body = body_of(document)?;
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    Ok(routed(with(status, headers, body.into())))
}

fn body_of(document: &impl Serialize) -> Result<Bytes, Failed> {
    serde_json::to_vec(document).map(Bytes::from).map_err(|error| {
        tracing::error!(%error, "a document could not be written");
        let detail = "The document could not be written; the log says why.".to_owned();
        Failed::Request(StatusCode::INTERNAL_SERVER_ERROR, "Internal error", detail)
    })
}
