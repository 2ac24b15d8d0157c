//! The cheapest reviews that would help a release on.

use std::collections::BTreeSet;

use packhouse_model::{Sha256, Timestamp};
use serde::Serialize;

use super::graph::{Evidence, Graph};
use crate::{Release, State};

/// A review that would count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// The reviewed release to compare with; none for a full review.
    pub base: Option<Release>,
    /// The files of `base` that a delta may start from: those that are reviewed.
    pub base_files: BTreeSet<Sha256>,
    /// What there is to read, as `cost` counts it: lines.
    pub lines: u64,
    /// How many signatures are missing before this one.
    pub missing_signatures: usize,
    /// From how many further organisations.
    pub missing_organisations: usize,
}

/// What to review next in order to get `release` reviewed: all of it, or its difference from a reviewed release, cheapest
/// first, and of equal ones that from the nearest version.
///
/// `cost` says how many lines there are to read against a base, or against nothing; none when that is not known, and then
/// the review is not suggested. It is asked once for each base. Empty when nothing is missing, or when a violation blocks
/// and no review would help.
pub fn suggest(
    state: &State,
    release: &Release,
    now: Timestamp,
    cost: &dyn Fn(Option<&Release>) -> Option<u64>,
) -> Vec<Suggestion> {
    let evidence = Evidence::of(state, Some(&release.project));
    let graph = Graph::new(state, &release.project, &evidence, now);
    let Some(status) = graph.status(release) else { return Vec::new() };
    if status.complete || !status.violations.is_empty() {
        return Vec::new();
    }
    let (missing_signatures, missing_organisations) = status.missing();
    let suggestion = |base: Option<&Release>, base_files, lines| Suggestion {
        base: base.cloned(),
        base_files,
        lines,
        missing_signatures,
        missing_organisations,
    };
    let versions: Vec<&Release> = graph.releases().collect();
    let place = |one: &Release| versions.iter().position(|other| *other == one).unwrap_or_default();
    let own = place(release);
    // A full review leans on nothing: of equal cost, it comes first.
    let full = cost(None).map(|lines| (lines, 0, suggestion(None, BTreeSet::new(), lines)));
    let deltas = versions.iter().filter(|base| **base != release).filter_map(|base| {
        let files = graph.reviewed(base)?;
        let lines = cost(Some(base))?;
        Some((lines, place(base).abs_diff(own), suggestion(Some(base), files.clone(), lines)))
    });
    let mut all: Vec<_> = full.into_iter().chain(deltas).collect();
    // Lower versions come first in `versions`, and stay so where everything else is equal.
    all.sort_by_key(|(lines, distance, _)| (*lines, *distance));
    all.into_iter().map(|(.., suggestion)| suggestion).collect()
}
