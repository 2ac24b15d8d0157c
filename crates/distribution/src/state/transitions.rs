//! Named transitions: what moves to a suite together or not at all.

use std::collections::BTreeSet;

use packhouse_model::{ProjectName, SuiteName, Timestamp};
use packhouse_pypi::Version;
use packhouse_pypi::specifiers::VersionSpecifiers;

use super::rows::{PlacementId, TransitionId, TransitionRow};
use super::{ReadEntry, Refused, State, rules};
use crate::act::{Member, Role, Transition, TransitionEnd};

/// Members of one transition.
const MOST_MEMBERS: usize = 500;
/// The longest name.
const LONGEST_NAME: usize = 60;

/// How far a member of a transition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// The suite has it.
    Done,
    /// The suite's source has it.
    Waits,
    /// Neither has it.
    Missing,
}

pub(super) fn open(state: &mut State, entry: &ReadEntry, act: &Transition) -> Result<(), Refused> {
    let by = rules::person_with(state, entry, &[Role::Maintainer, Role::ReleaseManager])?.clone();
    let suite = rules::suite(state, &act.suite)?;
    if suite.settings.source.is_none() {
        return Err(Refused::Conflict(format!("nothing migrates to {}: it has no source", act.suite)));
    }
    name(&act.name)?;
    rules::text("reason", &act.reason)?;
    if act.members.is_empty() || act.members.len() > MOST_MEMBERS {
        return Err(Refused::value("members", format!("must be 1 to {MOST_MEMBERS}")));
    }
    if act.deadline.is_some_and(|end| end <= entry.at) {
        return Err(Refused::value("deadline", "must lie ahead"));
    }
    let mut named = BTreeSet::new();
    for member in &act.members {
        rules::project(state, &member.project)?;
        let read = VersionSpecifiers::parse(&member.versions)
            .map_err(|error| Refused::value("members", format!("{}: {error}", member.project)))?;
        if read.is_empty() {
            let problem = format!("{}: name the versions that belong to it, such as >=3", member.project);
            return Err(Refused::value("members", problem));
        }
        if !named.insert(&member.project) {
            return Err(Refused::value("members", format!("{} stands twice", member.project)));
        }
    }
    let id = TransitionId::new(act.suite.clone(), act.name.clone());
    // An item waits for one transition: two that want the same one could each wait for the other.
    let taken = state.open_transitions(&act.suite).find_map(|(other, row)| {
        let shared = row.transition.members.iter().find(|member| named.contains(&member.project))?;
        (*other != id).then(|| format!("{} is in the transition {} already", shared.project, other.name))
    });
    if let Some(taken) = taken {
        return Err(Refused::Conflict(taken));
    }
    let known = state.transitions.get(&id).filter(|row| row.ended.is_none());
    let opened = known.map_or(entry.at, |row| row.opened);
    let owner = match known {
        Some(row) => {
            if row.by != by {
                rules::person_with(state, entry, &[Role::ReleaseManager])?;
            }
            row.by.clone()
        }
        None => by.clone(),
    };
    let manages = state.maintainers.get(&by).is_some_and(|row| row.roles.contains(&Role::ReleaseManager));
    let row = TransitionRow {
        by: owner,
        opened,
        entry: entry.number,
        keys: rules::signing_keys(state, entry),
        transition: act.clone(),
        approved: manages,
        ended: None,
    };
    state.transitions.put(id, row);
    Ok(())
}

fn name(text: &str) -> Result<(), Refused> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edges = !text.starts_with('-') && !text.ends_with('-');
    if text.is_empty() || text.len() > LONGEST_NAME || !text.chars().all(plain) || !edges {
        let problem = format!("must be small letters, digits and hyphens, at most {LONGEST_NAME}");
        return Err(Refused::value("name", problem));
    }
    Ok(())
}

pub(super) fn end(state: &mut State, entry: &ReadEntry, act: &TransitionEnd) -> Result<(), Refused> {
    let id = TransitionId::new(act.suite.clone(), act.name.clone());
    let row = state.transitions.get(&id).ok_or_else(|| Refused::missing("transition", &id))?;
    if entry.by.maintainer() != Some(&row.by) {
        rules::person_with(state, entry, &[Role::ReleaseManager])?;
    }
    rules::text("reason", &act.reason)?;
    if row.ended.is_some() {
        return Err(Refused::Conflict(format!("the transition {} has ended already", act.name)));
    }
    let (at, reason) = (entry.at, act.reason.clone());
    state.transitions.edit(&id, |row| row.ended = Some((at, reason)));
    Ok(())
}

impl State {
    /// The transitions to a suite that have not ended, by name. One whose only key was revoked is none.
    pub fn open_transitions<'s>(
        &'s self,
        suite: &SuiteName,
    ) -> impl Iterator<Item = (&'s TransitionId, &'s TransitionRow)> + use<'s> {
        let suite = suite.clone();
        self.transitions.iter().filter(move |(id, row)| {
            id.suite == suite && row.ended.is_none() && self.why_void(row.entry, &row.keys).is_none()
        })
    }

    /// How far a member of a transition to `suite` is.
    pub fn progress(&self, suite: &SuiteName, member: &Member) -> Progress {
        let has = |suite: &SuiteName| {
            let placement = self.placements.get(&PlacementId::new(suite.clone(), member.project.clone()));
            placement.is_some_and(|placement| {
                placement.releases.values().any(|placed| member.covers(&placed.release.version))
            })
        };
        let source = self.suites.get(suite).and_then(|row| row.settings.source.as_ref());
        if has(suite) {
            Progress::Done
        } else if source.is_some_and(has) {
            Progress::Waits
        } else {
            Progress::Missing
        }
    }
}

impl Member {
    /// Whether this version of the project belongs to it.
    pub fn covers(&self, version: &Version) -> bool {
        VersionSpecifiers::parse(&self.versions).is_ok_and(|versions| versions.contains(version))
    }
}

impl TransitionRow {
    /// The member that a version of a project is, if it is one.
    pub fn member(&self, project: &ProjectName, version: &Version) -> Option<&Member> {
        self.transition.members.iter().find(|member| member.project == *project && member.covers(version))
    }

    /// Whether it should be done by now.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.transition.deadline.is_some_and(|deadline| deadline <= now)
    }
}

#[cfg(test)]
mod tests;
