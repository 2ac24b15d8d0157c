//! Releases that suites list although their reviews do not suffice any more: a key was revoked, a tie was found, an
//! exemption ended. They stay where they are, and wait for reviews again.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::{SuiteName, Timestamp};

use super::ReviewStatus;
use crate::act::{LostReviews, Recount, Stage};
use crate::state::rows::Placed;
use crate::{Release, State};

/// Releases that one act names.
const MOST_AT_ONCE: usize = 1_000;
/// The longest sentence about what is missing, in characters.
const LONGEST: usize = 1_000;

/// What the server has to say of reviews that were lost, or are there again; none while all is said.
pub(crate) fn recount(state: &State, statuses: &BTreeMap<Release, ReviewStatus>) -> Option<Recount> {
    up_to(MOST_AT_ONCE, state, statuses)
}

/// The same, naming so many releases of each sort at most.
pub(super) fn up_to(
    most: usize,
    state: &State,
    statuses: &BTreeMap<Release, ReviewStatus>,
) -> Option<Recount> {
    let now = unreviewed(state, statuses);
    let settled =
        state.candidates.iter().filter(|(release, row)| row.lost.is_some() && !now.contains_key(*release));
    let settled: Vec<Release> = settled.map(|(release, _)| release.clone()).take(most).collect();
    let new = now
        .into_iter()
        .filter(|(release, _)| state.candidates.get(*release).is_some_and(|row| row.lost.is_none()));
    let lost: Vec<LostReviews> = new
        .take(most)
        .map(|(release, suites)| {
            let sentence = statuses.get(release).map(ReviewStatus::sentence).unwrap_or_default();
            LostReviews {
                release: release.clone(),
                suites,
                because: sentence.chars().take(LONGEST).collect(),
            }
        })
        .collect();
    (!lost.is_empty() || !settled.is_empty()).then_some(Recount { lost, settled })
}

/// The suites that list files of a release which are not reviewed.
pub(crate) fn unreviewed_in(state: &State, release: &Release, now: Timestamp) -> BTreeSet<SuiteName> {
    let status = super::status(state, release, now);
    let lists = |suite: &SuiteName| {
        let held = state.placement(suite, &release.project);
        held.and_then(|held| held.releases.get(&release.version.key()))
            .is_some_and(|placed| !is_refused(state, release) && lacks(placed, status.as_ref()))
    };
    looked_after(state).filter(|suite| lists(suite)).cloned().collect()
}

fn unreviewed<'s>(
    state: &'s State,
    statuses: &BTreeMap<Release, ReviewStatus>,
) -> BTreeMap<&'s Release, BTreeSet<SuiteName>> {
    let mut found: BTreeMap<&Release, BTreeSet<SuiteName>> = BTreeMap::new();
    for suite in looked_after(state) {
        let placed = state.suite_projects(suite).flat_map(|(_, held)| held.releases.values());
        for placed in placed.filter(|placed| lacks(placed, statuses.get(&placed.release))) {
            if !is_refused(state, &placed.release) {
                found.entry(&placed.release).or_default().insert(suite.clone());
            }
        }
    }
    found
}

fn lacks(placed: &Placed, status: Option<&ReviewStatus>) -> bool {
    !status.is_some_and(|status| placed.files.is_subset(&status.reviewed))
}

/// What is refused is handed out to nobody, so nobody need read it.
fn is_refused(state: &State, release: &Release) -> bool {
    state.conditions.get(release).is_some_and(|row| row.condition.refuses())
}

fn looked_after(state: &State) -> impl Iterator<Item = &SuiteName> {
    state.suites.iter().filter(|(_, row)| row.stage != Stage::EndOfLife).map(|(name, _)| name)
}
