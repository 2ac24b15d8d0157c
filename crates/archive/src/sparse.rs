use std::collections::BTreeMap;
use std::ops::Range;

/// The parts of a file that are known so far. The first answer for a byte stays: a later one cannot replace what was
/// read already.
#[derive(Debug, Default)]
pub(crate) struct Sparse {
    /// Start of each piece, with its bytes. Pieces neither overlap nor touch.
    pieces: BTreeMap<u64, Vec<u8>>,
}

impl Sparse {
    /// Adds bytes, leaving out those that are known. Appending in order costs no copy of what is there.
    pub(crate) fn insert(&mut self, offset: u64, bytes: &[u8]) {
        let end = offset.saturating_add(bytes.len() as u64);
        let mut at = offset;
        while at < end {
            if let Some(known) = self.piece_at(at) {
                at = known.end;
                continue;
            }
            let next = self.pieces.range(at..).next().map(|(start, _)| *start);
            let stop = next.map_or(end, |start| start.min(end));
            let fresh = &bytes[(at - offset) as usize..(stop - offset) as usize];
            self.append(at, fresh, next.filter(|start| *start == stop));
            at = stop;
        }
    }

    /// Puts bytes into a gap, and joins the pieces that they connect.
    fn append(&mut self, at: u64, fresh: &[u8], follower: Option<u64>) {
        let follower = follower.and_then(|start| self.pieces.remove(&start)).unwrap_or_default();
        let before = self.pieces.range_mut(..at).next_back();
        let piece = match before {
            Some((start, piece)) if *start + piece.len() as u64 == at => piece,
            _ => self.pieces.entry(at).or_default(),
        };
        piece.extend_from_slice(fresh);
        piece.extend_from_slice(&follower);
    }

    /// The bytes of a range, once all of them are known.
    pub(crate) fn get(&self, range: &Range<u64>) -> Option<&[u8]> {
        if range.is_empty() {
            return Some(&[]);
        }
        let (start, piece) = self.pieces.range(..=range.start).next_back()?;
        piece.get((range.start - start) as usize..(range.end - start) as usize)
    }

    /// The smallest range that holds every byte of `range` that is not known; empty when all are.
    pub(crate) fn missing(&self, range: &Range<u64>) -> Range<u64> {
        let start = self.piece_at(range.start).map_or(range.start, |known| known.end);
        if range.start >= range.end || start >= range.end {
            return range.end..range.end;
        }
        let end = self.piece_at(range.end - 1).map_or(range.end, |known| known.start);
        start..end
    }

    fn piece_at(&self, at: u64) -> Option<Range<u64>> {
        let (start, piece) = self.pieces.range(..=at).next_back()?;
        let end = start + piece.len() as u64;
        (at < end).then_some(*start..end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keeps_what_came_first(inserts in prop::collection::vec((0_u64..30, 0_usize..10), 0..20)) {
            let mut sparse = Sparse::default();
            let mut expected = [None; 40];
            for (turn, (offset, length)) in inserts.iter().enumerate() {
                sparse.insert(*offset, &vec![turn as u8; *length]);
                for slot in &mut expected[*offset as usize..*offset as usize + length] {
                    slot.get_or_insert(turn as u8);
                }
            }
            for start in 0..40_usize {
                for end in start..40 {
                    let range = start as u64..end as u64;
                    let known: Option<Vec<u8>> = expected[start..end].iter().copied().collect();
                    prop_assert_eq!(sparse.get(&range).map(<[u8]>::to_vec), known.clone());
                    let missing = sparse.missing(&range);
                    prop_assert_eq!(missing.is_empty(), known.is_some());
                    if let Some(first) = expected[start..end].iter().position(Option::is_none) {
                        let last = expected[start..end].iter().rposition(Option::is_none).expect("one is");
                        prop_assert_eq!(missing, (start + first) as u64..(start + last + 1) as u64);
                    }
                }
            }
        }
    }
}
