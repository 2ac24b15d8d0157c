//! Whether a signature can count at all, whatever it leads to.

use std::collections::BTreeSet;

use packhouse_model::Timestamp;

use super::reviewer::Voice;
use super::{Reviewer, criteria, quorum};
use crate::State;
use crate::act::{Role, Vendor, Verdict};
use crate::independence::why_not_independent;
use crate::state::rows::{Maintainer, Retirement, ReviewRow, Standing};

/// A review with what is known of its signature.
pub(super) struct Signature<'s> {
    pub(super) entry: u64,
    pub(super) row: &'s ReviewRow,
    /// Whose it is.
    pub(super) by: Reviewer,
    /// As whose it counts: of one voice, one signature counts.
    pub(super) voice: Voice,
    /// The keys that made it, when it was imported: one key is one person, whatever they are called where.
    pub(super) keys: Option<&'s BTreeSet<String>>,
    /// Why it cannot count.
    pub(super) problem: Option<String>,
    /// Whether two people lifted it, with signatures that stand.
    pub(super) lifted: bool,
    /// What tells the signer's organisations.
    pub(super) organisations: BTreeSet<String>,
}

impl<'s> Signature<'s> {
    pub(super) fn of(state: &State, entry: u64, row: &'s ReviewRow, vendor: &Vendor) -> Self {
        let maintainer = state.maintainers.get(&row.by);
        let organisations =
            maintainer.map(|person| quorum::organisations(&row.by, person, row.at)).unwrap_or_default();
        let problem = problem(state, entry, row).or_else(|| {
            let tie = why_not_independent(maintainer?, vendor, row.at).into_iter().next()?;
            Some(format!("not independent of its vendor: {tie}"))
        });
        let problem = match row.review.verdict {
            Verdict::Accept => problem.or_else(|| {
                criteria::lacking(&row.review.criteria).map(|name| format!("it does not assert {name}"))
            }),
            // A vendor who calls its own release harmful is to be believed.
            Verdict::Violation => self::problem(state, entry, row),
            Verdict::Reject => problem,
        };
        Self {
            entry,
            row,
            by: Reviewer::here(&row.by),
            voice: Voice::Own(row.by.clone()),
            keys: None,
            problem,
            lifted: state.is_lifted(row),
            organisations,
        }
    }

    /// Of before a retirement that ended too late: what it accepted has to be read again. A no, and harm, are still heard.
    pub(super) fn lapsing(mut self, retirement: Option<&Retirement>) -> Self {
        if self.row.review.verdict == Verdict::Accept && self.problem.is_none() {
            self.problem = retirement.map(super::lapsed);
        }
        self
    }
}

/// Why a signature is none: taken back, by a key that is void, by somebody whose word does not count.
fn problem(state: &State, entry: u64, row: &ReviewRow) -> Option<String> {
    if let Some((by, reason)) = &row.revoked {
        return Some(format!("taken back in entry {by}: {reason}"));
    }
    if let Some(problem) = state.why_void(entry, &row.keys) {
        return Some(problem);
    }
    match state.maintainers.get(&row.by) {
        None => Some("the signer is not known".to_owned()),
        Some(person) if person.standing == Standing::Invited => Some("the signer has not joined".to_owned()),
        Some(person) if is_trainee(person) => Some("a trainee's word moves nothing".to_owned()),
        Some(_) => None,
    }
}

/// Whether somebody only learns.
pub(super) fn is_trainee(person: &Maintainer) -> bool {
    person.roles.contains(&Role::Trainee) && person.roles.len() == 1
}

/// Whether a review by this person, made now, could count for a release of this vendor.
pub(super) fn may_count(person: &Maintainer, vendor: &Vendor, now: Timestamp) -> bool {
    person.standing == Standing::Active
        && (person.roles.contains(&Role::Maintainer) || person.roles.contains(&Role::Security))
        && why_not_independent(person, vendor, now).is_empty()
}
