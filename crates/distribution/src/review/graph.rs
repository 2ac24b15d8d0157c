//! The reviews of one project as a graph: releases are its nodes, reviews its edges, files what travels along them.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::{MaintainerId, ProjectName, Sha256, Timestamp};

use super::imported;
use super::quorum::{self, Quorum};
use super::reviewer::Voice;
use super::signature::Signature;
use super::{Counted, FileStatus, Ignored, Rejection, ReviewStatus, Violation, base};
use crate::act::Verdict;
use crate::state::peers::ImportRow;
use crate::state::rows::{CandidateRow, ExemptRow, ReviewRow};
use crate::{Release, State};

/// Reviews, imported ones and exemptions by project, found in one pass.
#[derive(Default)]
pub(super) struct Evidence<'s> {
    reviews: BTreeMap<&'s ProjectName, Vec<(u64, &'s ReviewRow)>>,
    imports: BTreeMap<&'s ProjectName, Vec<(u64, &'s ImportRow)>>,
    exemptions: BTreeMap<&'s ProjectName, Vec<(u64, &'s ExemptRow)>>,
}

impl<'s> Evidence<'s> {
    /// Of one project, or of all.
    pub(super) fn of(state: &'s State, project: Option<&ProjectName>) -> Self {
        let mut evidence = Self::default();
        let wanted = |name: &ProjectName| project.is_none_or(|project| project == name);
        for (entry, row) in state.reviews.iter().filter(|(_, row)| wanted(&row.review.release.project)) {
            evidence.reviews.entry(&row.review.release.project).or_default().push((*entry, row));
        }
        for (entry, row) in state.imports.iter().filter(|(_, row)| wanted(&row.review.review.release.project))
        {
            evidence.imports.entry(&row.review.review.release.project).or_default().push((*entry, row));
        }
        for (entry, row) in state.exemptions.iter().filter(|(_, row)| wanted(&row.exempt.release.project)) {
            evidence.exemptions.entry(&row.exempt.release.project).or_default().push((*entry, row));
        }
        evidence
    }
}

struct Node<'s> {
    row: &'s CandidateRow,
    needed: Quorum,
    signatures: Vec<Signature<'s>>,
    exempt: BTreeMap<Sha256, (u64, Timestamp)>,
}

/// Violations that touch a file, each with the delta reviews that lead from it to the file.
type Touched = BTreeMap<u64, BTreeSet<u64>>;

pub(super) struct Graph<'s> {
    nodes: BTreeMap<&'s Release, Node<'s>>,
    touched: BTreeMap<Sha256, Touched>,
    reviewed: BTreeMap<&'s Release, BTreeSet<Sha256>>,
}

impl<'s> Graph<'s> {
    pub(super) fn new(
        state: &'s State,
        project: &ProjectName,
        evidence: &Evidence<'s>,
        now: Timestamp,
    ) -> Self {
        let lapse = super::lapse(state, project);
        let mut nodes: BTreeMap<&Release, Node<'_>> = state
            .releases_of(project)
            .map(|(release, row)| {
                let needed = quorum::quorum(state, row, now);
                (release, Node { row, needed, signatures: Vec::new(), exempt: BTreeMap::new() })
            })
            .collect();
        for (entry, row) in evidence.reviews.get(project).into_iter().flatten() {
            if let Some(node) = nodes.get_mut(&row.review.release) {
                let sign = Signature::of(state, *entry, row, &node.row.candidate.vendor);
                node.signatures.push(sign.lapsing(lapse.filter(|lapse| *entry < lapse.entry)));
            }
        }
        for (entry, row) in evidence.imports.get(project).into_iter().flatten() {
            if let Some(node) = nodes.get_mut(&row.review.review.release) {
                let sign = imported::signature(state, *entry, row, &node.row.candidate.vendor);
                // Signed elsewhere, it has no number here that tells when; an import only brings it.
                node.signatures.push(sign.lapsing(lapse.filter(|lapse| row.review.at < lapse.at)));
            }
        }
        for (entry, row) in evidence.exemptions.get(project).into_iter().flatten() {
            let covers = super::why_not_exempt(state, *entry, row, now).is_none();
            if let Some(node) = nodes.get_mut(&row.exempt.release).filter(|_| covers) {
                for file in &row.files {
                    let exempt = node.exempt.entry(*file).or_insert((*entry, row.exempt.until));
                    if row.exempt.until > exempt.1 {
                        *exempt = (*entry, row.exempt.until);
                    }
                }
            }
        }
        let mut graph = Self { nodes, touched: BTreeMap::new(), reviewed: BTreeMap::new() };
        graph.spread_violations();
        graph.spread_reviews();
        graph
    }

