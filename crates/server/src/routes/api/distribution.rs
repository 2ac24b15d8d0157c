use http::{HeaderMap, Uri};
use packhouse_app::{AppError, LedgerError};
use packhouse_distribution::review;
use packhouse_distribution::state::rows::Standing;
use packhouse_model::{Sha256, Timestamp};
use packhouse_trust::Head;
use serde::Serialize;

use super::{ApiAnswer, Failed, Params, json};
use crate::routes::{App, here};

/// A ledger's end.
#[derive(Serialize)]
pub(super) struct HeadDocument {
    number: u64,
    hash: Sha256,
}

impl From<Head> for HeadDocument {
    fn from(head: Head) -> Self {
        Self { number: head.number, hash: head.hash }
    }
}

#[derive(Serialize)]
struct DistributionDocument<'a> {
    name: &'a str,
    id: Sha256,
    founded: Timestamp,
    server_key: &'a str,
    server_key_line: &'a str,
    head: HeadDocument,
    counts: Counts,
}

#[derive(Serialize)]
struct Counts {
    maintainers: usize,
    projects: usize,
    candidates: usize,
    open: usize,
    reviews: usize,
    suites: usize,
    snapshots: usize,
    pending: usize,
}

/// `GET distribution`.
pub(super) async fn show(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let head = server.packhouse.catch_up().await?;
    let state = server.packhouse.distribution();
    let founded = state.distribution().ok_or(LedgerError::NotFounded)?;
    let document = DistributionDocument {
        name: &founded.name,
        id: founded.id,
        founded: founded.at,
        server_key: &founded.server_key,
        server_key_line: &founded.server_line,
        head: head.into(),
        counts: Counts {
            maintainers: state.maintainers.iter().filter(|(_, row)| row.standing == Standing::Active).count(),
            projects: state.projects.len(),
            candidates: state.candidates.len(),
            open: state.candidates.iter().filter(|(_, row)| review::reason(&state, row).is_some()).count(),
            reviews: state.reviews.len(),
            suites: state.suites.len(),
            snapshots: state.snapshots.len(),
            pending: state.pending.iter().filter(|(_, row)| row.approved_by.is_none()).count(),
        },
    };
    json(&headers, &document)
}

/// `GET openapi.json`.
pub(super) async fn openapi(uri: Uri, headers: HeaderMap) -> ApiAnswer {
    Params::read(&uri, &[])?;
    json(&headers, &super::document())
}

/// A failure that names no more than that something is wrong inside.
pub(super) fn lost(what: &str) -> Failed {
    let source = std::io::Error::other("the task ended without an answer");
    Failed::App(AppError::Internal { what: what.to_owned(), source: std::sync::Arc::new(source) })
}
