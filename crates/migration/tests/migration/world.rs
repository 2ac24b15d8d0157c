//! Builders of items and suites for tests.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_migration::{
    Item, ItemFacts, ItemId, ItemIndex, ItemKind, MigrationRules, Plan, Quorum, Requirement, Risk, plan,
};
use packhouse_model::{ProjectName, Sha256, Timestamp};
use packhouse_pypi::Version;

use crate::toy::{Need, Step, Toy, Versions};

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().expect(text)
}

pub(crate) fn now() -> Timestamp {
    time("2026-06-01T00:00:00Z")
}

pub(crate) fn version(text: &str) -> Version {
    Version::parse(text).expect(text)
}

/// An update of `project` from 1 to 2 that every policy lets pass.
pub(crate) fn update(project: &str) -> Item {
    let mut facts = ItemFacts::new(time("2026-01-01"), Risk::R2);
    facts.quorum = Some(Quorum {
        signatures: 1,
        signatures_needed: 1,
        organisations: 1,
        organisations_needed: 1,
        claimed_by: Vec::new(),
    });
    facts.coverage = Some(BTreeMap::new());
    facts.has_tests = true;
    Item {
        id: ItemId::from(project),
        project: ProjectName::from_canonical(project),
        kind: ItemKind::Update,
        adds: vec![version("2")],
        removes: vec![version("1")],
        hashes: BTreeSet::from([Sha256::of(project.as_bytes())]),
        transition: None,
        facts,
    }
}

/// A target suite and the items on their way to it.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) toy: Toy,
    pub(crate) items: Vec<Item>,
    pub(crate) rules: MigrationRules,
}

impl World {
    /// Two environments that are required.
    pub(crate) fn new() -> Self {
        Self::on(&[("py312", Requirement::Required), ("py313", Requirement::Required)])
    }

    pub(crate) fn on(environments: &[(&str, Requirement)]) -> Self {
        Self { toy: Toy::new(environments), items: Vec::new(), rules: MigrationRules::default() }
    }

    /// The target suite has this: `("reb", 1, &["blue<2"])`.
    pub(crate) fn has(mut self, project: &str, number: u32, needs: &[&str]) -> Self {
        let needs = needs.iter().map(|need| Need::parse(need)).collect();
        self.toy.suite.entry(project.to_owned()).or_default().insert(number, needs);
        self
    }

    pub(crate) fn profile(mut self, name: &str, members: &[&str]) -> Self {
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        self.toy.profiles.insert(name.to_owned(), members);
        self
    }

    /// A candidate replaces every version of its project that the suite has.
    pub(crate) fn candidate(mut self, project: &str, number: u32, needs: &[&str]) -> Self {
        let needs = needs.iter().map(|need| Need::parse(need)).collect();
        let old = self.toy.suite.get(project).map(|versions| versions.keys().copied().collect());
        self.push(project, Versions::from([(number, needs)]), old.unwrap_or_default());
        self
    }

    pub(crate) fn removal(mut self, project: &str) -> Self {
        let old = self.toy.suite[project].keys().copied().collect();
        self.push(project, Versions::new(), old);
        self
    }

    fn push(&mut self, project: &str, adds: Versions, removes: Vec<u32>) {
        let mut item = update(project);
        item.kind = match (adds.is_empty(), removes.is_empty()) {
            (true, _) => ItemKind::Removal,
            (false, true) => ItemKind::New,
            (false, false) => ItemKind::Update,
        };
        item.adds = adds.keys().map(|number| version(&number.to_string())).collect();
        item.removes = removes.iter().map(|number| version(&number.to_string())).collect();
        self.items.push(item);
        self.toy.steps.push(Step { project: project.to_owned(), adds, removes });
    }

    /// Edits the facts and relations of a candidate.
    pub(crate) fn with(mut self, project: &str, edit: impl FnOnce(&mut Item)) -> Self {
        let item = self.items.iter_mut().find(|item| item.project.as_str() == project);
        edit(item.expect(project));
        self
    }

    pub(crate) fn plan(&mut self) -> Plan {
        self.toy.calls = 0;
        let plan = plan(&self.items, &self.rules, now(), &mut self.toy);
        assert_eq!(plan.oracle_calls, self.toy.calls);
        self.never_worse(&plan);
        plan
    }

    /// The names of all that moves, in alphabetical order: `blue red`.
    pub(crate) fn moves(&mut self) -> String {
        let plan = self.plan();
        let moving: Vec<&str> = plan.moving().into_iter().map(ItemId::as_str).collect();
        moving.join(" ")
    }

    /// The promise, checked without the crate's own means.
    fn never_worse(&self, plan: &Plan) {
        let moving = plan.moving();
        let set: BTreeSet<ItemIndex> =
            (0..self.items.len()).filter(|n| moving.contains(&self.items[*n].id)).map(ItemIndex).collect();
        assert_eq!(plan.after, self.toy.broken(&set));
        assert!(acceptable(self, &set), "worse: {:?} -> {:?}", plan.before, plan.after);
        if !self.toy.honest {
            return;
        }
        let mut prefix = BTreeSet::new();
        for group in &plan.accepted {
            prefix.extend(
                (0..self.items.len()).filter(|n| group.items.contains(&self.items[*n].id)).map(ItemIndex),
            );
            assert!(acceptable(self, &prefix), "the groups are out of order: {:?}", plan.accepted);
        }
    }
}

/// The rule, in its plainest form. Waivers are not in it.
pub(crate) fn acceptable(world: &World, set: &BTreeSet<ItemIndex>) -> bool {
    let before = world.toy.broken(&BTreeSet::new());
    let after = world.toy.broken(set);
    let installable = world
        .toy
        .environments
        .iter()
        .filter(|environment| environment.requirement == Requirement::Required)
        .all(|environment| {
            let Some(roots) = after.0.get(&environment.name) else { return true };
            roots.iter().all(|root| before.contains(&environment.name, root))
        });
    let chosen: BTreeSet<&ItemId> = set.iter().map(|index| &world.items[index.0].id).collect();
    installable
        && world.items.iter().all(|item| {
            let inside = chosen.contains(&item.id);
            let whole = item.transition.is_none()
                || world
                    .items
                    .iter()
                    .filter(|other| other.transition == item.transition)
                    .all(|other| chosen.contains(&other.id) == inside);
            let met = |wait: &packhouse_migration::WaitFor| wait.any_of.iter().any(|id| chosen.contains(id));
            whole && (!inside || item.facts.waits_for.iter().all(met))
        })
}
