//! Lines side by side.

use similar::DiffOp;

use super::lines::{Aligned, first_difference};
use super::{Cell, LineText, Row, TextLimits, words};

/// The largest block, old lines times new lines, in which the best pairs are searched. In larger ones the first line
/// stands beside the first.
const BLOCK: usize = 900;
/// Percent of common start and end from which two lines are taken for one that changed.
const ALIKE: usize = 30;
/// Bytes of a too long line that are shown.
const START: usize = 200;

/// Makes rows, and counts what it has made.
pub(super) struct Rows<'a> {
    aligned: &'a Aligned<'a>,
    limits: &'a TextLimits,
    /// Changed lines so far.
    pub(super) shown: usize,
    compared: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(aligned: &'a Aligned<'a>, limits: &'a TextLimits) -> Self {
        Self { aligned, limits, shown: 0, compared: 0 }
    }

    /// Adds the rows of an operation, as far as the limit allows.
    pub(super) fn push(&mut self, op: &DiffOp, rows: &mut Vec<Row>) {
        let (old, new) = (op.old_range(), op.new_range());
        if let DiffOp::Equal { .. } = op {
            rows.extend(old.zip(new).map(|(old, new)| Row {
                old: Some(self.cell(old, self.aligned.old[old], None)),
                new: Some(self.cell(new, self.aligned.new[new], None)),
                same: true,
            }));
            return;
        }
        let left = self.limits.shown.saturating_sub(self.shown);
        let old = old.start..old.end.min(old.start + left);
        let new = new.start..new.end.min(new.start + left - old.len().min(left));
        self.shown += old.len() + new.len();
        for (one, other) in pairs(&self.aligned.old[old.clone()], &self.aligned.new[new.clone()]) {
            rows.push(self.changed(one.map(|at| at + old.start), other.map(|at| at + new.start)));
        }
    }

    fn changed(&mut self, old: Option<usize>, new: Option<usize>) -> Row {
        let before = old.map(|at| self.aligned.old[at]);
        let after = new.map(|at| self.aligned.new[at]);
        let mut row = Row {
            old: old.zip(before).map(|(at, line)| self.cell(at, line, after)),
            new: new.zip(after).map(|(at, line)| self.cell(at, line, before)),
            same: false,
        };
        if let (Some(old), Some(new)) = (&mut row.old, &mut row.new)
            && let (LineText::Shown(before), LineText::Shown(after)) = (&old.text, &new.text)
            && before.len().max(after.len()) <= self.limits.word_bytes
            && self.compared < self.limits.word_pairs
        {
            self.compared += 1;
            if let Some((before, after)) = words::emphasis(before, after) {
                (old.emphasis, new.emphasis) = (before, after);
            }
        }
        row
    }

    fn cell(&self, at: usize, line: &[u8], other: Option<&[u8]>) -> Cell {
        let text = if line.len() <= self.limits.line_bytes {
            LineText::Shown(String::from_utf8_lossy(line).into_owned())
        } else {
            LineText::TooLong {
                bytes: line.len(),
                first_difference: other.and_then(|other| first_difference(line, other)),
                start: String::from_utf8_lossy(&line[..START.min(line.len())]).into_owned(),
            }
        };
        Cell { number: at + 1, text, emphasis: Vec::new() }
    }
}

type Pairs = Vec<(Option<usize>, Option<usize>)>;

/// Which lines of a block stand beside each other, in order: those that are most alike.
fn pairs(old: &[&[u8]], new: &[&[u8]]) -> Pairs {
    if old.len() * new.len() > BLOCK || old.is_empty() || new.is_empty() {
        return (0..old.len().max(new.len()))
            .map(|at| (Some(at).filter(|at| *at < old.len()), Some(at).filter(|at| *at < new.len())))
            .collect();
    }
    // best[i][j]: the greatest sum of likeness of pairs among old[i..] and new[j..].
    let mut best = vec![vec![0; new.len() + 1]; old.len() + 1];
    let likeness: Vec<Vec<usize>> =
        old.iter().map(|old| new.iter().map(|new| alike(old, new)).collect()).collect();
    for (i, row) in likeness.iter().enumerate().rev() {
        for (j, score) in row.iter().enumerate().rev() {
            best[i][j] = (best[i + 1][j + 1] + score).max(best[i + 1][j]).max(best[i][j + 1]);
        }
    }
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i == old.len() {
            found.push((None, Some(j)));
            j += 1;
        } else if j == new.len() || best[i][j] == best[i + 1][j] {
            found.push((Some(i), None));
            i += 1;
        } else if best[i][j] == best[i][j + 1] {
            found.push((None, Some(j)));
            j += 1;
        } else {
            found.push((Some(i), Some(j)));
            (i, j) = (i + 1, j + 1);
        }
    }
    found
}

/// Percent that the lines have in common at their start and end, without indents; 0 below [`ALIKE`].
fn alike(old: &[u8], new: &[u8]) -> usize {
    const LONGEST: usize = 1000;
    let (old, new) = (old.trim_ascii(), new.trim_ascii());
    let (old, new) = (&old[..old.len().min(LONGEST)], &new[..new.len().min(LONGEST)]);
    let prefix = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let suffix = old[prefix..]
        .iter()
        .rev()
        .zip(new[prefix..].iter().rev())
        .take_while(|(old, new)| old == new)
        .count();
    let percent = 200 * (prefix + suffix) / (old.len() + new.len()).max(1);
    if percent < ALIKE { 0 } else { percent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_what_is_alike() {
        for (old, new, expected) in [
            (&["a = 1"][..], &["import x", "a = 2"][..], &[(None, Some(0)), (Some(0), Some(1))][..]),
            (&["foo(1)", "bar(2)"], &["bar(3)"], &[(Some(0), None), (Some(1), Some(0))]),
            (&["xyz"], &["abc"], &[(Some(0), None), (None, Some(0))]),
            (&[], &["abc"], &[(None, Some(0))]),
            (&["abc"], &[], &[(Some(0), None)]),
        ] {
            let bytes = |lines: &[&'static str]| lines.iter().map(|line| line.as_bytes()).collect::<Vec<_>>();
            assert_eq!(pairs(&bytes(old), &bytes(new)), expected, "{old:?} {new:?}");
        }
    }
}
