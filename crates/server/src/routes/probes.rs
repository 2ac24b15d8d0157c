//! What machines that look after this one ask.

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::{Answer, App, here, routed};
use crate::http::simple_problem;

/// 200 when requests can be answered: the database answers. A failing upstream does not make it unhealthy, since
/// what was seen before is still served.
pub(crate) async fn health(app: App) -> Answer {
    let server = here(app)?;
    Ok(match server.packhouse.ready().await {
        Ok(()) => ([(CACHE_CONTROL, "no-store")], "ok\n").into_response(),
        Err(error) => {
            tracing::error!(error = %packhouse_app::error_chain(&error), "not healthy");
            routed(simple_problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "Not ready",
                "The database does not answer.",
            ))
        }
    })
}

pub(crate) async fn metrics(app: App) -> Answer {
    let server = here(app)?;
    let status = server.packhouse.status().await?;
    let text = server.metrics.text(&status).unwrap_or_default();
    let headers = [
        (CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    let response: Response = (headers, text).into_response();
    Ok(response)
}
