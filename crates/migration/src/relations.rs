//! What items are to each other: transitions and needs. Items are named by their rank.

use std::collections::BTreeMap;

use crate::bits::Bits;
use crate::item::{Item, ItemId};

/// One of these has to move with an item, or before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) any_of: Bits,
    /// Named, and no item of this run.
    pub(crate) unknown: Vec<ItemId>,
    pub(crate) reason: String,
}

#[derive(Debug)]
pub(crate) struct Relations {
    pub(crate) length: usize,
    /// By rank, transitions included: a member needs every other member.
    pub(crate) needs: Vec<Vec<Need>>,
    /// By rank: itself, or the whole of its transition.
    pub(crate) units: Vec<Bits>,
}

impl Relations {
    pub(crate) fn of(items: &[&Item]) -> Self {
        let length = items.len();
        let ranks: BTreeMap<&ItemId, usize> =
            items.iter().enumerate().map(|(rank, item)| (&item.id, rank)).collect();
        let mut transitions = BTreeMap::new();
        for (rank, item) in items.iter().enumerate() {
            if let Some(name) = &item.transition {
                transitions.entry(name).or_insert_with(|| Bits::empty(length)).insert(rank);
            }
        }
        let mut needs = Vec::with_capacity(length);
        let mut units = Vec::with_capacity(length);
        for (rank, item) in items.iter().enumerate() {
            let unit = match &item.transition {
                Some(name) => transitions[name].clone(),
                None => Bits::of(length, [rank]),
            };
            let mut own: Vec<Need> = unit
                .iter()
                .filter(|other| *other != rank)
                .map(|other| Need {
                    any_of: Bits::of(length, [other]),
                    unknown: Vec::new(),
                    reason: "they are one transition".to_owned(),
                })
                .collect();
            for wait in &item.facts.waits_for {
                let (known, unknown): (Vec<&ItemId>, Vec<&ItemId>) =
                    wait.any_of.iter().partition(|id| ranks.contains_key(id));
                own.push(Need {
                    any_of: Bits::of(length, known.into_iter().map(|id| ranks[id])),
                    unknown: unknown.into_iter().cloned().collect(),
                    reason: wait.reason.trim_end_matches('.').to_owned(),
                });
            }
            needs.push(own);
            units.push(unit);
        }
        Self { length, needs, units }
    }

    /// Whether each item of the set finds in it what it needs.
    pub(crate) fn hold(&self, set: &Bits) -> bool {
        set.iter().all(|rank| self.needs[rank].iter().all(|need| need.any_of.intersects(set)))
    }

    /// The set with what it cannot do without, where there is no choice.
    pub(crate) fn closure(&self, set: &Bits) -> Bits {
        let mut closed = set.clone();
        let mut open: Vec<usize> = set.iter().collect();
        while let Some(rank) = open.pop() {
            for need in &self.needs[rank] {
                if need.any_of.count() == 1 && !need.any_of.intersects(&closed) {
                    open.extend(need.any_of.iter());
                    closed = closed.or(&need.any_of);
                }
            }
        }
        closed
    }

    /// The sets of items of `universe` that must be looked at together because of needs.
    pub(crate) fn ties<'a>(&'a self, universe: &'a Bits) -> impl Iterator<Item = Bits> + 'a {
        universe.iter().flat_map(move |rank| {
            self.needs[rank].iter().map(move |need| {
                let mut tie = need.any_of.and(universe);
                tie.insert(rank);
                tie
            })
        })
    }
}
