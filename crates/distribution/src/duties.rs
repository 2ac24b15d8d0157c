//! What the server has to say next: acts that follow from what people said, and that no person signs.
//!
//! A duty is a function of the state alone. If the server is killed between a review and the snapshot that follows from it,
//! the duty is still there when it comes back; done twice it is refused.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::{ProjectName, Sha256, SuiteName, Timestamp};
use packhouse_pypi::Version;

use crate::act::{Act, Because, Condition, Contact, HintKind, Leave, Orphan, Snapshot, Stage, SuiteKind};
use crate::release::Release;
use crate::review::{self, ReviewStatus};
use crate::series::{self, Intent};
use crate::state::State;
use crate::state::rows::{CandidateState, ProjectKey};
use crate::state::rules::is_last_release_manager;
use crate::state::snapshots::{Contents, SECURITY_APPROVALS, promise_broken_by};
use crate::{dependents, stewardship};

/// Releases that enter a suite with one snapshot.
const MOST_AT_ONCE: usize = 1_000;

/// The next act that is due, if one is. Say it, and ask again. What goes through the security lane is apart: see [`sent`].
pub fn next(state: &State, now: Timestamp) -> Option<Act> {
    let said = condemned(state).or_else(|| released(state)).or_else(|| given_up(state)).map(Act::from);
    said.or_else(|| {
        let statuses = review::statuses(state, now);
        let recount = || review::lost::recount(state, &statuses).map(Act::from);
        recount().or_else(|| accepted(state, &statuses).map(Act::from))
    })
}

/// What time has made due of one project: its people are asked whether they still look after it, or it is retired because
/// nobody took it.
pub fn of_project(state: &State, project: &ProjectName, now: Timestamp) -> Option<Act> {
    let row = state.projects.get(&ProjectKey(project.clone()))?;
    if let Some(since) = row.orphaned
        && stewardship::retirement_due(row).is_some_and(|due| due <= now)
    {
        let reason = format!("orphaned on {}, and nobody took it in 6 weeks", since.date());
        let seen = dependents::of_project(state, project);
        return Some(Act::from(Orphan {
            project: project.clone(),
            retire: true,
            reason,
            dependents: dependents::broken(&seen).into_iter().collect(),
            preflight: dependents::digest(&seen),
        }));
    }
    let reminder = stewardship::contact_due(state, project, now)?;
    let because = stewardship::standing(state, project, now)?.because;
    let contact = Contact { project: project.clone(), stewards: row.stewards.clone(), reminder, because };
    Some(Act::from(contact))
}

/// Somebody who has said nothing for a year becomes emeritus, and their keys sign nothing any more (Nix RFC 55). The last
/// release manager stays: nobody could invite another.
pub fn inactive(state: &State, now: Timestamp) -> Option<Act> {
    let (who, since) = state.maintainers.iter().find_map(|(id, row)| {
        let since = stewardship::emeritus_due(row, now)?;
        (!is_last_release_manager(state, id)).then_some((id, since))
    })?;
    let reason =
        format!("nothing signed for a year, since {}", since.minus(stewardship::INACTIVE_AFTER).date());
    Some(Act::from(Leave { maintainer: who.clone(), reason }))
}

/// A release that is condemned for ever, and still stands in a suite. What can be taken back (a yank, a quarantine, a
/// delisting) is told of the release instead, and leaves the suites as they are.
fn condemned(state: &State) -> Option<Snapshot> {
    let gone = |release: &Release| {
        state.conditions.get(release).filter(|row| row.condition == Condition::Condemned).map(|row| row.entry)
    };
    state.suites.iter().filter(|(_, suite)| suite.stage != crate::act::Stage::EndOfLife).find_map(
        |(suite, _)| {
            let contents = state.contents(suite);
            let entry = contents.keys().find_map(gone)?;
            let wanted: Contents =
                contents.into_iter().filter(|(release, _)| gone(release) != Some(entry)).collect();
            state.snapshot_towards(suite, &wanted, Because::Withdrawal { entry })
        },
    )
}

/// A release that two people agreed to, and that has not been carried out.
fn released(state: &State) -> Option<Snapshot> {
    state.pending.iter().filter(|(_, row)| row.approved_by.is_some()).find_map(|(number, row)| {
        let Some(Act::ReleaseSuite(release)) = row.act() else { return None };
        let suite = state.suites.get(&release.suite)?;
        let done = state
            .snapshots
            .iter()
            .any(|(_, snapshot)| snapshot.because == Because::Release { entry: *number });
        if done || suite.stage == crate::act::Stage::EndOfLife {
            return None;
        }
        let contents = state.releasable(&release.from, release.serial)?;
        // It would be refused each time, and nothing else would ever be done.
        if promise_broken_by(state, &release.suite, &contents).is_some() {
            return None;
        }
        Some(Snapshot {
            suite: release.suite.clone(),
            serial: suite.serial + 1,
            adds: Vec::new(),
            removes: Vec::new(),
            because: Because::Release { entry: *number },
            contents: crate::state::snapshots::digest(&contents),
        })
    })
}

