//! What a release's going would break: asked before somebody signs that it goes.

use packhouse_distribution::act::Condition;
use packhouse_distribution::{Release, State};
use packhouse_model::SuiteName;
use packhouse_pypi::requirement::Requirement;
use packhouse_pypi::version::Version;
use serde::Serialize;

/// A release of a suite that requires another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependent {
    /// In which suite.
    pub suite: SuiteName,
    /// Who requires it.
    pub release: Release,
    /// As its metadata says it, without the marker.
    pub requirement: String,
    /// Whether no other release of the suite meets the requirement.
    pub breaks: bool,
}

/// The releases that require `release`, in every suite that holds it, by suite and release.
///
/// Markers are not looked at: a requirement of some environment is one.
pub fn dependents(state: &State, release: &Release) -> Vec<Dependent> {
    let mut found = Vec::new();
    for (suite, _) in state.suites.iter() {
        let contents = state.contents(suite);
        if !contents.contains_key(release) {
            continue;
        }
        let stays = |other: &Release| {
            let condition = state.conditions.get(other).map(|row| row.condition);
            other != release
                && other.project == release.project
                && !matches!(
                    condition,
                    Some(Condition::Delisted | Condition::Quarantined | Condition::Condemned)
                )
        };
        let others: Vec<&Version> =
            contents.keys().filter(|other| stays(other)).map(|other| &other.version).collect();
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
                    breaks: !others.iter().any(|version| specifiers.contains(version)),
                });
            }
        }
    }
    found
}
