//! Which releases are reviewed: the graph of full and delta reviews over exact bytes, as in cargo-vet, with a quorum of
//! independent people on each edge.
//!
//! A file of a release is reviewed when enough signatures on its bytes count, or an exemption that has not ended covers
//! it. A delta counts when the files that it starts from are reviewed themselves. What counts is worked out anew from
//! what is known now: a key that was stolen, a tie that was found later, take their signatures with them.

pub mod criteria;
mod graph;
mod imported;
pub(crate) mod lost;
mod queue;
mod quorum;
mod reviewer;
mod signature;
mod suggest;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::{ProjectName, Sha256, Timestamp};
use serde::Serialize;

use crate::act::Scope;
use crate::state::rows::{ExemptRow, ProjectKey, Retirement};
use crate::{Release, State};

pub use queue::{QueueItem, Reason, deadline, next, reason, slo, waiting, waits_as, waits_since};
pub use quorum::{IDENTITY_BAR, Quorum, quorum};
pub use reviewer::Reviewer;
pub use suggest::{Suggestion, suggest};

use graph::{Evidence, Graph};

/// How far the reviews of a release have come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReviewStatus {
    /// Which release.
    pub release: Release,
    /// What each of its files needs.
    pub needed: Quorum,
    /// Its files.
    pub files: BTreeMap<Sha256, FileStatus>,
    /// The files that may be listed in the first suite; empty while a violation blocks.
    pub reviewed: BTreeSet<Sha256>,
    /// Who says no, and has not taken that back. It closes a candidate; it does not undo a quorum by itself.
    pub rejected_by: Vec<Rejection>,
    /// What harms, and is connected with these bytes. While there is any, nothing of the release is reviewed.
    pub violations: Vec<Violation>,
    /// Whether anything of it is reviewed and nothing blocks. [`ReviewStatus::missing_files`] says what is not.
    pub complete: bool,
}

/// How far the reviews of one file have come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileStatus {
    /// As the candidate calls it.
    pub filename: String,
    /// The signatures that count, one for each person.
    pub counted: Vec<Counted>,
    /// Those that do not.
    pub ignored: Vec<Ignored>,
    /// From how many organisations the counted ones are, as far as the quorum asks.
    pub organisations: usize,
    /// The entry of the exemption that covers it, and its end.
    pub exempt: Option<(u64, Timestamp)>,
    /// Whether this is enough.
    pub reviewed: bool,
}

/// A signature that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// The review's entry.
    pub entry: u64,
    /// Who.
    pub by: Reviewer,
    /// The base of a delta; none for a full review.
    pub base: Option<Release>,
}

/// A signature that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ignored {
    /// The review's entry.
    pub entry: u64,
    /// Who.
    pub by: Reviewer,
    /// Why, as a sentence without a full stop.
    pub why: String,
}

/// Somebody's no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// The review's entry.
    pub entry: u64,
    /// Who.
    pub by: Reviewer,
    /// Their reason.
    pub notes: String,
    /// Why it should not weigh: a tie to the vendor, a key that is void.
    pub but: Option<String>,
}

/// Bytes that harm, and the way from them to this release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Violation {
    /// The review's entry.
    pub entry: u64,
    /// Who says so.
    pub by: Reviewer,
    /// The release whose bytes these are.
    pub release: Release,
    /// Their reason.
    pub notes: String,
    /// The delta reviews that lead from there to this release, by their entries; empty when it is this release.
    pub through: BTreeSet<u64>,
}

impl ReviewStatus {
    /// The files that are not reviewed.
    pub fn missing_files(&self) -> impl Iterator<Item = (&Sha256, &FileStatus)> {
        self.files.iter().filter(|(_, file)| !file.reviewed)
    }

    /// How many signatures, and how many organisations among them, the file that lacks least still lacks.
    pub fn missing(&self) -> (usize, usize) {
        if self.complete { (0, 0) } else { self.lacks() }
    }

