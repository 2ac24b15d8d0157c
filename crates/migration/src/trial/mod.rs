//! The second phase: what the oracle says of sets of items, and what follows from it without asking again.

mod components;
mod exact;
mod fix;
mod greedy;
mod groups;
mod search;

pub(crate) use fix::{Fix, find_fix, find_instead};
pub(crate) use groups::groups;
pub(crate) use search::search;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use packhouse_model::Timestamp;

use crate::bits::Bits;
use crate::item::{EnvironmentName, Item};
use crate::oracle::{Environment, ItemIndex, Oracle, PROFILE_PREFIX, Requirement, Uninstallable};
use crate::overrides::WaiverTarget;
use crate::relations::Relations;

pub(crate) type Roots = BTreeMap<EnvironmentName, BTreeSet<String>>;

/// What a set of items makes uninstallable that is installable without it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Trial {
    /// In required environments, and nobody has waived it.
    pub(crate) broken: Roots,
    /// In environments that may lag.
    pub(crate) lagging: Roots,
    /// In required environments, waived for an item of the set.
    pub(crate) waived: Roots,
}

impl Trial {
    /// Set inclusion, never counts: no gain elsewhere pays for a loss.
    pub(crate) fn acceptable(&self) -> bool {
        self.broken.is_empty()
    }
}

/// Roots that the same items touch. Their fate depends on which of those are in a set, and on nothing else.
#[derive(Debug)]
struct Class {
    mask: Bits,
    /// The parts of `mask` with which all of its roots are known to hold.
    fine: HashSet<Bits>,
}

/// Every set that agrees with `value` on the items of `mask` breaks something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Nogood {
    pub(crate) mask: Bits,
    pub(crate) value: Bits,
}

/// The oracle, and all that it has said in this run.
#[derive(Debug)]
pub(crate) struct Trials<'a, O> {
    oracle: &'a mut O,
    indices: Vec<ItemIndex>,
    requirements: BTreeMap<EnvironmentName, Requirement>,
    relations: &'a Relations,
    before: Uninstallable,
    /// The items whose waivers speak of a root, and where.
    waivers: BTreeMap<String, Vec<(usize, Option<EnvironmentName>)>>,
    classes: Vec<Class>,
    class_of: BTreeMap<String, usize>,
    nogoods: Vec<Nogood>,
    known_nogoods: HashSet<Nogood>,
    tried: HashMap<Bits, Rc<Trial>>,
    last: (Bits, Uninstallable),
    calls: usize,
    trusted: bool,
}

impl<'a, O: Oracle> Trials<'a, O> {
    /// `indices[rank]` is the oracle's name for an item.
    pub(crate) fn new(
        oracle: &'a mut O,
        items: &[&Item],
        indices: Vec<ItemIndex>,
        relations: &'a Relations,
        now: Timestamp,
    ) -> Self {
        let length = items.len();
        let mut touched: BTreeMap<String, Bits> = BTreeMap::new();
        let mut waivers: BTreeMap<String, Vec<(usize, Option<EnvironmentName>)>> = BTreeMap::new();
        for (rank, item) in items.iter().enumerate() {
            for root in oracle.touches(indices[rank]) {
                touched.entry(root).or_insert_with(|| Bits::empty(length)).insert(rank);
            }
            for waiver in item.facts.waivers.iter().filter(|waiver| waiver.holds(item, now)) {
                if let WaiverTarget::Uninstallable { root, environment } = &waiver.what
                    && !root.starts_with(PROFILE_PREFIX)
                {
                    // Whether a break counts depends on whether this item is in: so it touches the root.
                    touched.entry(root.clone()).or_insert_with(|| Bits::empty(length)).insert(rank);
                    waivers.entry(root.clone()).or_default().push((rank, environment.clone()));
                }
            }
        }
        let mut classes: Vec<Class> = Vec::new();
        let mut class_of = BTreeMap::new();
        let mut by_mask: BTreeMap<Bits, usize> = BTreeMap::new();
        for (root, mask) in touched {
            let class = *by_mask.entry(mask.clone()).or_insert_with(|| {
                classes.push(Class { mask, fine: HashSet::new() });
                classes.len() - 1
            });
            class_of.insert(root, class);
        }
        let requirements = oracle
            .environments()
            .iter()
            .map(|Environment { name, requirement }| (name.clone(), *requirement));
        let requirements = requirements.collect();
        let before = oracle.uninstallable(&BTreeSet::new());
        Self {
            oracle,
            indices,
            requirements,
            relations,
            waivers,
            classes,
            class_of,
            nogoods: Vec::new(),
            known_nogoods: HashSet::new(),
            tried: HashMap::from([(Bits::empty(length), Rc::default())]),
            last: (Bits::empty(length), before.clone()),
            before,
            calls: 1,
            trusted: true,
        }
    }

