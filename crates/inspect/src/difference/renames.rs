//! Files that were moved: the same bytes elsewhere, or most of the same lines.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use packhouse_model::Sha256;

use super::{Change, FileChange, Side};
use crate::release::Release;

/// Percent of lines that have to be the same.
const THRESHOLD: usize = 60;
/// Bytes of each release that are read to find renames, in the order of paths: 50 ms. What is beyond stays added and
/// removed.
const BYTES: u64 = 6 << 20;
/// Larger files are not worth a guess.
const LARGEST: u64 = 1 << 20;
/// Smaller ones have too few lines to tell.
const SMALLEST: u64 = 40;
/// A line that stands in more files than this says nothing (`import os`), and would make the work quadratic.
const COMMON: usize = 16;

/// Takes pairs out of both lists and puts them back into `added` as renamed.
pub(super) fn join(added: &mut [FileChange], removed: &mut Vec<FileChange>, old: &Release, new: &Release) {
    if added.is_empty() || removed.is_empty() {
        return;
    }
    let mut pairs = same_bytes(added, removed);
    pairs.extend(same_lines(added, removed, &pairs, old, new));
    let mut gone = vec![false; removed.len()];
    for Pair { to, from, similarity } in pairs {
        gone[from] = true;
        added[to].change = Change::Renamed { similarity };
        added[to].old.clone_from(&removed[from].old);
    }
    let mut index = 0;
    removed.retain(|_| {
        index += 1;
        !gone[index - 1]
    });
}

#[derive(Debug, Clone, Copy)]
struct Pair {
    to: usize,
    from: usize,
    similarity: u8,
}

fn same_bytes(added: &[FileChange], removed: &[FileChange]) -> Vec<Pair> {
    let mut by_hash: HashMap<Sha256, Vec<usize>> = HashMap::new();
    // Backwards, so that `pop` gives the first path.
    for (from, file) in removed.iter().enumerate().rev() {
        // Empty files say nothing about where they came from.
        if let Some(side) = file.old.as_ref().filter(|side| side.file.size > 0 && side.file.link.is_none()) {
            by_hash.entry(side.file.sha256).or_default().push(from);
        }
    }
    let mut pairs = Vec::new();
    for (to, file) in added.iter().enumerate() {
        let hash = file.new.as_ref().filter(|side| side.file.link.is_none()).map(|side| side.file.sha256);
        if let Some(from) = hash.and_then(|hash| by_hash.get_mut(&hash)?.pop()) {
            pairs.push(Pair { to, from, similarity: 100 });
        }
    }
    pairs
}

fn same_lines(
    added: &[FileChange],
    removed: &[FileChange],
    paired: &[Pair],
    old: &Release,
    new: &Release,
) -> Vec<Pair> {
    let mut budget = BYTES;
    let taken_from: Vec<bool> = mark(removed.len(), paired.iter().map(|pair| pair.from));
    let taken_to: Vec<bool> = mark(added.len(), paired.iter().map(|pair| pair.to));
    let sketch = |side: Option<&Side>, release: &Release, budget: &mut u64| {
        let side =
            side.filter(|side| (SMALLEST..=LARGEST).contains(&side.file.size) && side.file.link.is_none())?;
        let content = release.content(&side.path)?;
        *budget = budget.checked_sub(side.file.size)?;
        Some(lines(content))
    };
    let before: Vec<Option<Vec<u64>>> = (0..removed.len())
        .map(|at| if taken_from[at] { None } else { sketch(removed[at].old.as_ref(), old, &mut budget) })
        .collect();
    let mut files_of: Vec<(u64, usize)> = Vec::new();
    for (from, lines) in before.iter().enumerate() {
        files_of.extend(lines.iter().flatten().map(|line| (*line, from)));
    }
    files_of.sort_unstable();
    budget = BYTES;
    let mut candidates = Vec::new();
    for to in (0..added.len()).filter(|to| !taken_to[*to]) {
        let Some(after) = sketch(added[to].new.as_ref(), new, &mut budget) else { continue };
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for line in &after {
            let first = files_of.partition_point(|(known, _)| known < line);
            let files = files_of[first..].iter().take_while(|(known, _)| known == line).take(COMMON + 1);
            if files.clone().count() <= COMMON {
                files.for_each(|(_, from)| *shared.entry(*from).or_default() += 1);
            }
        }
        let scored = shared.into_iter().map(|(from, count)| {
            let total = before[from].as_ref().map_or(0, Vec::len) + after.len();
            (200 * count / total.max(1), from)
        });
        let best = scored
            .filter(|(score, _)| *score >= THRESHOLD)
            .max_by_key(|(score, from)| (*score, Reverse(*from)));
        candidates.extend(best.map(|(score, from)| Pair { to, from, similarity: score.min(99) as u8 }));
    }
    candidates.sort_by_key(|pair| (Reverse(pair.similarity), pair.to));
    let mut used = taken_from;
    candidates.retain(|pair| !std::mem::replace(&mut used[pair.from], true));
    candidates
}

fn mark(length: usize, which: impl Iterator<Item = usize>) -> Vec<bool> {
    let mut marks = vec![false; length];
    for at in which {
        marks[at] = true;
    }
    marks
}

/// The hashes of the different lines that are not blank. The hasher has no chance in it: the same input, the same answer.
fn lines(content: &[u8]) -> Vec<u64> {
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let lines = content.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let mut found: Vec<u64> = lines.map(|line| hasher.hash_one(line)).collect();
    found.sort_unstable();
    found.dedup();
    found
}
