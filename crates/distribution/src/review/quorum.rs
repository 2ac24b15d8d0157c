//! How many signatures a release needs, and from how many organisations.

use std::collections::BTreeSet;
use std::time::Duration;

use packhouse_model::{MaintainerId, RiskClass, Timestamp};
use serde::Serialize;

use crate::act::Tier;
use crate::state::rows::{CandidateRow, Maintainer, ProjectKey};
use crate::{State, identity, independence};

/// How long a change of who publishes raises what a project's releases need: 90 days from when it was found.
pub const IDENTITY_BAR: Duration = Duration::from_secs(90 * 24 * 3600);

/// What each file of a release needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quorum {
    /// Signatures of different people.
    pub signatures: usize,
    /// Organisations that these people are from, at least.
    pub organisations: usize,
    /// Why, one sentence for each reason, without full stops.
    pub because: Vec<String>,
}

/// What the files of this candidate need: by how much depends on the project, how risky the release is, and whether who
/// publishes has changed.
pub fn quorum(state: &State, row: &CandidateRow, now: Timestamp) -> Quorum {
    let project = &row.candidate.release.project;
    // A candidate of a project that is not there needs the most.
    let tier = state.projects.get(&ProjectKey(project.clone())).map_or(Tier::Key, |row| row.tier);
    let (signatures, organisations, because) = match tier {
        Tier::Leaf => (1, 1, "a leaf project needs 1 signature"),
        Tier::Shared => (2, 1, "others depend on the project: 2 signatures"),
        Tier::Key => (2, 2, "a key project needs 2 signatures from 2 organisations"),
    };
    let mut quorum = Quorum { signatures, organisations, because: vec![because.to_owned()] };
    if row.candidate.risk == RiskClass::R4 {
        quorum.signatures += 1;
        quorum.because.push("risk class R4 needs 1 more".to_owned());
    }
    // Who publishes may have changed with an earlier release, which need not have been accepted.
    let raised = state
        .releases_of(project)
        .filter(|(_, other)| other.found <= row.found && other.found.plus(IDENTITY_BAR) > now)
        .filter_map(|(release, other)| {
            let change = other.candidate.identity.iter().find(|change| identity::is_hold(change))?;
            Some((other.found, release, change))
        })
        .max_by_key(|(found, ..)| *found);
    if let Some((found, release, change)) = raised {
        quorum.signatures += 1;
        quorum.because.push(format!(
            "the {} changed with {release} on {}: 1 more until {}",
            change.what,
            found.date(),
            found.plus(IDENTITY_BAR).date()
        ));
    }
    quorum
}

/// What tells the organisations of a signer at the time of signing; who has none is one for themselves.
pub(super) fn organisations(id: &MaintainerId, maintainer: &Maintainer, at: Timestamp) -> BTreeSet<String> {
    let organisations = independence::organisations(maintainer, at);
    if organisations.is_empty() { [format!("~{id}")].into() } else { organisations }
}

/// From how many organisations these signers are, as far as `needed` asks: the most of them of whom no two share one.
///
/// Counting people who share nothing, and not names, keeps one employer with two names from being two; and a further
/// signature never makes it fewer.
pub(super) fn distinct(signers: &[&BTreeSet<String>], needed: usize) -> usize {
    (1..=needed.min(signers.len())).rev().find(|count| choose(signers, *count, &mut Vec::new())).unwrap_or(0)
}

fn choose<'s>(signers: &[&'s BTreeSet<String>], more: usize, chosen: &mut Vec<&'s BTreeSet<String>>) -> bool {
    if more == 0 {
        return true;
    }
    signers.iter().enumerate().any(|(index, signer)| {
        if chosen.iter().any(|other| !other.is_disjoint(signer)) {
            return false;
        }
        chosen.push(signer);
        let found = choose(&signers[index + 1..], more - 1, chosen);
        chosen.pop();
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organisations_are_counted_by_people_who_share_none() {
        for (signers, count) in [
            (&[][..], 0),
            (&["a"], 1),
            (&["a", "a"], 1),
            (&["a", "b"], 2),
            (&["a b", "a", "b"], 2),
            (&["a b", "b c", "c a"], 1),
            (&["a", "b", "c"], 2),
        ] {
            let sets: Vec<BTreeSet<String>> =
                signers.iter().map(|words| words.split(' ').map(str::to_owned).collect()).collect();
            assert_eq!(distinct(&sets.iter().collect::<Vec<_>>(), 2), count, "{signers:?}");
        }
    }
}
