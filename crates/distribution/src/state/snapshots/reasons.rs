//! Whether the reason that a snapshot gives allows what it does.

use std::collections::BTreeSet;

use packhouse_model::ProjectName;

use super::super::rows::Suite;
use super::super::{ReadEntry, Refused, State, rules};
use super::SECURITY_APPROVALS;
use crate::act::{Because, Condition, Listing, Snapshot, SuiteKind};

/// Whether the reason of the snapshot allows its differences.
pub(super) fn justified(
    state: &State,
    entry: &ReadEntry,
    act: &Snapshot,
    suite: &Suite,
) -> Result<(), Refused> {
    match &act.because {
        Because::Accepted => {
            if !matches!(suite.settings.kind, SuiteKind::Unstable | SuiteKind::Security) {
                return Err(Refused::Conflict(format!("nothing enters {} by acceptance", act.suite)));
            }
            act.adds.iter().try_for_each(|listing| {
                maintained(state, listing)?;
                reviewed(state, entry, listing)?;
                if suite.settings.kind == SuiteKind::Security {
                    approved(state, entry, act, listing)
                } else {
                    Ok(())
                }
            })
        }
        Because::Migration => migrated(state, entry, act, suite),
        Because::Release { .. } => Ok(()),
        Because::Withdrawal { entry: number } => {
            let named = act
                .removes
                .iter()
                .all(|release| state.conditions.get(release).is_some_and(|row| row.entry == *number));
            // What can be taken back does not leave a suite: it could not come back to a stable one.
            let named = named
                && act.removes.iter().all(|release| {
                    state.conditions.get(release).is_some_and(|row| row.condition == Condition::Condemned)
                });
            if !act.adds.is_empty() || act.removes.is_empty() || !named {
                return Err(Refused::Conflict(format!("this is not what entry {number} withdraws")));
            }
            Ok(())
        }
        Because::Retirement => retired(state, act, suite),
        Because::Rollback { reason, .. } => rules::text("reason", reason),
        Because::Begin { reason, .. } => {
            if suite.settings.kind != SuiteKind::Testing || suite.serial != 0 {
                return Err(Refused::Conflict(format!(
                    "{} cannot begin with another suite's contents: that is for a new suite of kind testing",
                    act.suite
                )));
            }
            rules::text("reason", reason)
        }
    }
}

/// Refuses what takes more out than the projects that were given up and that nothing else there needs.
fn retired(state: &State, act: &Snapshot, suite: &Suite) -> Result<(), Refused> {
    let going = crate::dependents::given_up(state, &act.suite);
    let stays = act.removes.iter().find(|release| !going.contains(&release.project));
    if suite.settings.kind != SuiteKind::Unstable || !act.adds.is_empty() || act.removes.is_empty() {
        return Err(Refused::Conflict(format!("nothing leaves {} in this way", act.suite)));
    }
    match stays {
        Some(release) => Err(Refused::Conflict(format!(
            "{release} does not leave {}: its project is not retired, or something there needs it",
            act.suite
        ))),
        None => Ok(()),
    }
}

/// Refuses a migration of what is not in the source, or is not reviewed any more.
fn migrated(state: &State, entry: &ReadEntry, act: &Snapshot, suite: &Suite) -> Result<(), Refused> {
    let source = suite.settings.source.as_ref().filter(|_| suite.settings.kind == SuiteKind::Testing);
    let Some(source) = source else {
        return Err(Refused::Conflict(format!("nothing migrates to {}", act.suite)));
    };
    given_up(state, act)?;
    for listing in &act.adds {
        maintained(state, listing)?;
        reviewed(state, entry, listing)?;
        let there = state
            .placement(source, &listing.release.project)
            .and_then(|placement| placement.releases.get(&listing.release.version.key()));
        if !there.is_some_and(|placed| placed.files.is_superset(&listing.files)) {
            return Err(Refused::Conflict(format!("{} is not in {source}", listing.release)));
        }
    }
    Ok(())
}

/// Refuses what is given up: nothing of a retired project moves.
fn maintained(state: &State, listing: &Listing) -> Result<(), Refused> {
    if state.is_maintained(&listing.release.project) {
        return Ok(());
    }
    Err(Refused::Conflict(format!("{} does not move: its project is retired", listing.release)))
}

/// Refuses a migration that takes out all that a suite has of a project, unless it was given up and promised to nobody.
fn given_up(state: &State, act: &Snapshot) -> Result<(), Refused> {
    let projects: BTreeSet<&ProjectName> = act.removes.iter().map(|release| &release.project).collect();
    for project in projects {
        let stays = |key: &String| {
            act.removes.iter().all(|gone| gone.project != *project || gone.version.key() != *key)
        };
        let before = state.placement(&act.suite, project);
        let left = before.is_some_and(|placement| placement.releases.keys().any(stays));
        if left || act.adds.iter().any(|listing| listing.release.project == *project) {
            continue;
        }
        if state.is_maintained(project) {
            return Err(Refused::Conflict(format!(
                "{project} cannot leave {}: it is not retired",
                act.suite
            )));
        }
        if let Some(promised) = state.promised_in(&act.suite, project) {
            return Err(Refused::Conflict(format!(
                "{project} cannot leave {}: {promised} was released with it, and its point releases keep it",
                act.suite
            )));
        }
    }
    Ok(())
}

/// Refuses files whose reviews do not suffice at the time of the entry.
fn reviewed(state: &State, entry: &ReadEntry, listing: &Listing) -> Result<(), Refused> {
    let status = crate::review::status(state, &listing.release, entry.at)
        .ok_or_else(|| Refused::missing("candidate", &listing.release))?;
    if listing.files.is_subset(&status.reviewed) {
        return Ok(());
    }
    Err(Refused::Conflict(format!("{} is not reviewed: {}", listing.release, status.sentence())))
}

/// Refuses files that too few people sent through the security lane.
fn approved(state: &State, entry: &ReadEntry, act: &Snapshot, listing: &Listing) -> Result<(), Refused> {
    let people = state.security_approvals(&act.suite, &listing.release, &listing.files, entry.at).len();
    if people >= SECURITY_APPROVALS {
        return Ok(());
    }
    Err(Refused::Conflict(format!(
        "{} was sent through the security lane by {people}, and needs {SECURITY_APPROVALS} people",
        listing.release
    )))
}
