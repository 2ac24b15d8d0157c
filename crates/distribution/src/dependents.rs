//! What the going of a release or a project would break: looked at before somebody signs that it goes, and named in what
//! they sign.
//!
//! Debian's `dak rm` lists reverse dependencies and refuses; here the statement itself says what its author has seen, and
//! [`State::apply`] compares it with the suites as they are when it becomes an entry.
//!
//! Markers are not looked at: a requirement of some environment is one.

use std::collections::BTreeSet;

use packhouse_model::{ProjectName, Sha256, SuiteName};
use packhouse_pypi::requirement::Requirement;
use packhouse_pypi::specifiers::VersionSpecifiers;
use packhouse_pypi::{Version, normalize};
use serde::{Deserialize, Serialize};

use crate::act::{Condition, Orphan, Stage, SuiteKind, Withdraw};
use crate::state::rows::{ProjectKey, Suite};
use crate::state::snapshots::Contents;
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
        for (dependent, requirement) in requirers(state, &contents, |project| *project == release.project) {
            let Some(specifiers) = requirement.specifiers() else { continue };
            if specifiers.contains(&release.version) {
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

/// The releases that require a project, in every suite that holds it, by suite and release. Those break that are in a suite
/// which it leaves when it is given up: not in what was released, nor in what collects updates for that.
pub fn of_project(state: &State, project: &ProjectName) -> Vec<Dependent> {
    let mut found = Vec::new();
    for (suite, row) in state.suites.iter() {
        if state.placement(suite, project).is_none() {
            continue;
        }
        let breaks = is_left(state, suite, row, project);
        let contents = state.contents(suite);
        found.extend(requirers(state, &contents, |other| other == project).map(
            |(dependent, requirement)| Dependent {
                suite: suite.clone(),
                release: dependent.clone(),
                requirement: requirement.bare(),
                breaks,
            },
        ));
    }
    found
}

/// Whether a project leaves a suite when it is given up.
fn is_left(state: &State, suite: &SuiteName, row: &Suite, project: &ProjectName) -> bool {
    let moves = match row.settings.kind {
        SuiteKind::Unstable => true,
        SuiteKind::Testing => state.promised_in(suite, project).is_none(),
        SuiteKind::Stable | SuiteKind::Security => false,
    };
    moves && row.stage != Stage::EndOfLife
}

/// The projects that leave a suite because they were given up: those that nothing else there needs, but for what the person
/// who gave them up has named. Retired projects that need only each other go together.
pub(crate) fn given_up(state: &State, suite: &SuiteName) -> BTreeSet<ProjectName> {
    let held = state.suite_projects(suite).map(|(project, _)| project);
    let mut going: BTreeSet<ProjectName> =
        held.filter(|project| !state.is_maintained(project)).cloned().collect();
    if going.is_empty() {
        return going;
    }
    let contents = state.contents(suite);
    let needs: Vec<(&Release, ProjectName)> = requirers(state, &contents, |project| going.contains(project))
        .map(|(dependent, requirement)| (dependent, requirement.project))
        .filter(|(dependent, project)| !is_waived(state, suite, dependent, project))
        .collect();
    loop {
        let stays: BTreeSet<&ProjectName> = needs
            .iter()
            .filter(|(dependent, _)| !going.contains(&dependent.project))
            .map(|(_, project)| project)
            .collect();
        let before = going.len();
        going.retain(|project| !stays.contains(project));
        if going.len() == before {
            return going;
        }
    }
}

fn is_waived(state: &State, suite: &SuiteName, dependent: &Release, project: &ProjectName) -> bool {
    let row = state.projects.get(&ProjectKey(project.clone()));
    let retired = row.and_then(|row| row.retired.as_ref());
    retired.is_some_and(|retired| retired.waived.contains(&named(dependent, suite)))
}

/// The releases of other projects that require one that is `wanted`, with each requirement.
fn requirers<'c>(
    state: &'c State,
    contents: &'c Contents,
    wanted: impl Fn(&ProjectName) -> bool,
) -> impl Iterator<Item = (&'c Release, Requirement)> {
    let rows = contents.keys().filter_map(|release| Some((release, state.candidates.get(release)?)));
    let lines = rows.flat_map(|(release, row)| {
        row.candidate.metadata.requires_dist.iter().map(move |line| (release, line))
    });
    lines.filter_map(move |(release, line)| {
        // The name alone first: reading a whole requirement takes much longer, and nearly none is wanted.
        let name = line.trim_start();
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'));
        let project = normalize(&name[..end.unwrap_or(name.len())]).ok()?;
        if project == release.project || !wanted(&project) {
            return None;
        }
        Some((release, Requirement::parse(line).ok()?))
    })
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
    breaks.map(|one| named(&one.release, &one.suite)).collect()
}

fn named(dependent: &Release, suite: &SuiteName) -> String {
    format!("{dependent} in {suite}")
}

/// What a statement takes away, and what it says of the dependents.
pub(crate) struct Going<'a> {
    /// None: nothing goes.
    what: Option<What<'a>>,
    named: &'a [String],
    preflight: Option<Sha256>,
}

enum What<'a> {
    Release(&'a Release, Condition),
    Project(&'a ProjectName),
}

impl<'a> Going<'a> {
    /// What is given back breaks nobody.
    pub(crate) fn of_withdrawal(act: &'a Withdraw) -> Self {
        let goes = act.condition != Condition::Listed;
        Self {
            what: goes.then_some(What::Release(&act.release, act.condition)),
            named: &act.dependents,
            preflight: act.preflight,
        }
    }

    /// A project that waits for somebody stays where it is.
    pub(crate) fn of_retirement(act: &'a Orphan) -> Self {
        let what = act.retire.then_some(What::Project(&act.project));
        Self { what, named: &act.dependents, preflight: act.preflight }
    }

    fn named(&self) -> BTreeSet<String> {
        self.named.iter().cloned().collect()
    }
}

impl What<'_> {
    fn dependents(&self, state: &State) -> Vec<Dependent> {
        match self {
            Self::Release(release, condition) => dependents(state, release, *condition),
            Self::Project(project) => of_project(state, project),
        }
    }

    fn told(&self, now: &[Dependent], problem: &str) -> String {
        let (subject, command) = match self {
            Self::Release(release, condition) => {
                (format!("{release}, were it {},", condition.word()), "withdraw")
            }
            Self::Project(project) => (format!("{project}, were it retired,"), "project orphan --retire"),
        };
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
        let list =
            if list.is_empty() { "nothing in any suite requires it".to_owned() } else { list.join("; ") };
        format!(
            "the dependents of {subject} {problem}. Now: {list}. Look at them again, and sign what you saw: \
             `packhouse {command}` does both"
        )
    }
}

/// What is wrong with what a statement says of its dependents, as a sentence with the list; none while it says what is.
pub(crate) fn unseen(state: &State, going: &Going<'_>) -> Option<String> {
    let what = going.what.as_ref()?;
    let now = what.dependents(state);
    let same = digest(&now) == going.preflight && broken(&now) == going.named();
    (!same).then(|| what.told(&now, "are not what the statement says"))
}

/// What breaks now and was named to nobody when the withdrawal was proposed, as a sentence with the list.
pub(crate) fn unseen_since(state: &State, going: &Going<'_>) -> Option<String> {
    let what = going.what.as_ref()?;
    let now = what.dependents(state);
    (!broken(&now).is_subset(&going.named())).then(|| what.told(&now, "are others than when it was proposed"))
}

#[cfg(test)]
mod tests;
