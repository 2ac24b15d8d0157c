use std::collections::BTreeMap;

use packhouse_model::{ProjectName, Timestamp};
use packhouse_pypi::{Version, check_filename};

use super::rows::{CandidateRow, CandidateState, ConditionRow, Pending, ProjectKey, Stewardship};
use super::{ReadEntry, Refused, State, notices, rules};
use crate::act::{Act, Candidate, Condition, Role, UpstreamEvent, UpstreamNews, Withdraw};
use crate::dependents::{self, Going, dependents};
use crate::{Actor, Release};

/// Files of one release.
const MOST_FILES: usize = 2_000;

impl State {
    /// What was taken in of one project, lowest version first.
    pub fn releases_of<'s>(
        &'s self,
        project: &ProjectName,
    ) -> impl DoubleEndedIterator<Item = (&'s Release, &'s CandidateRow)> + use<'s> {
        // No version is lower (PEP 440: developmental releases come first), and no name lies between a name and the
        // same name with a NUL behind it.
        let lowest =
            |name: ProjectName| Version::parse("0.dev0").ok().map(|version| Release::new(name, version));
        let next = ProjectName::from_canonical(&format!("{project}\0"));
        lowest(project.clone())
            .zip(lowest(next))
            .map(|(from, to)| self.candidates.range(from..to))
            .into_iter()
            .flatten()
    }
}

pub(super) fn candidate(state: &mut State, entry: &ReadEntry, act: &Candidate) -> Result<(), Refused> {
    rules::server_only(entry)?;
    let project = rules::project(state, &act.release.project)?;
    if project.stewardship == Stewardship::Retired {
        return Err(Refused::Conflict(format!("{} is retired: nothing new comes in", act.release.project)));
    }
    if act.files.is_empty() || act.files.len() > MOST_FILES || act.files.len() != entry.subjects.len() {
        return Err(Refused::value(
            "files",
            format!("must be 1 to {MOST_FILES}, one for each subject; found {}", act.files.len()),
        ));
    }
    let mut files = BTreeMap::new();
    for (file, (name, sha)) in act.files.iter().zip(&entry.subjects) {
        check_filename(&file.filename).map_err(|error| Refused::value("files", error.to_string()))?;
        if *name != file.filename || files.insert(name.clone(), *sha).is_some() {
            return Err(Refused::value("files", format!("{name}: files and subjects must be the same list")));
        }
    }
    let known = state.candidates.get(&act.release);
    if let Some(known) = known {
        // Bytes never change: a filename means one SHA-256 for ever.
        for (name, sha) in &known.files {
            if files.get(name) != Some(sha) {
                return Err(Refused::Conflict(format!(
                    "{name} of {} was taken in with SHA-256 {sha}: a candidate only gains files",
                    act.release
                )));
            }
        }
    }
    let series = crate::series::series_of(&act.release.version);
    let replaced: Vec<(Release, Timestamp)> = state
        .releases_of(&act.release.project)
        .filter(|(release, row)| {
            (row.state == CandidateState::Open || row.left)
                && release.version < act.release.version
                && crate::series::series_of(&release.version) == series
        })
        .map(|(release, row)| (release.clone(), row.queued))
        .collect();
    // A newer release takes the place in the queue of what it supersedes: waiting is never lost.
    let queued = replaced
        .iter()
        .map(|(_, queued)| *queued)
        .chain(known.map(|row| row.queued))
        .min()
        .unwrap_or(entry.at)
        .min(entry.at);
    let row = CandidateRow {
        candidate: act.clone(),
        files,
        entry: entry.number,
        found: known.map_or(entry.at, |row| row.found),
        queued,
        state: known.map_or(CandidateState::Open, |row| row.state.clone()),
        lost: known.and_then(|row| row.lost.clone()),
        left: known.is_some_and(|row| row.left),
        upstream: known.and_then(|row| row.upstream.clone()),
    };
    state.candidates.put(act.release.clone(), row);
    for (old, _) in replaced {
        state.candidates.edit(&old, |row| {
            row.left = false;
            if row.state == CandidateState::Open {
                row.state = CandidateState::Superseded { by: act.release.clone() };
            }
        });
    }
    Ok(())
}

pub(super) fn upstream_news(state: &mut State, entry: &ReadEntry, act: &UpstreamNews) -> Result<(), Refused> {
    rules::server_only(entry)?;
    rules::project(state, &act.project)?;
    rules::optional_text("reason", &act.reason)?;
    let Some(release) = &act.release else {
        let since = match act.event {
            UpstreamEvent::Quarantined | UpstreamEvent::Deleted => Some(entry.at),
            UpstreamEvent::Cleared => None,
            UpstreamEvent::Yanked | UpstreamEvent::Unyanked => {
                return Err(Refused::value("release", "is missing: a release is yanked, not a project"));
            }
        };
        state.projects.edit(&ProjectKey(act.project.clone()), |row| row.upstream_quarantine = since);
        return Ok(());
    };
    rules::candidate(state, release)?;
    state.candidates.edit(release, |row| match act.event {
        UpstreamEvent::Unyanked | UpstreamEvent::Cleared => {
            row.upstream = None;
            if row.state == CandidateState::Withdrawn {
                row.state = CandidateState::Open;
            }
        }
        event => {
            row.upstream = Some((event, entry.at, act.reason.clone()));
            if row.state == CandidateState::Open {
                row.state = CandidateState::Withdrawn;
            }
        }
    });
    Ok(())
}

