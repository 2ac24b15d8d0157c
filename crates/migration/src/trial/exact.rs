//! The best set that nothing known speaks against.

use std::collections::BTreeMap;

use super::components::partition;
use super::{Nogood, Trials};
use crate::bits::Bits;
use crate::oracle::Oracle;
use crate::relations::Relations;

/// Combinations of numbers from 0, fewer members first, in colexicographic order: {} {0} {1} … {0,1} {0,2} {1,2} …
#[derive(Debug, Clone, Default)]
pub(crate) struct Combinations(pub(crate) Vec<usize>);

impl Combinations {
    /// Goes on to the next combination of numbers below `bound`; `false` after the last.
    pub(crate) fn advance(&mut self, bound: usize) -> bool {
        for at in 0..self.0.len() {
            let limit = self.0.get(at + 1).copied().unwrap_or(bound);
            if self.0[at] + 1 < limit {
                self.0[at] += 1;
                for (below, number) in self.0.iter_mut().take(at).enumerate() {
                    *number = below;
                }
                return true;
            }
        }
        let size = self.0.len() + 1;
        self.0 = (0..size).collect();
        size <= bound
    }
}

/// Goes through the subsets of one component from the best on, and never looks at one twice.
///
/// A subset is better than another when it has more members, or as many and the first item in the canonical
/// order that only one of them has is in it. Leaving out by [`Combinations`], counted from the youngest item,
/// is that order.
///
/// The component falls into groups that no nogood and no need ties together. The best subset of the whole is
/// the union of the groups' best: sizes add up, and the first difference between two unions lies in one group.
/// So each group is searched by itself, with a place to go on from: nogoods are only ever added, so what one
/// has ruled out stays ruled out.
#[derive(Debug)]
pub(crate) struct Frontier {
    pub(crate) members: Bits,
    places: BTreeMap<Bits, Combinations>,
    looked: usize,
}

impl Frontier {
    pub(crate) fn new(members: Bits) -> Self {
        Self { members, places: BTreeMap::new(), looked: 0 }
    }

    /// The best subset that meets its needs and agrees with no nogood; `None` when more than `limit` sets would
    /// have been looked at.
    pub(crate) fn best<O: Oracle>(&mut self, trials: &Trials<'_, O>, limit: usize) -> Option<Bits> {
        let relations = trials.relations();
        let length = relations.length;
        // What lies outside the component and still in a mask is not in any set that is looked at.
        let nogoods: Vec<Nogood> = trials
            .nogoods()
            .iter()
            .filter(|nogood| nogood.value.is_subset(&self.members))
            .map(|nogood| Nogood { mask: nogood.mask.and(&self.members), value: nogood.value.clone() })
            .collect();
        let ties = nogoods.iter().map(|nogood| nogood.mask.clone()).chain(relations.ties(&self.members));
        let mut best = Bits::empty(length);
        for group in partition(&self.members, length, ties) {
            let own: Vec<&Nogood> = nogoods.iter().filter(|nogood| nogood.mask.is_subset(&group)).collect();
            let youngest_first: Vec<usize> = group.iter().rev().collect();
            let place = self.places.entry(group.clone()).or_default();
            loop {
                let mut kept = group.clone();
                for out in &place.0 {
                    kept.remove(youngest_first[*out]);
                }
                if fits(&kept, &own, relations) {
                    best = best.or(&kept);
                    break;
                }
                self.looked += 1;
                // The empty set fits always, so that there is a next one.
                if self.looked > limit || !place.advance(youngest_first.len()) {
                    return None;
                }
            }
        }
        Some(best)
    }
}

fn fits(kept: &Bits, nogoods: &[&Nogood], relations: &Relations) -> bool {
    !nogoods.iter().any(|nogood| kept.agrees(&nogood.mask, &nogood.value)) && relations.hold(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_come_small_first_and_each_once() {
        let mut all = vec![Vec::new()];
        let mut at = Combinations::default();
        while at.advance(4) {
            all.push(at.0.clone());
        }
        let text: Vec<String> =
            all.iter().map(|c| c.iter().map(ToString::to_string).collect::<String>()).collect();
        assert_eq!(text.join(" "), " 0 1 2 3 01 02 12 03 13 23 012 013 023 123 0123");
    }
}