/// Projects that were given up, and that nothing in the suite that takes everything accepted needs any more.
fn given_up(state: &State) -> Option<Snapshot> {
    state.suites_of(SuiteKind::Unstable).into_iter().find_map(|suite| {
        let going = dependents::given_up(state, suite);
        if going.is_empty() || state.suites.get(suite)?.stage == Stage::EndOfLife {
            return None;
        }
        let mut wanted = state.contents(suite);
        wanted.retain(|release, _| !going.contains(&release.project));
        state.snapshot_towards(suite, &wanted, Because::Retirement)
    })
}

/// What is reviewed and not yet in the suite that takes everything accepted.
fn accepted(state: &State, statuses: &BTreeMap<Release, ReviewStatus>) -> Option<Snapshot> {
    let suite: SuiteName = state.suites_of(SuiteKind::Unstable).first().map(|name| (*name).clone())?;
    let before = state.contents(&suite);
    let mut wanted = before.clone();
    let mut touched: BTreeSet<ProjectName> = BTreeSet::new();
    for (release, row) in state.candidates.iter() {
        let waits = match row.state {
            CandidateState::Open => true,
            // More of its files may have been reviewed since.
            CandidateState::Accepted { .. } => before.contains_key(release) || row.left,
            _ => false,
        };
        let given_up = !state.is_maintained(&release.project);
        if !waits || given_up || touched.len() >= MOST_AT_ONCE || refused(state, release) {
            continue;
        }
        let Some(status) = statuses.get(release).filter(|status| status.complete) else {
            continue;
        };
        if before.get(release).is_none_or(|files| !files.is_superset(&status.reviewed)) {
            let files = wanted.entry(release.clone()).or_default();
            files.extend(status.reviewed.iter().copied());
            touched.insert(release.project.clone());
        }
    }
    for project in &touched {
        drop_superseded(state, project, &mut wanted);
    }
    if wanted == before {
        return None;
    }
    state.snapshot_towards(&suite, &wanted, Because::Accepted)
}

/// A reviewed release that two people sent through the security lane, and that is not in the suite that they sent it to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// A suite of kind security.
    pub suite: SuiteName,
    /// Which.
    pub release: Release,
    /// Its reviewed files.
    pub files: BTreeSet<Sha256>,
}

/// What waits to enter the suites of the security lane. Whether it may is for whoever can tell if something would break
/// by it; [`secure`] then makes it an act.
pub fn sent(state: &State, now: Timestamp) -> Vec<Fix> {
    let mut fixes = Vec::new();
    for suite in state.suites_of(SuiteKind::Security) {
        if state.suites.get(suite).is_none_or(|row| row.stage == Stage::EndOfLife) {
            continue;
        }
        let before = state.contents(suite);
        let hints = state.hints.iter().map(|(_, row)| &row.hint);
        let named: BTreeSet<&Release> = hints
            .filter(|hint| hint.kind == HintKind::Security && hint.suite == *suite)
            .map(|hint| &hint.release)
            .filter(|release| !refused(state, release) && state.is_maintained(&release.project))
            .collect();
        for release in named {
            let Some(status) = review::status(state, release, now).filter(|status| status.complete) else {
                continue;
            };
            let approvals = state.security_approvals(suite, release, &status.reviewed, now);
            let known = before.get(release).is_some_and(|files| files.is_superset(&status.reviewed));
            // What a newer fix replaced does not come back.
            let series = series::series_of(&release.version);
            let same = |other: &&Release| {
                other.project == release.project && series::series_of(&other.version) == series
            };
            let newest = before.keys().filter(same).max();
            if approvals.len() >= SECURITY_APPROVALS
                && !known
                && newest.is_none_or(|newest| newest <= release)
            {
                let (suite, release) = (suite.clone(), release.clone());
                fixes.push(Fix { suite, release, files: status.reviewed });
            }
        }
    }
    fixes
}

/// What a suite of the security lane holds with these in it; none when that is what it holds now.
pub fn with_fixes(state: &State, suite: &SuiteName, fixes: &[Fix]) -> Option<Contents> {
    let before = state.contents(suite);
    let mut wanted = before.clone();
    for fix in fixes {
        wanted.entry(fix.release.clone()).or_default().extend(fix.files.iter().copied());
        drop_superseded(state, &fix.release.project, &mut wanted);
    }
    (wanted != before).then_some(wanted)
}

/// The snapshot that brings these into their suite.
pub fn secure(state: &State, suite: &SuiteName, fixes: &[Fix]) -> Option<Snapshot> {
    state.snapshot_towards(suite, &with_fixes(state, suite, fixes)?, Because::Accepted)
}

fn refused(state: &State, release: &Release) -> bool {
    state
        .conditions
        .get(release)
        .is_some_and(|row| matches!(row.condition, Condition::Quarantined | Condition::Condemned))
}

/// Keeps of one project only what its maintenance intent keeps.
pub fn drop_superseded(state: &State, project: &ProjectName, contents: &mut Contents) {
    let Some(row) = state.projects.get(&ProjectKey(project.clone())) else { return };
    let intents: Vec<Intent> = row.series.iter().filter_map(|word| Intent::parse(word).ok()).collect();
    let versions: Vec<Version> = contents
        .keys()
        .filter(|release| release.project == *project)
        .map(|release| release.version.clone())
        .collect();
    let kept = series::kept(&intents, &versions);
    contents.retain(|release, _| release.project != *project || kept.contains(&&release.version));
}
