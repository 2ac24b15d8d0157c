//! Which lines of two texts correspond.

use std::collections::HashMap;

use similar::{Algorithm, DiffOp};

/// Two texts cut into lines, and how they correspond.
#[derive(Debug)]
pub(crate) struct Aligned<'a> {
    pub(crate) old: Vec<&'a [u8]>,
    pub(crate) new: Vec<&'a [u8]>,
    pub(crate) ops: Vec<DiffOp>,
}

impl<'a> Aligned<'a> {
    /// The lines that are new, with their index.
    pub(crate) fn added(&self) -> impl Iterator<Item = (usize, &'a [u8])> {
        let changed = self.ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
        changed.flat_map(DiffOp::new_range).map(|index| (index, self.new[index]))
    }

    /// How many lines are gone.
    pub(crate) fn removed(&self) -> usize {
        let changed = self.ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
        changed.map(|op| op.old_range().len()).sum()
    }

    /// The lines that are gone.
    pub(crate) fn removed_lines(&self) -> impl Iterator<Item = &'a [u8]> {
        let changed = self.ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
        changed.flat_map(DiffOp::old_range).map(|index| self.old[index])
    }
}

/// Aligns two texts. `limit` is how many lines of both together are compared between the first and the last difference;
/// beyond it all of them count as replaced.
///
/// The same input has the same answer on every machine: Myers' algorithm gives up on the shortest answer after an
/// amount of work, as Git's does, and not after a time.
pub(crate) fn align<'a>(old: &'a [u8], new: &'a [u8], limit: usize) -> Aligned<'a> {
    let (old, new) = (split(old), split(new));
    let prefix = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let (old_rest, new_rest) = (&old[prefix..], &new[prefix..]);
    let suffix = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| old == new).count();
    let old_middle = &old_rest[..old_rest.len() - suffix];
    let new_middle = &new_rest[..new_rest.len() - suffix];
    let mut ops = Vec::new();
    if prefix > 0 {
        ops.push(DiffOp::Equal { old_index: 0, new_index: 0, len: prefix });
    }
    if old_middle.len() + new_middle.len() <= limit {
        ops.extend(middle(old_middle, new_middle).into_iter().map(|op| shifted(op, prefix)));
    } else {
        ops.push(replaced(prefix, old_middle.len(), new_middle.len()));
    }
    if suffix > 0 {
        let (old_index, new_index) = (old.len() - suffix, new.len() - suffix);
        ops.push(DiffOp::Equal { old_index, new_index, len: suffix });
    }
    Aligned { old, new, ops }
}

fn middle(old: &[&[u8]], new: &[&[u8]]) -> Vec<DiffOp> {
    // Numbers for lines, so that long ones are compared once.
    let mut numbers: HashMap<&[u8], u32> = HashMap::new();
    let all: Vec<u32> = old
        .iter()
        .chain(new)
        .map(|line| {
            let next = numbers.len() as u32;
            *numbers.entry(line).or_insert(next)
        })
        .collect();
    let (old, new) = all.split_at(old.len());
    similar::capture_diff_slices(Algorithm::Myers, old, new)
}

fn replaced(at: usize, old_len: usize, new_len: usize) -> DiffOp {
    match (old_len, new_len) {
        (_, 0) => DiffOp::Delete { old_index: at, old_len, new_index: at },
        (0, _) => DiffOp::Insert { old_index: at, new_index: at, new_len },
        _ => DiffOp::Replace { old_index: at, old_len, new_index: at, new_len },
    }
}

fn shifted(op: DiffOp, by: usize) -> DiffOp {
    match op {
        DiffOp::Equal { old_index, new_index, len } => {
            DiffOp::Equal { old_index: old_index + by, new_index: new_index + by, len }
        }
        DiffOp::Delete { old_index, old_len, new_index } => {
            DiffOp::Delete { old_index: old_index + by, old_len, new_index: new_index + by }
        }
        DiffOp::Insert { old_index, new_index, new_len } => {
            DiffOp::Insert { old_index: old_index + by, new_index: new_index + by, new_len }
        }
        DiffOp::Replace { old_index, old_len, new_index, new_len } => {
            DiffOp::Replace { old_index: old_index + by, old_len, new_index: new_index + by, new_len }
        }
    }
}

/// Lines without their endings. Python ends a line at LF, CR LF and at a lone CR, and so do we: what follows a CR must not
/// pass for the rest of a comment.
pub(crate) fn split(text: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        lines.push(&rest[..end]);
        let ending = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = rest.get(end + ending..).unwrap_or_default();
    }
    lines
}

/// Offset of the first byte that differs; `None` for the same bytes.
pub(crate) fn first_difference(old: &[u8], new: &[u8]) -> Option<usize> {
    // Pieces are compared at the speed of memory; bytes one by one are not.
    const PIECE: usize = 4096;
    let shorter = old.len().min(new.len());
    let same = old.chunks(PIECE).zip(new.chunks(PIECE)).take_while(|(old, new)| old == new).count() * PIECE;
    let at = same.min(shorter);
    let within = old[at..].iter().zip(&new[at..]).position(|(old, new)| old != new);
    within.map(|offset| at + offset).or((old.len() != new.len()).then_some(shorter))
}
