use std::collections::BTreeSet;

use super::rows::{CandidateState, Contacted, Project, ProjectKey, Retirement, SalvageIntent, Stewardship};
use super::{ReadEntry, Refused, State, notices, rules};
use crate::Release;
use crate::act::{Actor, Contact, Orphan, ProjectAdd, Role, Salvage, Steward, StewardAction};
use crate::dependents::{self, Going, of_project};
use crate::stewardship::REVIEWS_LAPSE_AFTER;

/// Days in which an objection ends a salvage, and days more until it takes effect (Debian's developers-reference 5.12).
pub(crate) const SALVAGE_DAYS: u64 = 21 + 7;

pub(super) fn add(state: &mut State, entry: &ReadEntry, act: &ProjectAdd) -> Result<(), Refused> {
    rules::person_with(state, entry, &[Role::Maintainer, Role::ReleaseManager])?;
    if act.series.is_empty() || act.series.len() > 20 {
        return Err(Refused::value("series", "is 1 to 20 of opam's words, such as (latest)"));
    }
    for word in &act.series {
        crate::series::Intent::parse(word).map_err(|error| Refused::value("series", error.to_string()))?;
    }
    let key = ProjectKey(act.project.clone());
    if !state.is_maintained(&act.project) {
        queue_again(state, entry, act);
    }
    let row = match state.projects.get(&key) {
        None => Project {
            tier: act.tier,
            series: act.series.clone(),
            needed_by: act.needed_by.iter().cloned().collect(),
            stewards: BTreeSet::new(),
            stewardship: Stewardship::Active,
            orphaned: None,
            retired: None,
            reviews_lapsed: None,
            salvage: None,
            added: entry.at,
            last_steward_act: entry.at,
            contacted: None,
            upstream_quarantine: None,
        },
        // Asked for again: its settings change, its history does not.
        Some(known) => {
            let mut row = known.clone();
            row.tier = act.tier;
            row.series.clone_from(&act.series);
            row.needed_by.extend(act.needed_by.iter().cloned());
            if row.stewardship == Stewardship::Retired {
                row.stewardship = Stewardship::Active;
                row.last_steward_act = row.last_steward_act.max(entry.at);
                row.contacted = None;
            }
            // Back late: what was read before is not what anybody here still knows (Fedora's policy for retired packages).
            if let Some(retired) = row.retired.take()
                && retired.at.plus(REVIEWS_LAPSE_AFTER) < entry.at
            {
                row.reviews_lapsed = Some(retired);
            }
            row
        }
    };
    state.projects.put(key, row);
    Ok(())
}

/// What waits of a project that comes back waits from now on: nobody was asked for it while it was given up.
fn queue_again(state: &mut State, entry: &ReadEntry, act: &ProjectAdd) {
    let waits = |row: &super::rows::CandidateRow| row.state == CandidateState::Open || row.left;
    let found: Vec<Release> = state
        .releases_of(&act.project)
        .filter(|(_, row)| waits(row))
        .map(|(release, _)| release.clone())
        .collect();
    for release in found {
        state.candidates.edit(&release, |row| row.queued = entry.at);
    }
}

pub(super) fn steward(state: &mut State, entry: &ReadEntry, act: &Steward) -> Result<(), Refused> {
    let by = rules::person_with(state, entry, &[Role::Maintainer, Role::ReleaseManager, Role::Security])?;
    let row = rules::project(state, &act.project)?;
    match act.action {
        StewardAction::Adopt => {
            if *by != act.maintainer {
                return Err(Refused::Conflict("who looks after a project says so themselves".to_owned()));
            }
            if let Some(tie) = ties_to_vendor(state, entry, act).first() {
                return Err(Refused::Conflict(format!(
                    "{} cannot look after {}: a maintainer is never the vendor ({tie})",
                    act.maintainer, act.project
                )));
            }
            let due = |since: packhouse_model::Timestamp| {
                since.plus(std::time::Duration::from_secs(SALVAGE_DAYS * 86_400)) <= entry.at
            };
            let salvaged = row.salvage.as_ref().is_some_and(|intent| intent.by == *by && due(intent.since));
            if row.stewardship == Stewardship::Retired {
                return Err(Refused::Conflict(format!(
                    "{} is retired; `packhouse project add {}` takes it in again, which later than 8 weeks after the \
                     retirement needs a full review",
                    act.project, act.project
                )));
            }
            state.projects.edit(&ProjectKey(act.project.clone()), |row| {
                if salvaged {
                    row.stewards.clear();
                    row.salvage = None;
                }
                row.stewards.insert(act.maintainer.clone());
                row.stewardship = Stewardship::Active;
                row.orphaned = None;
                row.last_steward_act = entry.at;
            });
        }
        StewardAction::Leave => {
            if *by != act.maintainer {
                rules::person_with(state, entry, &[Role::ReleaseManager])?;
            }
            if !row.stewards.contains(&act.maintainer) {
                return Err(Refused::Conflict(format!(
                    "{} does not look after {}",
                    act.maintainer, act.project
                )));
            }
            state.projects.edit(&ProjectKey(act.project.clone()), |row| {
                row.stewards.remove(&act.maintainer);
            });
        }
    }
    Ok(())
}

