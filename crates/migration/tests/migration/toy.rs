//! Installability by trying everything: projects with numbered versions, needs with bounds and markers.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_migration::{
    Environment, EnvironmentName, ItemIndex, Oracle, PROFILE_PREFIX, Requirement, Uninstallable,
};

/// `blue>=from,<below`, in one environment or in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) project: String,
    pub(crate) from: u32,
    pub(crate) below: u32,
    pub(crate) only: Option<String>,
}

impl Need {
    /// `blue`, `blue>=2`, `blue<2`, `blue>=1,<3`, each with `@environment` behind it for a marker.
    pub(crate) fn parse(text: &str) -> Self {
        let (text, only) = text.split_once('@').map_or((text, None), |(t, e)| (t, Some(e.to_owned())));
        let at = text.find(['<', '>']).unwrap_or(text.len());
        let mut need = Self { project: text[..at].to_owned(), from: 0, below: u32::MAX, only };
        for bound in text[at..].split(',').filter(|bound| !bound.is_empty()) {
            if let Some(from) = bound.strip_prefix(">=") {
                need.from = from.parse().expect(bound);
            } else {
                need.below = bound.strip_prefix('<').expect(bound).parse().expect(bound);
            }
        }
        need
    }
}

pub(crate) type Versions = BTreeMap<u32, Vec<Need>>;
pub(crate) type Suite = BTreeMap<String, Versions>;

/// What an item does to the suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) project: String,
    pub(crate) adds: Versions,
    pub(crate) removes: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Toy {
    pub(crate) environments: Vec<Environment>,
    pub(crate) suite: Suite,
    pub(crate) steps: Vec<Step>,
    /// Name without prefix, members.
    pub(crate) profiles: BTreeMap<String, Vec<String>>,
    /// `touches` is right; else it leaves out everything but the item's own project.
    pub(crate) honest: bool,
    /// `blame` answers, as sharp as can be.
    pub(crate) sharp: bool,
    pub(crate) calls: usize,
}

impl Toy {
    pub(crate) fn new(environments: &[(&str, Requirement)]) -> Self {
        let environments = environments.iter().map(|(name, requirement)| Environment {
            name: EnvironmentName::from(*name),
            requirement: *requirement,
        });
        Self {
            environments: environments.collect(),
            suite: Suite::new(),
            steps: Vec::new(),
            profiles: BTreeMap::new(),
            honest: true,
            sharp: false,
            calls: 0,
        }
    }

    fn after(&self, items: &BTreeSet<ItemIndex>) -> Suite {
        let mut suite = self.suite.clone();
        for index in items {
            let step = &self.steps[index.0];
            let versions = suite.entry(step.project.clone()).or_default();
            for version in &step.removes {
                versions.remove(version);
            }
        }
        for index in items {
            let step = &self.steps[index.0];
            suite.entry(step.project.clone()).or_default().extend(step.adds.clone());
        }
        suite.retain(|_, versions| !versions.is_empty());
        suite
    }

    /// The answer of the oracle, without counting.
    pub(crate) fn broken(&self, items: &BTreeSet<ItemIndex>) -> Uninstallable {
        let suite = self.after(items);
        let mut broken = Uninstallable::default();
        for environment in &self.environments {
            for root in suite.keys() {
                if !holds(&suite, environment.name.as_str(), std::slice::from_ref(root)) {
                    broken.insert(environment.name.clone(), root.clone());
                }
            }
            for (profile, members) in &self.profiles {
                if !holds(&suite, environment.name.as_str(), members) {
                    broken.insert(environment.name.clone(), format!("{PROFILE_PREFIX}{profile}"));
                }
            }
        }
        broken
    }

    /// Everything that a project's needs can lead to, over all versions there are.
    fn reach(&self, project: &str) -> BTreeSet<String> {
        let mut seen = BTreeSet::from([project.to_owned()]);
        let mut open = vec![project.to_owned()];
        while let Some(at) = open.pop() {
            let suite = self.suite.get(&at).into_iter().flat_map(BTreeMap::values);
            let steps =
                self.steps.iter().filter(|step| step.project == at).flat_map(|step| step.adds.values());
            for need in suite.chain(steps).flatten() {
                if seen.insert(need.project.clone()) {
                    open.push(need.project.clone());
                }
            }
        }
        seen
    }

