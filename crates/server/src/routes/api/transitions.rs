use http::{HeaderMap, Uri};
use packhouse_distribution::State;
use packhouse_distribution::act::Member;
use packhouse_distribution::state::Progress;
use packhouse_distribution::state::rows::{TransitionId, TransitionRow};
use packhouse_model::{MaintainerId, SuiteName, Timestamp};
use serde::Serialize;

use super::{ApiAnswer, Params, current, json};
use crate::routes::{App, here};

/// A named transition with how far it is.
#[derive(Serialize)]
struct TransitionDocument<'a> {
    name: &'a str,
    suite: &'a SuiteName,
    entry: u64,
    by: &'a MaintainerId,
    opened: Timestamp,
    reason: &'a str,
    deadline: Option<Timestamp>,
    overdue: bool,
    approved: bool,
    members: Vec<MemberDocument<'a>>,
    ended: Option<EndDocument<'a>>,
    /// Why it holds nothing together, where it does not: it ended, or its key was revoked.
    why_not: Option<String>,
}

#[derive(Serialize)]
struct MemberDocument<'a> {
    #[serde(flatten)]
    member: &'a Member,
    progress: Progress,
}

#[derive(Serialize)]
struct EndDocument<'a> {
    at: Timestamp,
    reason: &'a str,
}

fn document<'a>(
    state: &State,
    id: &'a TransitionId,
    row: &'a TransitionRow,
    now: Timestamp,
) -> TransitionDocument<'a> {
    let ended = row.ended.as_ref().map(|(at, reason)| EndDocument { at: *at, reason });
    let over = ended.as_ref().map(|end| format!("it ended on {}", end.at.date()));
    TransitionDocument {
        name: &id.name,
        suite: &id.suite,
        entry: row.entry,
        by: &row.by,
        opened: row.opened,
        reason: &row.transition.reason,
        deadline: row.transition.deadline,
        overdue: row.ended.is_none() && row.is_overdue(now),
        approved: row.approved,
        members: row
            .transition
            .members
            .iter()
            .map(|member| MemberDocument { member, progress: state.progress(&id.suite, member) })
            .collect(),
        why_not: over.or_else(|| state.why_void(row.entry, &row.keys)),
        ended,
    }
}

/// `GET transitions`.
pub(super) async fn list(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["suite"])?;
    let state = current(&server).await?;
    let only = params.get("suite").map(|name| super::suites::named(&state, name)).transpose()?;
    let now = server.packhouse.now();
    let wanted = |id: &TransitionId| only.as_ref().is_none_or(|suite| id.suite == *suite);
    let rows = state.transitions.iter().filter(|(id, _)| wanted(id));
    let documents: Vec<_> = rows.map(|(id, row)| document(&state, id, row, now)).collect();
    json(&headers, &documents)
}
