#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod connection;
mod edge;
mod fast;
mod headers;
mod http;
mod metrics;
pub mod pages;
mod representation;
mod routes;
mod traffic;

use std::sync::Arc;

use packhouse_app::{AppError, Packhouse};
use packhouse_model::IndexName;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use routes::api::document as openapi;

/// What every request is answered with.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) packhouse: Packhouse,
    pub(crate) default_index: IndexName,
    pub(crate) metrics: metrics::Metrics,
    pub(crate) ids: edge::RequestIds,
    pub(crate) router: axum::Router,
    /// Migration plans that pages share.
    pub(crate) plans: routes::Plans,
}

/// Serves on `listener` until `stop` becomes true; returns when requests under way have ended, or their time
/// is over.
pub async fn serve(
    packhouse: Packhouse,
    listener: TcpListener,
    stop: watch::Receiver<bool>,
) -> Result<(), AppError> {
    let default_index = packhouse.default_index()?.name.clone();
    // Enough to tell the log lines of two processes apart.
    let prefix = format!("{:x}{:x}", std::process::id(), packhouse.now().micros() & 0xff_ffff);
    let server = Arc::new_cyclic(|this| Server {
        router: routes::router(this.clone()),
        plans: routes::Plans::default(),
        packhouse,
        default_index,
        metrics: metrics::Metrics::new(),
        ids: edge::RequestIds::new(&prefix),
    });
    connection::serve(listener, server, stop).await;
    Ok(())
}
