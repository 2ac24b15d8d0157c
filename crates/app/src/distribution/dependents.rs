//! What a release's going would break: asked before somebody signs that it goes.

use packhouse_distribution::act::Condition;
use packhouse_distribution::{Release, State};
use packhouse_model::SuiteName;
use packhouse_pypi::requirement::Requirement;
use packhouse_pypi::specifiers::VersionSpecifiers;
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
