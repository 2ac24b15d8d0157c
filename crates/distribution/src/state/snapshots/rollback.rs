//! What a rollback brings back, what it leaves out, and what stays because of that.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::{ProjectName, Sha256, SuiteName, Timestamp};

use super::super::{Refused, State};
use super::Contents;
use crate::Release;
use crate::act::{Condition, LeftOut, WhyLeftOut};
use crate::review::{self, ReviewStatus};
use crate::series::series_of;

/// Releases that a refusal names.
const MOST_NAMED: usize = 40;

/// What a suite would hold after a rollback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    /// All of it.
    pub contents: Contents,
    /// What the older snapshot held and does not come back, by release.
    pub left_out: Vec<LeftOut>,
    /// What the suite holds now and keeps, so that what is left out leaves no gap.
    pub stays: BTreeSet<Release>,
}

impl State {
    /// What a suite would hold after a rollback to the snapshot `to` at this moment. None when there is no such snapshot.
    ///
    /// What the suite holds already is not brought back by it, and stays whatever has become of it, as long as that snapshot
    /// held it too. What would come back must be reviewed at this moment, harmless, and in use. Where what is left out would leave
    /// a series empty, the suite keeps what it holds now of that series; of a project that would be gone from it, all that it
    /// holds now: else its users would get the project from the upstream, unread.
    pub fn rollback(&self, suite: &SuiteName, to: u64, now: Timestamp) -> Option<Rollback> {
        let held = self.contents(suite);
        let comes_back = |release: &Release, files: &BTreeSet<Sha256>| {
            held.get(release).is_none_or(|listed| !listed.is_superset(files))
        };
        let mut contents = self.contents_at(suite, to)?;
        let mut left_out = Vec::new();
        if contents.iter().any(|(release, files)| comes_back(release, files)) {
            let statuses = review::statuses(self, now);
            contents.retain(|release, files| {
                let why = comes_back(release, files).then(|| why_not(self, release, files, &statuses));
                let why = why.flatten();
                left_out.extend(why.map(|why| LeftOut { release: release.clone(), why }));
                why.is_none()
            });
        }
        let mut stays = BTreeSet::new();
        for (release, files) in kept(&held, &contents, &left_out) {
            contents.insert(release.clone(), files.clone());
            stays.insert(release.clone());
        }
        Some(Rollback { contents, left_out, stays })
    }

    /// Why a release is left out of a rollback at this moment, in words for people.
    pub fn why_left_out(&self, left: &LeftOut, now: Timestamp) -> String {
        match left.why {
            WhyLeftOut::LostReviews | WhyLeftOut::Violation => review::status(self, &left.release, now)
                .map_or_else(|| "it was never taken in".to_owned(), |status| status.sentence()),
            _ => self.conditions.get(&left.release).map(|row| row.reason.clone()).unwrap_or_default(),
        }
    }
}

/// What of `held` stays for the sake of what is left out.
fn kept<'h>(
    held: &'h Contents,
    contents: &Contents,
    left_out: &[LeftOut],
) -> Vec<(&'h Release, &'h BTreeSet<Sha256>)> {
    let mut gaps: BTreeMap<&ProjectName, BTreeSet<String>> = BTreeMap::new();
    for left in left_out {
        gaps.entry(&left.release.project).or_default().insert(series_of(&left.release.version));
    }
    let mut kept = Vec::new();
    for (project, mut series) in gaps {
        let of = |release: &&Release| release.project == *project;
        let there: BTreeSet<String> =
            contents.keys().filter(of).map(|release| series_of(&release.version)).collect();
        series.retain(|one| !there.contains(one));
        let now = || held.iter().filter(|(release, _)| of(release));
        let same = |(release, _): &(&Release, _)| series.contains(&series_of(&release.version));
        if there.is_empty() && !now().any(|one| same(&one)) {
            kept.extend(now());
        } else {
            kept.extend(now().filter(same));
        }
    }
    kept
}

fn why_not(
    state: &State,
    release: &Release,
    files: &BTreeSet<Sha256>,
    statuses: &BTreeMap<Release, ReviewStatus>,
) -> Option<WhyLeftOut> {
    match state.conditions.get(release).map(|row| row.condition) {
        Some(Condition::Condemned) => return Some(WhyLeftOut::Condemned),
        Some(Condition::Quarantined) => return Some(WhyLeftOut::Quarantined),
        Some(Condition::Yanked) => return Some(WhyLeftOut::Yanked),
        Some(Condition::Delisted) => return Some(WhyLeftOut::Delisted),
        Some(Condition::Deprecated | Condition::Listed) | None => {}
    }
    match statuses.get(release) {
        Some(status) if !status.violations.is_empty() => Some(WhyLeftOut::Violation),
        Some(status) if files.is_subset(&status.reviewed) => None,
        _ => Some(WhyLeftOut::LostReviews),
    }
}

/// What a rollback takes over, when it leaves out what its author has seen that it does.
pub(super) fn taken_over(
    state: &State,
    suite: &SuiteName,
    to: u64,
    now: Timestamp,
    seen: &[LeftOut],
) -> Result<Contents, Refused> {
    let missing = || Refused::missing("snapshot", &super::SnapshotId::new(suite.clone(), to));
    let rollback = state.rollback(suite, to, now).ok_or_else(missing)?;
    // Race: a key may have been revoked, a release withdrawn, since its author looked.
    if rollback.left_out != seen {
        return Err(Refused::Conflict(format!(
            "what a rollback of {suite} to {to} leaves out is not what the statement says. Now: {}. Look at it again, and sign \
             what you saw: `packhouse suite rollback` does both",
            named(&rollback.left_out)
        )));
    }
    Ok(rollback.contents)
}

fn named(left_out: &[LeftOut]) -> String {
    let mut list: Vec<String> = left_out.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    if left_out.len() > list.len() {
        list.push(format!("{} more", left_out.len() - list.len()));
    }
    if list.is_empty() { "nothing".to_owned() } else { list.join(", ") }
}

#[cfg(test)]
mod tests;
