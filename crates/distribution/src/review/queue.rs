//! What waits for reviews, in the order in which it should be taken.

use std::collections::BTreeMap;
use std::time::Duration;

use packhouse_model::{MaintainerId, ProjectName, RiskClass, Timestamp};
use serde::Serialize;

use super::graph::{Evidence, Graph};
use super::{ReviewStatus, quorum, signature};
use crate::state::rows::{CandidateRow, CandidateState};
use crate::{Release, State};

/// Why a release waits for reviews.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It was taken in, and is in no suite yet.
    New,
    /// Suites list it, and what it was accepted by does not count any more.
    LostReviews,
}

impl Reason {
    /// In words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::LostReviews => "lost its reviews",
        }
    }
}

/// A release that waits for reviews.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueItem {
    /// Which.
    pub release: Release,
    /// Why.
    pub reason: Reason,
    /// Its risk class.
    pub risk: RiskClass,
    /// Lines to read against the release that it was compared with.
    pub lines: u64,
    /// Its place in the queue: since when it waits.
    pub queued: Timestamp,
    /// When its reviews should be there.
    pub deadline: Timestamp,
    /// Whether that has passed.
    pub overdue: bool,
    /// Signatures that are missing.
    pub missing_signatures: usize,
    /// Organisations that are missing among them.
    pub missing_organisations: usize,
    /// Where its reviews stand, without a full stop.
    pub sentence: String,
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

/// Why a release waits, as far as its own row says it: none when it does not, or its project was given up.
pub fn reason(state: &State, row: &CandidateRow) -> Option<Reason> {
    if row.lost.is_some() {
        return Some(Reason::LostReviews);
    }
    let open = row.state == CandidateState::Open || row.left;
    (open && state.is_maintained(&row.candidate.release.project)).then_some(Reason::New)
}

/// Why a release waits for reviews, by these: what is reviewed and not lost waits for none.
pub fn waits_as(state: &State, row: &CandidateRow, status: &ReviewStatus) -> Option<Reason> {
    reason(state, row).filter(|reason| *reason == Reason::LostReviews || !status.complete)
}

/// Since when a release waits: when it, or what it supersedes, was taken in, or when it lost its reviews.
pub fn waits_since(row: &CandidateRow) -> Timestamp {
    row.lost.as_ref().map_or(row.queued, |lost| lost.since)
}

/// When the reviews of a release should be there, counted from its place in the queue.
pub fn deadline(row: &CandidateRow) -> Timestamp {
    waits_since(row).plus(slo(row.candidate.risk))
}

/// All that waits, by these statuses, earliest deadline first.
pub fn waiting(state: &State, statuses: &BTreeMap<Release, ReviewStatus>, now: Timestamp) -> Vec<QueueItem> {
    let found =
        state.candidates.iter().filter_map(|(release, row)| item(state, row, statuses.get(release)?, now));
    ordered(found.collect())
}

/// What a review by `who` would help on, earliest deadline first: not blocked by a violation, not signed by them in a way
/// that stands, not claimed by somebody else, and of a vendor that they are independent of.
pub fn next(state: &State, who: &MaintainerId, now: Timestamp) -> Vec<QueueItem> {
    let Some(person) = state.maintainers.get(who) else { return Vec::new() };
    let own = quorum::organisations(who, person, now);
    let mut by_project: BTreeMap<&ProjectName, Vec<&Release>> = BTreeMap::new();
    for (release, row) in state.candidates.iter() {
        let claimed = state.claims.get(release).is_some_and(|claim| claim.by != *who && claim.until > now);
        if reason(state, row).is_some()
            && !claimed
            && signature::may_count(person, &row.candidate.vendor, now)
        {
            by_project.entry(&release.project).or_default().push(release);
        }
    }
    let evidence = Evidence::of(state, None);
    let mut items = Vec::new();
    for (project, releases) in by_project {
        let graph = Graph::new(state, project, &evidence, now);
        for release in releases {
            let (Some(status), Some(row)) = (graph.status(release), graph.row(release)) else { continue };
            if !status.violations.is_empty() || graph.has_signed(release, who) {
                continue;
            }
            let Some(item) = item(state, row, &status, now) else { continue };
            if item.missing_signatures == 0 {
                // Only another organisation is missing: is this person from one?
                let mut signers = graph.signers(release);
                let before = quorum::distinct(&signers, status.needed.organisations);
                signers.push(&own);
                if quorum::distinct(&signers, status.needed.organisations) == before {
                    continue;
                }
            }
            items.push(item);
        }
    }
    ordered(items)
}

fn item(state: &State, row: &CandidateRow, status: &ReviewStatus, now: Timestamp) -> Option<QueueItem> {
    let reason = waits_as(state, row, status)?;
    let (missing_signatures, missing_organisations) = status.lacks();
    let deadline = deadline(row);
    Some(QueueItem {
        release: status.release.clone(),
        reason,
        risk: row.candidate.risk,
        lines: row.candidate.lines,
        queued: waits_since(row),
        deadline,
        overdue: deadline < now,
        missing_signatures,
        missing_organisations,
        sentence: status.sentence(),
    })
}

fn ordered(mut items: Vec<QueueItem>) -> Vec<QueueItem> {
    items.sort_by(|a, b| (a.deadline, &a.release).cmp(&(b.deadline, &b.release)));
    items
}
