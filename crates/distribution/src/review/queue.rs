//! What waits for reviews, in the order in which it should be taken.

use std::collections::BTreeMap;
use std::time::Duration;

use packhouse_model::{MaintainerId, ProjectName, RiskClass, Timestamp};
use serde::Serialize;

use super::graph::{Evidence, Graph};
use super::{quorum, signature};
use crate::state::rows::{CandidateRow, CandidateState};
use crate::{Release, State};

/// A candidate that a person could help on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueItem {
    /// Which.
    pub release: Release,
    /// Its risk class.
    pub risk: RiskClass,
    /// Lines to read against the release that it was compared with.
    pub lines: u64,
    /// When its reviews should be there.
    pub deadline: Timestamp,
    /// Whether that has passed.
    pub overdue: bool,
    /// Signatures that are missing.
    pub missing_signatures: usize,
    /// Organisations that are missing among them.
    pub missing_organisations: usize,
}

/// How soon a candidate should be reviewed: 2, 5, 10, 21 days for R1 to R4 (R0 as R1).
pub fn slo(risk: RiskClass) -> Duration {
    let days = match risk {
        RiskClass::R0 | RiskClass::R1 => 2,
        RiskClass::R2 => 5,
        RiskClass::R3 => 10,
        RiskClass::R4 => 21,
    };
    Duration::from_secs(days * 24 * 3600)
}

/// When the reviews of a candidate should be there, counted from its place in the queue.
pub fn deadline(row: &CandidateRow) -> Timestamp {
    row.queued.plus(slo(row.candidate.risk))
}

/// Candidates that a review by `who` would help on, earliest deadline first: open, not complete, not blocked by a violation,
/// not signed by them yet, not claimed by somebody else, and of a vendor that they are independent of.
pub fn next(state: &State, who: &MaintainerId, now: Timestamp) -> Vec<QueueItem> {
    let Some(person) = state.maintainers.get(who) else { return Vec::new() };
    let own = quorum::organisations(who, person, now);
    let open = state.candidates.iter().filter(|(release, row)| {
        let claimed = state.claims.get(release).is_some_and(|claim| claim.by != *who && claim.until > now);
        row.state == CandidateState::Open
            && !claimed
            && signature::may_count(person, &row.candidate.vendor, now)
    });
    let mut by_project: BTreeMap<&ProjectName, Vec<&Release>> = BTreeMap::new();
    for (release, _) in open {
        by_project.entry(&release.project).or_default().push(release);
    }
    let evidence = Evidence::of(state, None);
    let mut items = Vec::new();
    for (project, releases) in by_project {
        let graph = Graph::new(state, project, &evidence, now);
        for release in releases {
            let (Some(status), Some(row)) = (graph.status(release), graph.row(release)) else { continue };
            if status.complete || !status.violations.is_empty() || graph.has_signed(release, who) {
                continue;
            }
            let (missing_signatures, missing_organisations) = status.missing();
            if missing_signatures == 0 {
                // Only another organisation is missing: is this person from one?
                let mut signers = graph.signers(release);
                let before = quorum::distinct(&signers, status.needed.organisations);
                signers.push(&own);
                if quorum::distinct(&signers, status.needed.organisations) == before {
                    continue;
                }
            }
            let deadline = deadline(row);
            items.push(QueueItem {
                release: release.clone(),
                risk: row.candidate.risk,
                lines: row.candidate.lines,
                deadline,
                overdue: deadline < now,
                missing_signatures,
                missing_organisations,
            });
        }
    }
    items.sort_by(|a, b| (a.deadline, &a.release).cmp(&(b.deadline, &b.release)));
    items
}