pub(super) fn withdraw(state: &mut State, entry: &ReadEntry, act: &Withdraw) -> Result<(), Refused> {
    let row = rules::candidate(state, &act.release)?;
    rules::text("reason", &act.reason)?;
    let before = state.conditions.get(&act.release).map_or(Condition::Listed, |row| row.condition);
    if before == Condition::Condemned {
        return Err(Refused::Conflict(format!("{} is condemned: that is final", act.release)));
    }
    if before == act.condition {
        return Err(Refused::Conflict(format!("{} is {} already", act.release, before.word())));
    }
    let project = rules::project(state, &act.release.project)?;
    let steward = entry.by.maintainer().is_some_and(|person| project.stewards.contains(person));
    // Who looks after a project may say how it is to be used; taking bytes away, or giving them back, is security's.
    let light = !act.condition.refuses() && !before.refuses();
    let by = if light && steward {
        rules::person_with(state, entry, &[Role::Maintainer, Role::ReleaseManager])?
    } else {
        rules::person_with(state, entry, &[Role::Security])?
    };
    let upstream_agrees = project.upstream_quarantine.is_some()
        || row.upstream.as_ref().is_some_and(|(event, ..)| *event == UpstreamEvent::Quarantined);
    // Race: a suite may have changed since its author looked. Entries of before this rule name no digest; `State::admit`
    // lets no new ones in.
    if act.preflight.is_some()
        && let Some(unseen) = dependents::unseen(state, &Going::of_withdrawal(act))
    {
        return Err(Refused::Conflict(unseen));
    }
    let alone = match act.condition {
        Condition::Quarantined => upstream_agrees,
        Condition::Condemned => false,
        _ => !before.refuses(),
    };
    if alone {
        tell_withdrawn(state, entry.number, act);
        carry_out_withdraw(state, entry, act, &entry.by.clone());
    } else {
        propose(state, entry, by.clone());
    }
    Ok(())
}

/// Keeps an act until a second person agrees.
pub(super) fn propose(state: &mut State, entry: &ReadEntry, by: packhouse_model::MaintainerId) {
    let predicate = entry.act.predicate(entry.at, &entry.by);
    let row = Pending { by, at: entry.at, kind: entry.act.kind().to_owned(), predicate, approved_by: None };
    state.pending.put(entry.number, row);
}

/// What a second person may agree to, and what follows.
pub(super) fn approved(state: &mut State, entry: &ReadEntry, number: u64, act: &Act) -> Result<(), Refused> {
    match act {
        Act::Withdraw(act) => {
            rules::person_with(state, entry, &[Role::Security, Role::ReleaseManager])?;
            if act.preflight.is_some()
                && let Some(unseen) = dependents::unseen_since(state, &Going::of_withdrawal(act))
            {
                return Err(Refused::Conflict(unseen));
            }
            let by = state.pending.get(&number).map(|row| Actor::Maintainer(row.by.clone()));
            tell_withdrawn(state, entry.number, act);
            let carried = ReadEntry { number, ..entry.clone() };
            carry_out_withdraw(state, &carried, act, &by.unwrap_or_else(|| entry.by.clone()));
            Ok(())
        }
        Act::ReleaseSuite(act) => {
            rules::person_with(state, entry, &[Role::ReleaseManager, Role::Security])?;
            let contents = state.releasable(&act.from, act.serial).unwrap_or_default();
            match super::snapshots::promise_broken_by(state, &act.suite, &contents) {
                Some(broken) => Err(Refused::Conflict(broken)),
                None => Ok(()),
            }
        }
        _ => Err(Refused::Conflict(format!("entry {number} needs no second person"))),
    }
}

/// Tells who looks after what goes or comes back, and after what requires it, by the entry with which it does.
fn tell_withdrawn(state: &mut State, entry: u64, act: &Withdraw) {
    let seen = dependents(state, &act.release, act.condition);
    notices::tell(state, entry, [&act.release.project], &seen);
}

fn carry_out_withdraw(state: &mut State, entry: &ReadEntry, act: &Withdraw, by: &Actor) {
    if act.condition == Condition::Listed {
        state.conditions.remove(&act.release);
        return;
    }
    let row = ConditionRow {
        condition: act.condition,
        reason: act.reason.clone(),
        by: by.clone(),
        at: entry.at,
        entry: entry.number,
        advisory: act.advisory.clone(),
    };
    state.conditions.put(act.release.clone(), row);
}
