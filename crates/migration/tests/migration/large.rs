//! Runs of the size of a real one: two hundred candidates that all hang together.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_migration::{
    Environment, EnvironmentName, ItemIndex, MigrationRules, Oracle, Requirement, Uninstallable, plan,
};

use crate::world::{now, update};

const ITEMS: usize = 200;
const ROOTS: usize = 2_000;

/// Each root looks at a few items, and breaks when exactly some of them are in.
struct Patterns {
    environments: [Environment; 1],
    roots: BTreeMap<String, (Vec<usize>, Vec<usize>)>,
    touches: Vec<BTreeSet<String>>,
}

/// Numbers without a source of chance: the same in every run.
fn number(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize % below
}

impl Patterns {
    fn new(breaking: usize) -> Self {
        let mut state = 7;
        let mut touches = vec![BTreeSet::new(); ITEMS];
        let mut roots = BTreeMap::new();
        for root in 0..ROOTS {
            let name = format!("r{root:04}");
            let looked: BTreeSet<usize> = (0..4).map(|_| number(&mut state, ITEMS)).collect();
            for item in &looked {
                touches[*item].insert(name.clone());
            }
            let looked: Vec<usize> = looked.into_iter().collect();
            // Breaks with the first in and the second out, or with both in, or never.
            let with = if root < breaking { looked[..=root % 2].to_vec() } else { Vec::new() };
            roots.insert(name, (looked, with));
        }
        let environment =
            Environment { name: EnvironmentName::from("py312"), requirement: Requirement::Required };
        Self { environments: [environment], roots, touches }
    }
}

impl Oracle for Patterns {
    fn environments(&self) -> &[Environment] {
        &self.environments
    }

    fn uninstallable(&mut self, items: &BTreeSet<ItemIndex>) -> Uninstallable {
        let mut broken = Uninstallable::default();
        for (root, (looked, with)) in &self.roots {
            let inside = |item: &usize| items.contains(&ItemIndex(*item));
            if !with.is_empty() && looked[..2].iter().filter(|item| inside(item)).eq(with) {
                broken.insert(self.environments[0].name.clone(), root.clone());
            }
        }
        broken
    }

    fn touches(&self, item: ItemIndex) -> BTreeSet<String> {
        self.touches[item.0].clone()
    }

    fn explain(&mut self, _: &BTreeSet<ItemIndex>, _: &EnvironmentName, root: &str) -> Vec<String> {
        vec![root.to_owned()]
    }
}

#[test]
fn two_hundred_candidates_take_few_calls() {
    let items: Vec<_> = (0..ITEMS).map(|number| update(&format!("p{number:03}"))).collect();
    for (breaking, exact) in [(0, true), (8, true), (24, true), (400, false)] {
        let rules = MigrationRules::default();
        let plan = plan(&items, &rules, now(), &mut Patterns::new(breaking));
        assert_eq!(plan.exact, exact, "{breaking}");
        assert_eq!(plan.after.count(), 0);
        let most = 128 + 64 * breaking;
        assert!(plan.oracle_calls < most, "{breaking}: {} calls", plan.oracle_calls);
    }
}