    /// Calls of [`Oracle::uninstallable`] so far.
    pub(crate) fn calls(&self) -> usize {
        self.calls
    }

    /// Whether nothing has contradicted [`Oracle::touches`] yet.
    pub(crate) fn trusted(&self) -> bool {
        self.trusted
    }

    pub(crate) fn relations(&self) -> &'a Relations {
        self.relations
    }

    pub(crate) fn before(&self) -> &Uninstallable {
        &self.before
    }

    pub(crate) fn nogoods(&self) -> &[Nogood] {
        &self.nogoods
    }

    pub(crate) fn requirement(&self, environment: &EnvironmentName) -> Requirement {
        // An environment that the oracle has not declared is one that nobody has allowed to lag.
        self.requirements.get(environment).copied().unwrap_or(Requirement::Required)
    }

    /// All items that touch a root.
    pub(crate) fn touching(&self, root: &str) -> Bits {
        match self.class_of.get(root) {
            Some(class) if self.trusted => self.classes[*class].mask.clone(),
            _ => Bits::full(self.relations.length),
        }
    }

    /// All items that touch one of the roots.
    pub(crate) fn touching_any(&self, roots: &Roots) -> Bits {
        let roots: BTreeSet<&String> = roots.values().flatten().collect();
        roots.into_iter().fold(Bits::empty(self.relations.length), |all, root| all.or(&self.touching(root)))
    }

    /// The sets of items that share a root.
    pub(crate) fn class_masks(&self) -> impl Iterator<Item = &Bits> {
        self.classes.iter().map(|class| &class.mask)
    }

    /// Whether a set is acceptable, if that follows from what the oracle has said. Needs are not looked at.
    pub(crate) fn known(&self, set: &Bits) -> Option<bool> {
        if set.is_empty() {
            return Some(true);
        }
        if let Some(trial) = self.tried.get(set) {
            return Some(trial.acceptable());
        }
        if self.nogoods.iter().any(|nogood| set.agrees(&nogood.mask, &nogood.value)) {
            return Some(false);
        }
        let fine = |class: &Class| {
            let part = class.mask.and(set);
            part.is_empty() || class.fine.contains(&part)
        };
        self.classes.iter().all(fine).then_some(true)
    }

    /// Whether the oracle was asked about exactly this set.
    pub(crate) fn was_tried(&self, set: &Bits) -> bool {
        self.tried.contains_key(set)
    }

    /// Of a set that is known not to be acceptable, items of which at least one has to come or go before it is.
    pub(crate) fn at_fault(&self, set: &Bits) -> Option<Bits> {
        match self.tried.get(set) {
            Some(trial) if trial.acceptable() => None,
            Some(trial) => Some(self.touching_any(&trial.broken)),
            None => {
                let broken = self.nogoods.iter().find(|nogood| set.agrees(&nogood.mask, &nogood.value))?;
                Some(broken.mask.clone())
            }
        }
    }

    /// Whether a set is acceptable and all needs are met; asks the oracle at most `budget` times.
    pub(crate) fn acceptable(&mut self, set: &Bits, budget: &mut usize) -> bool {
        if !self.relations.hold(set) {
            return false;
        }
        if let Some(known) = self.known(set) {
            return known;
        }
        if *budget == 0 {
            return false;
        }
        *budget -= 1;
        self.run(set).acceptable()
    }

    /// Everything that is uninstallable after the set.
    pub(crate) fn after(&mut self, set: &Bits) -> Uninstallable {
        if self.last.0 != *set {
            self.ask(set);
        }
        self.last.1.clone()
    }

    fn ask(&mut self, set: &Bits) {
        self.calls += 1;
        let answer = self.oracle.uninstallable(&self.named(set));
        self.last = (set.clone(), answer);
    }

    fn named(&self, set: &Bits) -> BTreeSet<ItemIndex> {
        set.iter().map(|rank| self.indices[rank]).collect()
    }

    /// What the set breaks. Asks the oracle unless it was asked before.
    pub(crate) fn run(&mut self, set: &Bits) -> Rc<Trial> {
        if let Some(trial) = self.tried.get(set) {
            return Rc::clone(trial);
        }
        self.ask(set);
        let mut trial = Trial::default();
        for (environment, roots) in &self.last.1.0 {
            for root in roots.iter().filter(|root| !self.before.contains(environment, root)) {
                let part = if self.requirement(environment) == Requirement::MayLag {
                    &mut trial.lagging
                } else if self.is_waived(set, environment, root) {
                    &mut trial.waived
                } else {
                    &mut trial.broken
                };
                part.entry(environment.clone()).or_default().insert(root.clone());
            }
        }
        let trial = Rc::new(trial);
        self.tried.insert(set.clone(), Rc::clone(&trial));
        self.learn(set, &trial);
        trial
    }

    fn is_waived(&self, set: &Bits, environment: &EnvironmentName, root: &str) -> bool {
        self.waivers.get(root).is_some_and(|waivers| {
            waivers
                .iter()
                .any(|(rank, place)| set.contains(*rank) && place.as_ref().is_none_or(|p| p == environment))
        })
    }

    fn learn(&mut self, set: &Bits, trial: &Trial) {
        if !self.trusted {
            if !trial.acceptable() {
                self.add_nogood(Nogood { mask: Bits::full(self.relations.length), value: set.clone() });
            }
            return;
        }
        let mut broken_classes = BTreeSet::new();
        for (environment, roots) in &trial.broken {
            for root in roots {
                let Some(class) = self.class_of.get(root).copied() else { return self.distrust() };
                let mask = &self.classes[class].mask;
                let part = mask.and(set);
                // It holds without any of these items, or has held with the same ones: something else touches it.
                if part.is_empty() || self.classes[class].fine.contains(&part) {
                    return self.distrust();
                }
                broken_classes.insert(class);
                let mask = mask.clone();
                let mask = self.sharper(set, environment, root, mask);
                self.add_nogood(Nogood { value: mask.and(set), mask });
            }
        }
        for (number, class) in self.classes.iter_mut().enumerate() {
            let part = class.mask.and(set);
            if !broken_classes.contains(&number) && !part.is_empty() {
                class.fine.insert(part);
            }
        }
    }

    /// The items that are to blame, where the oracle knows better than by who touches the root.
    fn sharper(&mut self, set: &Bits, environment: &EnvironmentName, root: &str, mask: Bits) -> Bits {
        let named = self.named(set);
        let Some(blamed) = self.oracle.blame(&named, environment, root) else { return mask };
        let ranks: BTreeMap<ItemIndex, usize> =
            self.indices.iter().enumerate().map(|(rank, index)| (*index, rank)).collect();
        let blamed = blamed.iter().filter_map(|index| ranks.get(index).copied());
        let mut blamed = Bits::of(self.relations.length, blamed);
        for (rank, _) in self.waivers.get(root).into_iter().flatten() {
            blamed.insert(*rank);
        }
        let blamed = blamed.and(&mask);
        // Nothing that is in is to blame: that cannot be, since the root holds without the set.
        if blamed.intersects(set) { blamed } else { mask }
    }

    fn add_nogood(&mut self, nogood: Nogood) {
        if self.known_nogoods.insert(nogood.clone()) {
            self.nogoods.push(nogood);
        }
    }

    /// `touches` left something out. From here on every item touches every root, so that only sets that were
    /// tried themselves count.
    fn distrust(&mut self) {
        self.trusted = false;
        let full = Bits::full(self.relations.length);
        self.classes = vec![Class { mask: full.clone(), fine: HashSet::new() }];
        self.nogoods.clear();
        self.known_nogoods.clear();
        let broken: Vec<Bits> =
            self.tried.iter().filter(|(_, trial)| !trial.acceptable()).map(|(set, _)| set.clone()).collect();
        for value in broken {
            self.add_nogood(Nogood { mask: full.clone(), value });
        }
    }

    /// The oracle's lines for people.
    pub(crate) fn explain(&mut self, set: &Bits, environment: &EnvironmentName, root: &str) -> Vec<String> {
        let named = self.named(set);
        self.oracle.explain(&named, environment, root)
    }
}