    /// The same of the files that are not reviewed, also when others are.
    pub fn lacks(&self) -> (usize, usize) {
        self.missing_files()
            .map(|(_, file)| {
                (
                    self.needed.signatures.saturating_sub(file.counted.len()),
                    self.needed.organisations.saturating_sub(file.organisations),
                )
            })
            .min()
            .unwrap_or((self.needed.signatures, self.needed.organisations))
    }

    /// Where it stands, in one sentence without a full stop.
    pub fn sentence(&self) -> String {
        if let Some(violation) = self.violations.first() {
            let (by, entry) = (&violation.by, violation.entry);
            return if violation.through.is_empty() {
                format!("{by} calls it harmful (entry {entry})")
            } else {
                format!("it builds on {}, which {by} calls harmful (entry {entry})", violation.release)
            };
        }
        if self.complete {
            let missing = self.missing_files().count();
            return match missing {
                0 => "reviewed".to_owned(),
                _ => format!("{} of {} files are reviewed", self.files.len() - missing, self.files.len()),
            };
        }
        let (signatures, organisations) = self.missing();
        let mut sentence = match (signatures, organisations) {
            (0, _) => "it lacks a signature from another organisation".to_owned(),
            (1, _) => format!("it lacks 1 of {} signatures", self.needed.signatures),
            (missing, _) => format!("it lacks {missing} of {} signatures", self.needed.signatures),
        };
        let ignored: BTreeMap<u64, &Ignored> = self
            .files
            .values()
            .flat_map(|file| &file.ignored)
            .map(|ignored| (ignored.entry, ignored))
            .collect();
        if let Some(ignored) = ignored.values().next_back() {
            sentence.push_str(&format!("; {}'s does not count: {}", ignored.by, ignored.why));
        }
        if ignored.len() > 1 {
            sentence.push_str(&format!(" (and {} more)", ignored.len() - 1));
        }
        sentence
    }
}

/// How far the reviews of a release have come; none when it was never taken in.
pub fn status(state: &State, release: &Release, now: Timestamp) -> Option<ReviewStatus> {
    let evidence = Evidence::of(state, Some(&release.project));
    Graph::new(state, &release.project, &evidence, now).status(release)
}

/// Why an exemption covers nothing; none while it does.
pub fn why_not_exempt(state: &State, entry: u64, row: &ExemptRow, now: Timestamp) -> Option<String> {
    if let Some((by, reason)) = &row.ended {
        return Some(format!("ended in entry {by}: {reason}"));
    }
    if row.exempt.until <= now {
        return Some(format!("it ended on {}", row.exempt.until.date()));
    }
    let lacking = || criteria::lacking(&row.exempt.criteria).map(|name| format!("it does not assert {name}"));
    let lapse = || lapse(state, &row.exempt.release.project);
    let lapsed = || lapse().filter(|lapse| entry < lapse.entry).map(lapsed);
    state.why_void(entry, &row.keys).or_else(lapsed).or_else(lacking)
}

/// The retirement before which nothing that was said of a project's bytes counts any more.
fn lapse<'s>(state: &'s State, project: &ProjectName) -> Option<&'s Retirement> {
    state.projects.get(&ProjectKey(project.clone()))?.reviews_lapsed.as_ref()
}

fn lapsed(retirement: &Retirement) -> String {
    format!(
        "signed before the project was retired on {}; it came back more than 8 weeks later, and needs a full review",
        retirement.at.date()
    )
}

/// The same for every release that was taken in, in one pass over the reviews.
pub fn statuses(state: &State, now: Timestamp) -> BTreeMap<Release, ReviewStatus> {
    let evidence = Evidence::of(state, None);
    let projects: BTreeSet<&ProjectName> =
        state.candidates.iter().map(|(release, _)| &release.project).collect();
    let mut statuses = BTreeMap::new();
    for project in projects {
        let graph = Graph::new(state, project, &evidence, now);
        statuses
            .extend(graph.releases().filter_map(|release| Some((release.clone(), graph.status(release)?))));
    }
    statuses
}

/// The base of a delta.
fn base(scope: &Scope) -> Option<(&Release, &[Sha256])> {
    match scope {
        Scope::Full => None,
        Scope::Delta { base, base_files } => Some((base, base_files)),
    }
}
