//! Whether the people who look after a project still do, and what is due when they do not.
//!
//! ACTIVE → NEGLECTED → CONTACTED (day 0) → REMINDED (day 14) → PRESUMED ABSENT (day 28) → ORPHANED by a release manager →
//! RETIRED (6 weeks later, when nobody took it), or adopted; beside it the salvage of somebody who wants to take over: 21 days for objections, 7 more, adoption (Debian's
//! developers-reference 5.12). That the stewards were asked, and asked again, are entries of the server's: a server that
//! did not run presumes nobody absent. Everything else follows from the rows and the time.

use std::collections::BTreeSet;
use std::time::Duration;

use packhouse_model::{ProjectName, SuiteName, Timestamp};
use serde::Serialize;

use crate::dependents;
use crate::review;
use crate::state::rows::{self, CandidateRow, Maintainer, Project, ProjectKey};
use crate::{Release, State};

/// Dependents that are named; the rest is counted.
const NAMED: usize = 5;
const DAY: Duration = Duration::from_secs(24 * 3600);
/// From the first message to the reminder.
pub const REMINDED_AFTER: Duration = Duration::from_secs(14 * 24 * 3600);
/// From the first message until the stewards are presumed absent.
pub const ABSENT_AFTER: Duration = Duration::from_secs(28 * 24 * 3600);
/// In which a steward's objection ends a salvage.
pub const OBJECTION_TIME: Duration = Duration::from_secs(21 * 24 * 3600);
/// From the end of that until the adoption.
pub const SALVAGE_DELAY: Duration = Duration::from_secs(7 * 24 * 3600);
/// From when a project was orphaned until it is retired, when nobody takes it (Fedora).
pub const RETIRED_AFTER: Duration = Duration::from_secs(6 * 7 * 24 * 3600);
/// From a retirement until reviews of before it count no more when the project comes back (Fedora).
pub const REVIEWS_LAPSE_AFTER: Duration = Duration::from_secs(8 * 7 * 24 * 3600);
/// Without any act, from when on a person is due to become emeritus (Nix RFC 55).
pub const INACTIVE_AFTER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Where a project's stewardship stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Nothing is overdue.
    Active,
    /// Candidates wait for more than twice their time and no steward has done anything since; or nobody looks after the
    /// project, and then there is nobody to be contacted.
    Neglected,
    /// The stewards were asked.
    Contacted,
    /// They were asked again.
    Reminded,
    /// A release manager should orphan the project.
    PresumedAbsent,
    /// Nobody answers for it.
    Orphaned,
    /// Given up.
    Retired,
}

/// How far an intention to take over is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Salvage {
    /// A steward can still object.
    Objections,
    /// Nobody did; it takes effect soon.
    Delayed,
    /// Who asked may adopt the project now, and then looks after it alone.
    AdoptionDue,
}

/// What is known of a project's stewardship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Where it stands.
    pub stage: Stage,
    /// Since when; none while nothing is overdue.
    pub since: Option<Timestamp>,
    /// What comes next if nobody acts, and when.
    pub next: Option<(Stage, Timestamp)>,
    /// What shows it, and what it means, one sentence each, without full stops.
    pub because: Vec<String>,
    /// The intention to take over: how far, and until when.
    pub salvage: Option<(Salvage, Timestamp)>,
}

/// Where the stewardship of a project stands; none when it is not under maintenance.
///
/// Neglect begins when a candidate has waited for twice its time ([`review::slo`]) and no steward has done anything for
/// the project in that time; the stewards are contacted from the beginning of the next day (UTC) on.
pub fn standing(state: &State, name: &ProjectName, now: Timestamp) -> Option<Standing> {
    let project = state.projects.get(&ProjectKey(name.clone()))?;
    let salvage = salvage(project, now);
    let plain = |stage| Standing { stage, since: None, next: None, because: Vec::new(), salvage };
    match project.stewardship {
        rows::Stewardship::Orphaned => return Some(orphaned(name, project, salvage)),
        rows::Stewardship::Retired => return Some(retired(state, name, project, plain(Stage::Retired))),
        rows::Stewardship::Active => {}
    }
    let overdue: Vec<(Timestamp, &CandidateRow)> = state
        .releases_of(name)
        .filter(|(_, row)| review::reason(state, row).is_some())
        .map(|(_, row)| (neglected_from(project, row), row))
        .collect();
    let Some(from) = overdue.iter().map(|(from, _)| *from).min() else { return Some(plain(Stage::Active)) };
    if now < from {
        return Some(Standing { next: Some((Stage::Neglected, from)), ..plain(Stage::Active) });
    }
    let because = overdue
        .iter()
        .filter(|(from, _)| *from <= now)
        .map(|(_, row)| {
            format!(
                "{} has waited since {}, and no steward has done anything since {}",
                row.candidate.release,
                review::waits_since(row).date(),
                project.last_steward_act.max(review::waits_since(row)).date()
            )
        })
        .collect();
    let (step, since, next) = step(project, from, now);
    Some(Standing { stage: step, since: Some(since), next, because, salvage })
}

