use http::{HeaderMap, Uri};
use packhouse_distribution::Release;
use packhouse_distribution::review::{self, ReviewStatus};
use packhouse_distribution::state::rows::{CandidateState, ClaimRow};
use packhouse_model::{MaintainerId, RiskClass, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::{ApiAnswer, Params, current, json, not_found};
use crate::routes::{App, cut, here};

/// A candidate that waits.
#[derive(Serialize)]
struct QueueDocument<'a> {
    release: &'a Release,
    risk: RiskClass,
    lines: u64,
    queued: Timestamp,
    deadline: Timestamp,
    overdue: bool,
    missing_signatures: usize,
    missing_organisations: usize,
    claim: Option<&'a ClaimRow>,
    sentence: String,
}

/// `GET queue`.
pub(super) async fn queue(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["for"])?;
    let state = current(&server).await?;
    let now = server.packhouse.now();
    let only: Option<Vec<Release>> = match params.get("for") {
        None => None,
        Some(who) => {
            let missing = || not_found(format!("There is no maintainer {}.", cut(who)));
            let who: MaintainerId = who.parse().map_err(|_| missing())?;
            state.maintainers.get(&who).ok_or_else(missing)?;
            Some(review::next(&state, &who, now).into_iter().map(|item| item.release).collect())
        }
    };
    let statuses = review::statuses(&state, now);
    let document = |release: &Release| {
        let (release, row) = state.candidates.range(release.clone()..=release.clone()).next()?;
        let status: &ReviewStatus = statuses.get(release)?;
        let (missing_signatures, missing_organisations) = status.missing();
        let deadline = review::deadline(row);
        Some(QueueDocument {
            release,
            risk: row.candidate.risk,
            lines: row.candidate.lines,
            queued: row.queued,
            deadline,
            overdue: deadline < now,
            missing_signatures,
            missing_organisations,
            claim: state.claims.get(release).filter(|claim| claim.until > now),
            sentence: status.sentence(),
        })
    };
    let documents: Vec<QueueDocument<'_>> = match &only {
        Some(releases) => releases.iter().filter_map(document).collect(),
        None => {
            let open = state.candidates.iter().filter(|(_, row)| row.state == CandidateState::Open);
            let mut all: Vec<_> = open.filter_map(|(release, _)| document(release)).collect();
            all.sort_by(|a, b| (a.deadline, a.release).cmp(&(b.deadline, b.release)));
            all
        }
    };
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