    pub(super) fn releases(&self) -> impl Iterator<Item = &'s Release> {
        self.nodes.keys().copied()
    }

    pub(super) fn row(&self, release: &Release) -> Option<&'s CandidateRow> {
        self.nodes.get(release).map(|node| node.row)
    }

    /// The files of a release that are reviewed.
    pub(super) fn reviewed(&self, release: &Release) -> Option<&BTreeSet<Sha256>> {
        self.reviewed.get(release).filter(|files| !files.is_empty())
    }

    /// Whether this person has said anything on the release that still stands: what was signed with a key that is void
    /// can be signed again.
    pub(super) fn has_signed(&self, release: &Release, who: &MaintainerId) -> bool {
        self.nodes.get(release).is_some_and(|node| {
            node.signatures.iter().any(|sign| sign.voice.is_own(who) && sign.problem.is_none())
        })
    }

    /// The organisations of those who count for the file that has most of them.
    pub(super) fn signers(&self, release: &Release) -> Vec<&BTreeSet<String>> {
        let Some(node) = self.nodes.get(release) else { return Vec::new() };
        node.row
            .files
            .values()
            .map(|file| {
                self.counted(node, *file).into_values().map(|sign| &sign.organisations).collect::<Vec<_>>()
            })
            .max_by_key(Vec::len)
            .unwrap_or_default()
    }

    /// Follows harm along every delta that would count, from its base to what was reviewed by it.
    ///
    /// Cargo-vet blocks when a violation overlaps either end of any edge; what another chain says does not lift it.
    fn spread_violations(&mut self) {
        let mut touched: BTreeMap<Sha256, Touched> = BTreeMap::new();
        for sign in self.violations() {
            for file in &sign.row.files {
                touched.entry(*file).or_default().insert(sign.entry, BTreeSet::new());
            }
        }
        // Each round carries a violation one edge further, and no file gets the same one twice.
        let mut grew = !touched.is_empty();
        while grew {
            grew = false;
            for sign in self.edges() {
                let Some((_, base_files)) = base(&sign.row.review.scope) else { continue };
                let from: Vec<(u64, BTreeSet<u64>)> = base_files
                    .iter()
                    .filter_map(|file| touched.get(file))
                    .flatten()
                    .map(|(entry, through)| (*entry, through.clone()))
                    .collect();
                for (violation, mut through) in from {
                    through.insert(sign.entry);
                    for file in &sign.row.files {
                        touched.entry(*file).or_default().entry(violation).or_insert_with(|| {
                            grew = true;
                            through.clone()
                        });
                    }
                }
            }
        }
        self.touched = touched;
    }

    /// Reviews that say harm, and that nobody has lifted.
    fn violations(&self) -> impl Iterator<Item = &Signature<'s>> {
        self.nodes
            .values()
            .flat_map(|node| &node.signatures)
            .filter(|sign| sign.row.review.verdict == Verdict::Violation && !sign.lifted)
            .filter(|sign| sign.problem.is_none())
    }

    /// Accepting reviews whose signature can count.
    fn edges(&self) -> impl Iterator<Item = &Signature<'s>> {
        self.nodes
            .values()
            .flat_map(|node| &node.signatures)
            .filter(|sign| sign.row.review.verdict == Verdict::Accept && sign.problem.is_none())
    }

    /// The smallest set of files that is closed under: enough signatures count. Deltas that lean on each other in a
    /// circle never enter it.
    fn spread_reviews(&mut self) {
        let mut grew = true;
        while grew {
            grew = false;
            let releases: Vec<&Release> = self.releases().collect();
            for release in releases {
                let Some(node) = self.nodes.get(release).filter(|node| !self.is_blocked(node)) else {
                    continue;
                };
                let known = self.reviewed.get(release);
                let new: Vec<Sha256> = node
                    .row
                    .files
                    .values()
                    .filter(|file| known.is_none_or(|known| !known.contains(file)))
                    .filter(|file| self.enough(node, **file))
                    .copied()
                    .collect();
                if !new.is_empty() {
                    grew = true;
                    self.reviewed.entry(release).or_default().extend(new);
                }
            }
        }
    }

    fn is_blocked(&self, node: &Node<'_>) -> bool {
        node.row.files.values().any(|file| self.touched.contains_key(file))
    }

    fn enough(&self, node: &Node<'s>, file: Sha256) -> bool {
        if node.exempt.contains_key(&file) {
            return true;
        }
        let counted = self.counted(node, file);
        counted.len() >= node.needed.signatures
            && organisations(&counted, node.needed.organisations) >= node.needed.organisations
    }

    /// The signatures on a file that count, by person or, where it has one voice, by peer.
    fn counted<'g>(&'g self, node: &'g Node<'s>, file: Sha256) -> BTreeMap<&'g Voice, &'g Signature<'s>> {
        let mut counted: BTreeMap<&Voice, &Signature<'s>> = BTreeMap::new();
        for sign in &node.signatures {
            // Somebody who is a maintainer of two peers signs once.
            let elsewhere = |other: &&Signature<'s>| match (sign.keys, other.keys) {
                (Some(one), Some(other)) => !one.is_disjoint(other),
                _ => false,
            };
            if sign.row.review.verdict == Verdict::Accept
                && sign.row.files.contains(&file)
                && self.why_ignored(node, sign, file).is_none()
                && !counted.values().any(elsewhere)
            {
                counted.entry(&sign.voice).or_insert(sign);
            }
        }
        counted
    }

    fn why_ignored(&self, node: &Node<'s>, sign: &Signature<'s>, file: Sha256) -> Option<String> {
        if let Some(problem) = &sign.problem {
            return Some(problem.clone());
        }
        let changed = node.signatures.iter().find(|other| {
            other.by == sign.by
                && imported::later(other, sign)
                && other.row.review.verdict != Verdict::Accept
                && other.row.revoked.is_none()
                && other.row.files.contains(&file)
        });
        if let Some(changed) = changed {
            return Some(format!("they say otherwise in entry {}", changed.entry));
        }
        let (release, files) = base(&sign.row.review.scope)?;
        if files.is_empty() {
            return Some("a delta from no files".to_owned());
        }
        let reviewed = self.reviewed.get(release);
        let lacking =
            files.iter().filter(|file| reviewed.is_none_or(|reviewed| !reviewed.contains(file))).count();
        (lacking > 0).then(|| {
            format!("a delta from {release}, of which {lacking} of {} files are not reviewed", files.len())
        })
    }

    pub(super) fn status(&self, release: &Release) -> Option<ReviewStatus> {
        let (release, node) = self.nodes.get_key_value(release)?;
        let reviewed = self.reviewed.get(release).cloned().unwrap_or_default();
        let files = node
            .row
            .files
            .iter()
            .map(|(filename, file)| (*file, self.file_status(node, filename, *file, reviewed.contains(file))))
            .collect();
        Some(ReviewStatus {
            release: (*release).clone(),
            needed: node.needed.clone(),
            files,
            rejected_by: rejections(node),
            violations: self.violations_of(node),
            complete: !reviewed.is_empty(),
            reviewed,
        })
    }

    fn file_status(&self, node: &Node<'s>, filename: &str, file: Sha256, reviewed: bool) -> FileStatus {
        let by_voice = self.counted(node, file);
        let mut ignored = Vec::new();
        for sign in &node.signatures {
            if sign.row.review.verdict != Verdict::Accept || !sign.row.files.contains(&file) {
                continue;
            }
            let why = self.why_ignored(node, sign, file).or_else(|| {
                let Some(first) = by_voice.get(&sign.voice) else {
                    return Some("its key signed for another peer".to_owned());
                };
                (first.entry != sign.entry).then(|| sign.voice.spoke_in(first.entry))
            });
            if let Some(why) = why {
                ignored.push(Ignored { entry: sign.entry, by: sign.by.clone(), why });
            }
        }
        let mut counted: Vec<Counted> = by_voice
            .values()
            .map(|sign| Counted {
                entry: sign.entry,
                by: sign.by.clone(),
                base: base(&sign.row.review.scope).map(|(release, _)| release.clone()),
            })
            .collect();
        counted.sort_by_key(|counted| counted.entry);
        FileStatus {
            filename: filename.to_owned(),
            organisations: organisations(&by_voice, node.needed.organisations),
            counted,
            ignored,
            exempt: node.exempt.get(&file).copied(),
            reviewed,
        }
    }

    fn violations_of(&self, node: &Node<'_>) -> Vec<Violation> {
        let signatures: BTreeMap<u64, &Signature<'_>> =
            self.violations().map(|sign| (sign.entry, sign)).collect();
        let mut found: BTreeMap<u64, Violation> = BTreeMap::new();
        for (entry, through) in node.row.files.values().filter_map(|file| self.touched.get(file)).flatten() {
            let Some(sign) = signatures.get(entry) else { continue };
            let violation = Violation {
                entry: *entry,
                by: sign.by.clone(),
                release: sign.row.review.release.clone(),
                notes: sign.row.review.notes.clone(),
                through: through.clone(),
            };
            // The shortest way says most.
            let shorter = found.get(entry).is_none_or(|known| known.through.len() > violation.through.len());
            if shorter {
                found.insert(*entry, violation);
            }
        }
        found.into_values().collect()
    }
}

fn organisations(counted: &BTreeMap<&Voice, &Signature<'_>>, needed: usize) -> usize {
    let signers: Vec<&BTreeSet<String>> = counted.values().map(|sign| &sign.organisations).collect();
    quorum::distinct(&signers, needed)
}

fn rejections(node: &Node<'_>) -> Vec<Rejection> {
    node.signatures
        .iter()
        .filter(|sign| sign.row.review.verdict == Verdict::Reject && sign.row.revoked.is_none())
        .map(|sign| Rejection {
            entry: sign.entry,
            by: sign.by.clone(),
            notes: sign.row.review.notes.clone(),
            but: sign.problem.clone(),
        })
        .collect()
}
