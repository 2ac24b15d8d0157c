//! What would let a rejected item through.

use super::Trials;
use super::exact::Combinations;
use crate::bits::Bits;
use crate::oracle::Oracle;
use crate::relations::Relations;
use crate::rules::SearchLimits;

/// The smallest set of further items with which an item passes the second phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fix {
    /// It passes with these; empty: as it is.
    With(Bits),
    /// Nothing among all items of this run lets it pass, up to the limit on size.
    None,
    /// The search ended first.
    Unknown,
}

/// Looks for the smallest fix of `item` beside `accepted`, among all other items. `preferred` has every rank,
/// those first that are best to need.
///
/// Sets are tried from the smallest. Only items that can help are put into them: those that touch what an
/// earlier set broke, or meet a need that it did not meet. That leaves nothing out: what a set breaks is only
/// mended by a larger one that has one of those more.
pub(crate) fn find_fix<O: Oracle>(
    trials: &mut Trials<'_, O>,
    accepted: &Bits,
    item: usize,
    preferred: &[usize],
    limits: &SearchLimits,
    budget: &mut usize,
) -> Fix {
    let relations = trials.relations();
    let mut start = accepted.clone();
    start.insert(item);
    let start = relations.closure(&start);
    let mut pool = Pool { units: Vec::new(), seen: start.clone() };
    let mut own_budget = limits.fix_calls.min(*budget);
    let given = own_budget;
    let mut combination = Combinations::default();
    let mut looked = 0;
    let fix = loop {
        let set = combination.0.iter().fold(start.clone(), |all, unit| all.or(&pool.units[*unit]));
        if let Some(need) =
            set.iter().flat_map(|rank| &relations.needs[rank]).find(|need| !need.any_of.intersects(&set))
        {
            pool.extend(&need.any_of, preferred, relations);
        } else {
            if trials.known(&set).is_none() && own_budget == 0 {
                break Fix::Unknown;
            }
            if trials.acceptable(&set, &mut own_budget) {
                let mut others = set.minus(accepted);
                others.remove(item);
                break Fix::With(others);
            }
            if let Some(at_fault) = trials.at_fault(&set) {
                pool.extend(&at_fault, preferred, relations);
            }
        }
        looked += 1;
        if looked > limits.exact_sets {
            break Fix::Unknown;
        }
        if !combination.advance(pool.units.len()) || combination.0.len() > limits.fix_items {
            break Fix::None;
        }
    };
    *budget = budget.saturating_sub(given - own_budget);
    fix
}

/// What a fix can be made of: items with what they cannot do without.
struct Pool {
    units: Vec<Bits>,
    /// In the pool, or in every set anyway.
    seen: Bits,
}

impl Pool {
    fn extend(&mut self, items: &Bits, preferred: &[usize], relations: &Relations) {
        if items.is_subset(&self.seen) {
            return;
        }
        for rank in preferred.iter().filter(|rank| items.contains(**rank)) {
            if !self.seen.contains(*rank) {
                self.seen.insert(*rank);
                let unit = relations.closure(&relations.units[*rank]);
                if !self.units.contains(&unit) {
                    self.units.push(unit);
                }
            }
        }
    }
}

/// An accepted unit without which `item` would pass: they exclude each other, and the larger set won.
pub(crate) fn find_instead<O: Oracle>(
    trials: &mut Trials<'_, O>,
    accepted: &Bits,
    item: usize,
    suspects: &Bits,
    budget: &mut usize,
) -> Option<Bits> {
    let relations = trials.relations();
    let own = relations.closure(&relations.units[item]);
    for rank in suspects.and(accepted).minus(&own).iter() {
        let unit = &relations.units[rank];
        let set = accepted.minus(unit).or(&own);
        if trials.acceptable(&set, budget) {
            return Some(unit.clone());
        }
    }
    None
}