/// What ties a person to the vendor of the newest release that was taken in.
fn ties_to_vendor(state: &State, entry: &ReadEntry, act: &Steward) -> Vec<String> {
    let Some(person) = state.maintainers.get(&act.maintainer) else { return Vec::new() };
    state
        .releases_of(&act.project)
        .max_by_key(|(release, _)| release.version.clone())
        .map(|(_, row)| {
            crate::independence::why_not_independent(person, &row.candidate.vendor, entry.at)
                .iter()
                .map(ToString::to_string)
                .collect()
        })
        .unwrap_or_default()
}

pub(super) fn contact(state: &mut State, entry: &ReadEntry, act: &Contact) -> Result<(), Refused> {
    rules::server_only(entry)?;
    let row = rules::project(state, &act.project)?;
    if crate::stewardship::contact_due(state, &act.project, entry.at) != Some(act.reminder)
        || row.stewards != act.stewards
    {
        return Err(Refused::Conflict(format!("the people of {} are not due to be asked", act.project)));
    }
    state.projects.edit(&ProjectKey(act.project.clone()), |row| match &mut row.contacted {
        Some(contacted) if act.reminder => contacted.reminded = Some(entry.at),
        contacted => *contacted = Some(Contacted { at: entry.at, reminded: None }),
    });
    Ok(())
}

pub(super) fn orphan(state: &mut State, entry: &ReadEntry, act: &Orphan) -> Result<(), Refused> {
    let row = rules::project(state, &act.project)?;
    if entry.by == Actor::Server {
        // What time makes of an orphan is the server's to say; to orphan is a person's.
        let due = act.retire && crate::stewardship::retirement_due(row).is_some_and(|due| due <= entry.at);
        if !due {
            return Err(Refused::Conflict(format!("{} is not due to be retired", act.project)));
        }
    } else {
        rules::person_with(state, entry, &[Role::ReleaseManager])?;
    }
    rules::text("reason", &act.reason)?;
    // Attack: whoever orphans what is retired, and adopts it, would bring it back without its review.
    if let Some(retired) = &row.retired {
        return Err(Refused::Conflict(format!(
            "{} was retired on {}; `packhouse project add {}` takes it in again",
            act.project,
            retired.at.date(),
            act.project
        )));
    }
    let going = Going::of_retirement(act);
    // As with a withdrawal: entries of before this rule name no digest.
    if act.preflight.is_some()
        && let Some(unseen) = dependents::unseen(state, &going)
    {
        return Err(Refused::Conflict(unseen));
    }
    let mut seen = of_project(state, &act.project);
    for one in &mut seen {
        // What waits for somebody is still there.
        one.breaks &= act.retire;
    }
    notices::tell(state, entry.number, [&act.project], &seen);
    // What time makes of an orphan lets nothing break.
    let waived =
        if entry.by == Actor::Server { BTreeSet::new() } else { act.dependents.iter().cloned().collect() };
    state.projects.edit(&ProjectKey(act.project.clone()), |row| {
        row.stewards.clear();
        row.salvage = None;
        if act.retire {
            row.stewardship = Stewardship::Retired;
            row.orphaned = None;
            let reason = act.reason.clone();
            row.retired = Some(Retirement { at: entry.at, entry: entry.number, reason, waived });
        } else {
            row.stewardship = Stewardship::Orphaned;
            row.orphaned = row.orphaned.or(Some(entry.at));
        }
    });
    Ok(())
}

pub(super) fn salvage(state: &mut State, entry: &ReadEntry, act: &Salvage) -> Result<(), Refused> {
    let by = rules::person_with(state, entry, &[Role::Maintainer, Role::ReleaseManager])?;
    let row = rules::project(state, &act.project)?;
    rules::text("reason", &act.reason)?;
    let key = ProjectKey(act.project.clone());
    if act.object {
        if row.salvage.is_none() {
            return Err(Refused::Conflict(format!("nobody asked to take {} over", act.project)));
        }
        if !row.stewards.contains(by) {
            return Err(Refused::Right {
                by: Actor::Maintainer(by.clone()).to_string(),
                act: "salvage",
                needs: "those who look after the project, for an objection".to_owned(),
            });
        }
        state.projects.edit(&key, |row| {
            row.salvage = None;
            row.last_steward_act = entry.at;
        });
        return Ok(());
    }
    if let Some(intent) = &row.salvage {
        return Err(Refused::Conflict(format!(
            "{} asked to take {} over on {}",
            intent.by,
            act.project,
            intent.since.date()
        )));
    }
    let intent = SalvageIntent { by: by.clone(), since: entry.at };
    state.projects.edit(&key, |row| row.salvage = Some(intent));
    Ok(())
}
