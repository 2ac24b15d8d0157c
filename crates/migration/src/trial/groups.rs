use super::Trials;
use super::components::partition;
use super::greedy::grow;
use crate::bits::Bits;
use crate::oracle::Oracle;

/// A part of what was accepted that cannot be taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Together {
    pub(crate) items: Bits,
    /// Environment and root that would break if its first unit moved without the rest.
    pub(crate) because: Option<(String, String)>,
    /// The budget ended before this was taken apart.
    pub(crate) unsplit: bool,
}

/// Takes an accepted set apart into groups in an order in which they could move one after the other: each prefix
/// is acceptable, and no group falls into two such groups where the oldest of it moves first.
pub(crate) fn groups<O: Oracle>(
    trials: &mut Trials<'_, O>,
    accepted: &Bits,
    budget: &mut usize,
) -> Vec<Together> {
    let relations = trials.relations();
    let ties = trials.class_masks().map(|mask| mask.and(accepted)).chain(relations.ties(accepted));
    let mut found = Vec::new();
    for component in partition(accepted, relations.length, ties) {
        take_apart(trials, &component, budget, &mut found);
    }
    found
}

fn take_apart<O: Oracle>(
    trials: &mut Trials<'_, O>,
    component: &Bits,
    budget: &mut usize,
    found: &mut Vec<Together>,
) {
    let relations = trials.relations();
    let mut done = Bits::empty(relations.length);
    loop {
        // One by one, as often as something moves.
        let mut moved = false;
        for rank in component.iter() {
            let unit = &relations.units[rank];
            let set = done.or(unit);
            if !done.contains(rank) && trials.acceptable(&set, budget) {
                found.push(Together { items: unit.clone(), because: None, unsplit: false });
                done = set;
                moved = true;
            }
        }
        let rest = component.minus(&done);
        let Some(oldest) = rest.first() else { return };
        if moved && *budget > 0 {
            continue;
        }
        let anchor = &relations.units[oldest];
        let because = trials.known(&done.or(anchor)).is_some().then(|| {
            let trial = trials.run(&done.or(anchor));
            let (environment, roots) = trial.broken.iter().next()?;
            Some((environment.to_string(), roots.first()?.clone()))
        });
        let grown = grow(trials, &done, anchor, &rest, budget).map(|grown| grown.minus(&done));
        let unsplit = *budget == 0;
        let mut items = grown.unwrap_or_else(|| rest.clone());
        for rank in items.clone().iter().rev() {
            let smaller = items.minus(&relations.units[rank]);
            if items.contains(rank)
                && anchor.is_subset(&smaller)
                && trials.acceptable(&done.or(&smaller), budget)
            {
                items = smaller;
            }
        }
        done = done.or(&items);
        found.push(Together { items, because: because.flatten(), unsplit });
    }
}