    fn touched_by(&self, root: &str) -> BTreeSet<ItemIndex> {
        (0..self.steps.len()).map(ItemIndex).filter(|item| self.touches(*item).contains(root)).collect()
    }
}

/// Whether the newest of each root can be installed together.
fn holds(suite: &Suite, environment: &str, roots: &[String]) -> bool {
    let mut chosen: BTreeMap<&str, u32> = BTreeMap::new();
    for root in roots {
        let Some(newest) = suite.get(root).and_then(|versions| versions.keys().next_back()) else {
            return false;
        };
        chosen.insert(root, *newest);
    }
    solve(suite, environment, &chosen)
}

fn solve(suite: &Suite, environment: &str, chosen: &BTreeMap<&str, u32>) -> bool {
    let applies = |need: &&Need| need.only.as_deref().is_none_or(|only| only == environment);
    let mut open = None;
    for (project, version) in chosen {
        for need in suite[*project][version].iter().filter(applies) {
            match chosen.get(need.project.as_str()) {
                Some(picked) if (need.from..need.below).contains(picked) => {}
                Some(_) => return false,
                None => open = Some(need),
            }
        }
    }
    let Some(need) = open else { return true };
    let Some(versions) = suite.get(&need.project) else { return false };
    versions.keys().rev().filter(|version| (need.from..need.below).contains(*version)).any(|version| {
        let mut more = chosen.clone();
        more.insert(&need.project, *version);
        solve(suite, environment, &more)
    })
}

impl Oracle for Toy {
    fn environments(&self) -> &[Environment] {
        &self.environments
    }

    fn uninstallable(&mut self, items: &BTreeSet<ItemIndex>) -> Uninstallable {
        self.calls += 1;
        self.broken(items)
    }

    fn touches(&self, item: ItemIndex) -> BTreeSet<String> {
        let project = &self.steps[item.0].project;
        if !self.honest {
            return BTreeSet::from([project.clone()]);
        }
        let all = self.suite.keys().chain(self.steps.iter().map(|step| &step.project));
        let mut touched: BTreeSet<String> =
            all.filter(|root| self.reach(root).contains(project)).cloned().collect();
        for (profile, members) in &self.profiles {
            if members.iter().any(|member| self.reach(member).contains(project)) {
                touched.insert(format!("{PROFILE_PREFIX}{profile}"));
            }
        }
        touched
    }

    fn explain(
        &mut self,
        items: &BTreeSet<ItemIndex>,
        environment: &EnvironmentName,
        root: &str,
    ) -> Vec<String> {
        assert!(self.broken(items).contains(environment, root), "{root} is installable");
        vec![format!("{root} has no solution on {environment}")]
    }

    fn blame(
        &mut self,
        items: &BTreeSet<ItemIndex>,
        environment: &EnvironmentName,
        root: &str,
    ) -> Option<BTreeSet<ItemIndex>> {
        if !self.sharp {
            return None;
        }
        let all: Vec<ItemIndex> = self.touched_by(root).into_iter().collect();
        let mut blamed: BTreeSet<ItemIndex> = all.iter().copied().collect();
        for candidate in &all {
            let mut fewer = blamed.clone();
            fewer.remove(candidate);
            let free: Vec<ItemIndex> = all.iter().filter(|item| !fewer.contains(item)).copied().collect();
            let always = (0..1_u32 << free.len()).all(|bits| {
                let mut set: BTreeSet<ItemIndex> = items.intersection(&fewer).copied().collect();
                set.extend(
                    free.iter().enumerate().filter(|(n, _)| bits & 1 << n != 0).map(|(_, item)| *item),
                );
                self.broken(&set).contains(environment, root)
            });
            if always {
                blamed = fewer;
            }
        }
        Some(blamed)
    }
}
