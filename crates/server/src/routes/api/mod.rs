//! The API of the distribution under `/api/v1`: what the pages show and what the command line does, as JSON.
//!
//! [`table::OPERATIONS`] is the list of it all; the router and the `OpenAPI` document are both made from that.

mod answer;
mod closure;
mod difference;
mod distribution;
mod facts;
mod imports;
mod ledger;
mod maintainers;
mod openapi;
mod params;
mod plan;
mod projects;
mod queue;
mod releases;
mod suites;
mod table;
mod tokens;
mod transitions;

use std::sync::Arc;

use axum::Router;
use http::StatusCode;
use packhouse_distribution::State;

use super::{Context, routed};
use crate::Server;
use crate::http::simple_problem;

pub(crate) use answer::{ApiAnswer, Failed, created, json, not_found};
pub use openapi::document;
pub(crate) use params::Params;

/// Where all of it lies.
pub(crate) const BASE: &str = "/api/v1";

/// The routes of the API.
pub(crate) fn router() -> Router<Context> {
    let mut router = Router::new();
    for operation in table::OPERATIONS {
        router = router.route(&format!("{BASE}{}", operation.path), (operation.handler)());
    }
    // Before the outer router's own, which speaks of GET alone.
    router.method_not_allowed_fallback(wrong_method)
}

async fn wrong_method() -> axum::response::Response {
    routed(simple_problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "Method not allowed",
        "The header `allow` says what is answered here; /api/v1/openapi.json describes it.",
    ))
}

/// The distribution as the ledger says it at this moment: another process may have added to it.
pub(crate) async fn current(server: &Server) -> Result<Arc<State>, Failed> {
    server.packhouse.catch_up().await?;
    Ok(server.packhouse.distribution())
}
