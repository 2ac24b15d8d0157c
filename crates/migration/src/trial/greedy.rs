use super::Trials;
use crate::bits::Bits;
use crate::oracle::Oracle;

/// A large acceptable subset of one component, by trial: split and retry, then items with the partners that
/// the breaks point at. Not always the largest. Goes by the canonical order alone, so that the order in which
/// items were given does not matter; only sets that were found acceptable are ever taken.
pub(crate) fn greedy<O: Oracle>(trials: &mut Trials<'_, O>, members: &Bits, budget: &mut usize) -> Bits {
    let length = trials.relations().length;
    let mut units: Vec<Bits> = Vec::new();
    for rank in members.iter() {
        let unit = trials.relations().closure(&trials.relations().units[rank]);
        // Needs beyond the valid items cannot be met; such a unit never moves.
        if unit.is_subset(members) && !units.contains(&unit) {
            units.push(unit);
        }
    }
    let mut taken = Bits::empty(length);
    let mut later = Vec::new();
    split(trials, &mut taken, &units, &mut later, budget);
    loop {
        let before = taken.count();
        for unit in std::mem::take(&mut later) {
            if unit.is_subset(&taken) {
                continue;
            }
            match grow(trials, &taken, &unit, members, budget) {
                Some(grown) => taken = grown,
                None => later.push(unit),
            }
        }
        if taken.count() == before || later.is_empty() {
            return taken;
        }
    }
}

fn split<O: Oracle>(
    trials: &mut Trials<'_, O>,
    taken: &mut Bits,
    units: &[Bits],
    later: &mut Vec<Bits>,
    budget: &mut usize,
) {
    let set = units.iter().fold(taken.clone(), |all, unit| all.or(unit));
    if trials.acceptable(&set, budget) {
        *taken = set;
    } else if let [unit] = units {
        later.push(unit.clone());
    } else if !units.is_empty() {
        let (older, younger) = units.split_at(units.len() / 2);
        split(trials, taken, older, later, budget);
        split(trials, taken, younger, later, budget);
    }
}

/// `taken` with `unit` and the members of `pool` that it turns out to need; `None` when there is no such set,
/// or the budget is spent.
pub(crate) fn grow<O: Oracle>(
    trials: &mut Trials<'_, O>,
    taken: &Bits,
    unit: &Bits,
    pool: &Bits,
    budget: &mut usize,
) -> Option<Bits> {
    let relations = trials.relations();
    let mut set = taken.or(unit);
    loop {
        // Where there is a choice of what to take along, the older is taken.
        let choice = set
            .iter()
            .flat_map(|rank| &relations.needs[rank])
            .find(|need| !need.any_of.intersects(&set))
            .map(|need| need.any_of.and(pool).first());
        if let Some(choice) = choice {
            set.insert(choice?);
            continue;
        }
        if trials.acceptable(&set, budget) {
            return Some(set);
        }
        if *budget == 0 && trials.known(&set).is_none() {
            return None;
        }
        // Not tried yet when only known to fail: which roots break has to be seen.
        let tried = trials.calls();
        let trial = trials.run(&set);
        *budget = budget.saturating_sub(trials.calls() - tried);
        let partners = trials.touching_any(&trial.broken).and(pool).minus(&set);
        if partners.is_empty() {
            return None;
        }
        set = set.or(&partners);
    }
}