fn orphaned(name: &ProjectName, project: &Project, salvage: Option<(Salvage, Timestamp)>) -> Standing {
    let because =
        vec![format!("nobody answers for it: `packhouse project adopt {name}` does, by whoever signs it")];
    let next = retirement_due(project).map(|due| (Stage::Retired, due));
    Standing { stage: Stage::Orphaned, since: project.orphaned, next, because, salvage }
}

fn retired(state: &State, name: &ProjectName, project: &Project, plain: Standing) -> Standing {
    let Some(retirement) = &project.retired else { return plain };
    let mut because = vec![
        retirement.reason.trim_end_matches('.').to_owned(),
        format!(
            "`packhouse project add {name}` takes it in again; after {} it needs a full review then",
            retirement.at.plus(REVIEWS_LAPSE_AFTER).date()
        ),
    ];
    let seen = dependents::of_project(state, name);
    because.extend(state.suites.iter().filter(|(suite, _)| state.placement(suite, name).is_some()).map(
        |(suite, row)| match &row.released {
            Some((version, _)) => {
                format!("{suite} {version} was released with it and keeps it; no fixes come")
            }
            None if state.promised_in(suite, name).is_some() => format!("{suite} keeps it, as was promised"),
            None => still_there(suite, &seen),
        },
    ));
    Standing { since: Some(retirement.at), because, ..plain }
}

/// That a suite still has what was given up, and which releases there hold it.
fn still_there(suite: &SuiteName, seen: &[dependents::Dependent]) -> String {
    let needs: BTreeSet<&Release> =
        seen.iter().filter(|one| one.suite == *suite).map(|one| &one.release).collect();
    if needs.is_empty() {
        return format!("{suite} still has it");
    }
    let mut list: Vec<String> = needs.iter().take(NAMED).map(ToString::to_string).collect();
    if needs.len() > NAMED {
        list.push(format!("{} more", needs.len() - NAMED));
    }
    format!("{suite} still has it, as long as it is needed there by {}", list.join(", "))
}

/// When an orphaned project is to be retired if nobody takes it; none while somebody answers for it, or once it is.
pub fn retirement_due(project: &Project) -> Option<Timestamp> {
    (project.stewardship == rows::Stewardship::Orphaned).then_some(())?;
    project.orphaned.map(|since| since.plus(RETIRED_AFTER))
}

fn neglected_from(project: &Project, row: &CandidateRow) -> Timestamp {
    let patience = review::slo(row.candidate.risk) * 2;
    project.last_steward_act.max(review::waits_since(row)).plus(patience)
}

fn step(
    project: &Project,
    from: Timestamp,
    now: Timestamp,
) -> (Stage, Timestamp, Option<(Stage, Timestamp)>) {
    if project.stewards.is_empty() {
        return (Stage::Neglected, from, None);
    }
    let asked = project.contacted.as_ref().filter(|asked| asked.at >= from);
    let Some(asked) = asked else {
        return (Stage::Neglected, from, Some((Stage::Contacted, next_day(from))));
    };
    let (again, absent) = (asked.at.plus(REMINDED_AFTER), asked.at.plus(ABSENT_AFTER));
    match asked.reminded {
        None => (Stage::Contacted, asked.at, Some((Stage::Reminded, again))),
        Some(_) if absent <= now => (Stage::PresumedAbsent, absent, None),
        Some(reminded) => (Stage::Reminded, reminded, Some((Stage::PresumedAbsent, absent))),
    }
}

/// Whether the people who look after a project are to be asked now whether they still do; true: again.
pub fn contact_due(state: &State, name: &ProjectName, now: Timestamp) -> Option<bool> {
    let standing = standing(state, name, now)?;
    standing.next.filter(|(_, due)| *due <= now)?;
    match standing.stage {
        Stage::Neglected => Some(false),
        Stage::Contacted => Some(true),
        _ => None,
    }
}

/// The first moment of the next day, UTC.
fn next_day(time: Timestamp) -> Timestamp {
    let day = i64::try_from(DAY.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros((time.micros().div_euclid(day) + 1).saturating_mul(day))
}

fn salvage(project: &Project, now: Timestamp) -> Option<(Salvage, Timestamp)> {
    let intent = project.salvage.as_ref()?;
    let objections = intent.since.plus(OBJECTION_TIME);
    let adoption = objections.plus(SALVAGE_DELAY);
    Some(if now < objections {
        (Salvage::Objections, objections)
    } else if now < adoption {
        (Salvage::Delayed, adoption)
    } else {
        (Salvage::AdoptionDue, adoption)
    })
}

/// Since when somebody is due to become emeritus for having done nothing for a year; none while they are not.
pub fn emeritus_due(maintainer: &Maintainer, now: Timestamp) -> Option<Timestamp> {
    let due = maintainer.last_act.max(maintainer.since).plus(INACTIVE_AFTER);
    (maintainer.standing == rows::Standing::Active && due <= now).then_some(due)
}

#[cfg(test)]
mod tests;
