//! What a release's going would break: looked at before somebody signs that it goes, and named in what they sign.
//!
//! Debian's `dak rm` lists reverse dependencies and refuses; here the statement itself says what its author has seen, and
//! [`State::apply`] compares it with the suites as they are when it becomes an entry.

use std::collections::BTreeSet;

use packhouse_model::{Sha256, SuiteName};
use packhouse_pypi::Version;
use packhouse_pypi::requirement::Requirement;
use packhouse_pypi::specifiers::VersionSpecifiers;
use serde::{Deserialize, Serialize};

use crate::act::{Condition, Withdraw};
use crate::{Release, State};

/// Dependents that a refusal names.
const MOST_NAMED: usize = 40;

/// A release of a suite that requires another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependent {
    /// In which suite.
    pub suite: SuiteName,
    /// Who requires it.
    pub release: Release,
    /// As its metadata says it, without the marker.
    pub requirement: String,
    /// Whether it could not be installed any more with what the suite then offers.
    pub breaks: bool,
}

/// The releases that require `release`, in every suite that holds it, by suite and release, and whether they break when it
/// is in `condition`.
///
/// What is deprecated breaks nobody; what is yanked is still found by who pins it. Other releases of the project that are
/// themselves out of use are no replacement.
///
/// Markers are not looked at: a requirement of some environment is one.
pub fn dependents(state: &State, release: &Release, condition: Condition) -> Vec<Dependent> {
    let mut found = Vec::new();
    for (suite, _) in state.suites.iter() {
        let contents = state.contents(suite);
        if !contents.contains_key(release) {
            continue;
        }
        let offered: Vec<(&Version, Condition)> = contents
            .keys()
            .filter(|other| other.project == release.project)
            .map(|other| {
                let found = state.conditions.get(other).map_or(Condition::Listed, |row| row.condition);
                (&other.version, if other == release { condition } else { found })
            })
            .collect();
        let meets = |specifiers: &VersionSpecifiers| {
            offered.iter().any(|(version, condition)| {
                specifiers.contains(version)
                    && match condition {
                        Condition::Listed | Condition::Deprecated => true,
                        // PEP 592: only for who pins it.
                        Condition::Yanked => specifiers.pins(),
                        Condition::Delisted | Condition::Quarantined | Condition::Condemned => false,
                    }
            })
        };
        for dependent in contents.keys().filter(|dependent| dependent.project != release.project) {
            let Some(row) = state.candidates.get(dependent) else { continue };
            for line in &row.candidate.metadata.requires_dist {
                let Ok(requirement) = Requirement::parse(line) else { continue };
                let Some(specifiers) = requirement.specifiers() else { continue };
                if requirement.project != release.project || !specifiers.contains(&release.version) {
                    continue;
                }
                found.push(Dependent {
                    suite: suite.clone(),
                    release: dependent.clone(),
                    requirement: requirement.bare(),
                    breaks: !meets(specifiers),
                });
            }
        }
    }
    found
}

/// What a withdrawal says of the dependents that its author has seen: SHA-256 over one line for each, in their order,
/// `unstable flask==3.1.0 werkzeug>=3.1 breaks\n`, or `installs` at the end. None when there are none.
pub fn digest(seen: &[Dependent]) -> Option<Sha256> {
    if seen.is_empty() {
        return None;
    }
    let mut text = String::new();
    for one in seen {
        let word = if one.breaks { "breaks" } else { "installs" };
        text.push_str(&format!("{} {} {} {word}\n", one.suite, one.release, one.requirement));
    }
    Some(Sha256::of(text.as_bytes()))
}

/// Those that break, each once: `flask==3.1.0 in unstable`.
pub fn broken(seen: &[Dependent]) -> BTreeSet<String> {
    let breaks = seen.iter().filter(|one| one.breaks);
    breaks.map(|one| format!("{} in {}", one.release, one.suite)).collect()
}

/// Whether a withdrawal has to name what it breaks: what is given back breaks nobody.
fn asks(act: &Withdraw) -> bool {
    act.condition != Condition::Listed
}

/// What is wrong with what a withdrawal says of its dependents, as a sentence with the list; none while it says what is.
pub(crate) fn unseen(state: &State, act: &Withdraw) -> Option<String> {
    if !asks(act) {
        return None;
    }
    let now = dependents(state, &act.release, act.condition);
    let named: BTreeSet<String> = act.dependents.iter().cloned().collect();
    let same = digest(&now) == act.preflight && broken(&now) == named;
    (!same).then(|| told(act, &now, "are not what the statement says"))
}

/// What breaks now and was named to nobody when the withdrawal was proposed, as a sentence with the list.
pub(crate) fn unseen_since(state: &State, act: &Withdraw) -> Option<String> {
    if !asks(act) {
        return None;
    }
    let now = dependents(state, &act.release, act.condition);
    let named: BTreeSet<String> = act.dependents.iter().cloned().collect();
    (!broken(&now).is_subset(&named)).then(|| told(act, &now, "are others than when it was proposed"))
}

fn told(act: &Withdraw, now: &[Dependent], problem: &str) -> String {
    let (release, condition) = (&act.release, act.condition.word());
    let mut list: Vec<String> = now
        .iter()
        .take(MOST_NAMED)
        .map(|one| {
            let word = if one.breaks { "breaks" } else { "still installs" };
            format!("{} in {} ({}) {word}", one.release, one.suite, one.requirement)
        })
        .collect();
    if now.len() > list.len() {
        list.push(format!("{} more", now.len() - list.len()));
    }
    let list = if list.is_empty() { "nothing in any suite requires it".to_owned() } else { list.join("; ") };
    format!(
        "the dependents of {release}, were it {condition}, {problem}. Now: {list}. Look at them again, and sign what you \
         saw: `packhouse withdraw` does both"
    )
}

#[cfg(test)]
mod tests;
