use http::{HeaderMap, Uri};
use packhouse_distribution::review::{self, QueueItem};
use packhouse_distribution::state::rows::ClaimRow;
use packhouse_model::{MaintainerId, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::{ApiAnswer, Params, current, json, not_found};
use crate::routes::{App, cut, here};

/// A release that waits.
#[derive(Serialize)]
struct QueueDocument<'a> {
    #[serde(flatten)]
    item: &'a QueueItem,
    claim: Option<&'a ClaimRow>,
}

/// `GET queue`.
pub(super) async fn queue(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["for"])?;
    let state = current(&server).await?;
    let now = server.packhouse.now();
    let items = match params.get("for") {
        None => review::waiting(&state, &review::statuses(&state, now), now),
        Some(who) => {
            let missing = || not_found(format!("There is no maintainer {}.", cut(who)));
            let who: MaintainerId = who.parse().map_err(|_| missing())?;
            state.maintainers.get(&who).ok_or_else(missing)?;
            review::next(&state, &who, now)
        }
    };
    let claim = |item: &QueueItem| state.claims.get(&item.release).filter(|claim| claim.until > now);
    let documents: Vec<QueueDocument<'_>> =
        items.iter().map(|item| QueueDocument { item, claim: claim(item) }).collect();
    json(&headers, &documents)
}

/// An act that waits for a second person, or had to.
#[derive(Serialize)]
struct PendingDocument<'a> {
    entry: u64,
    by: &'a MaintainerId,
    at: Timestamp,
    act: String,
    predicate: &'a Value,
}

/// `GET pending`.
pub(super) async fn pending(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let state = current(&server).await?;
    let waiting = state.pending.iter().filter(|(_, row)| row.approved_by.is_none());
    let documents: Vec<_> = waiting
        .map(|(entry, row)| PendingDocument {
            entry: *entry,
            by: &row.by,
            at: row.at,
            act: row.act().map(|act| act.word().to_owned()).unwrap_or_default(),
            predicate: row.predicate.get("act").unwrap_or(&row.predicate),
        })
        .collect();
    json(&headers, &documents)
}
