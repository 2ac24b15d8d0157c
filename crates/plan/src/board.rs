//! The whole plan of one registry: its packages, what stands on what, and what is worth vetting under a budget of hours.
//!
//! A [`Board`] is made once from the data sets; each question about it takes the set of packages that are vetted already.

use packhouse_pypi::Environment;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::assemble::Sources;
use crate::capacity::{self, Effort, Size, Staffed, minutes};
use crate::condition::usual_environments;
use crate::curve::Curve;
use crate::cut::{CutError, Project};
use crate::graph::Graph;
use crate::names::PackageId;
use crate::score::{Policy, Scored, Weights};
use crate::snapshot::{About, Ecosystem, Snapshot};
use crate::walk::Walker;

/// So many of the most valuable packages are chosen from, with all that they need. Beyond them no package of a registry
/// carries a thousandth of a percent, and the cuts stay below a second.
pub const CANDIDATES: usize = 15_000;

/// Priorities are fractions; cuts need whole numbers.
const PRIORITY_UNITS: f64 = 1e6;

/// What there is to review of a package of which nothing is known: an assumption, not a measurement. With the usual
/// [`Effort`] it makes two hours a year, which is the rule of 403 packages for each maintainer of 800 hours.
pub const USUAL: Size =
    Size { kloc: Some(1.0), releases_a_year: Some(3.0), changed_kloc: Some(0.15), risk: Some(1.0) };

/// What vetting a package is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// The share of what people download that can be installed from vetted packages alone.
    Downloads,
    /// What [`crate::score::Score::priority`] says, in millionths.
    Priority,
}

impl Value {
    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "downloads" => Some(Self::Downloads),
            "priority" => Some(Self::Priority),
            _ => None,
        }
    }
}

/// The packages of a registry, scored, and what each needs.
#[derive(Debug, Clone)]
pub struct Board {
    /// Of which registry.
    pub ecosystem: Ecosystem,
    /// The data sets that it was made of.
    pub of: Vec<About>,
    /// The packages.
    pub scored: Scored,
    /// From each package to what it needs to run, by places in [`Scored::facts`].
    pub graph: Graph,
    curve: Option<Curve>,
    places: FxHashMap<Box<str>, PackageId>,
    ranks: Vec<PackageId>,
    /// In the order of priority.
    priorities: Vec<PackageId>,
    /// Minutes of review a year.
    minutes: Vec<u64>,
}

/// The environments in which dependencies count; of other registries than Python's all of them do.
pub fn environments(ecosystem: &Ecosystem) -> Vec<Environment> {
    if *ecosystem == Ecosystem::Pypi { usual_environments(&["311", "312", "313"]) } else { Vec::new() }
}

/// What is vetted and what that comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// Packages of the registry that are vetted.
    pub vetted: usize,
    /// Of these, how many can be installed from vetted packages alone.
    pub closed: usize,
    /// What those are worth.
    pub value: u64,
    /// Of all that is worth something.
    pub share: f64,
}

/// A step of work: a package, and what it needs that is not vetted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Step {
    /// The package.
    pub package: String,
    /// What comes with it.
    pub with: Vec<String>,
    /// Hours of review in the first year.
    pub hours: f64,
    /// Its place among the most downloaded, from 1.
    pub rank: Option<usize>,
    /// See [`crate::score::Score::priority`].
    pub priority: f64,
    /// The share of all value that can be installed after this step.
    pub share: f64,
}

/// The best set for a budget, and in which order to work it off.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NextSet {
    /// What it is worth.
    pub by: Value,
    /// The budget, in hours of review.
    pub hours: f64,
    /// Where things stand before.
    pub now: Standing,
    /// How many packages the set has, and all of them by name, in the order of names.
    pub packages: Vec<String>,
    /// Hours that it takes.
    pub takes: f64,
    /// The share of all value after it.
    pub share: f64,
    /// No set of this budget reaches a larger share.
    pub bound: f64,
    /// The first steps of work on it, the one that brings most for its hours first.
    pub steps: Vec<Step>,
}

/// What a number of maintainers comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Staff {
    /// How many.
    pub maintainers: u64,
    /// Their hours of review in a year.
    pub hours: f64,
    /// Packages that they can look after, those that are vetted now included.
    pub packages: usize,
    /// The share of all value.
    pub share: f64,
    /// No set that they could look after reaches more.
    pub bound: f64,
}

impl Board {
    /// From data sets, of which the newest of each kind counts.
    pub fn new(snapshots: &[Snapshot], ecosystem: &Ecosystem, weights: &Weights, effort: &Effort) -> Self {
        Self::of_sources(&Sources::newest(snapshots, ecosystem), snapshots, ecosystem, weights, effort)
    }

    pub(crate) fn of_sources(
        sources: &Sources<'_>,
        snapshots: &[Snapshot],
        ecosystem: &Ecosystem,
        weights: &Weights,
        effort: &Effort,
    ) -> Self {
        let (scored, graph) = sources.assembled(&environments(ecosystem), weights);
        let names = scored.facts().iter().map(|facts| facts.package.clone());
        let places: FxHashMap<Box<str>, PackageId> = names.zip(0..).collect();
        let ranks: Vec<PackageId> = sources.downloads.map_or_else(Vec::new, |list| {
            list.ranked().iter().filter_map(|(name, _)| places.get(name).copied()).collect()
        });
        let sizes: Vec<Size> = scored
            .facts()
            .iter()
            .map(|facts| {
                let worked = sources.work.and_then(|(work, _)| work.of(&facts.package)).copied();
                let worked = worked.unwrap_or_default();
                Size {
                    kloc: worked.kloc,
                    releases_a_year: worked.releases_a_year,
                    changed_kloc: worked.changed_kloc,
                    risk: worked.risk,
                }
            })
            .collect();
        Self {
            ecosystem: ecosystem.clone(),
            of: snapshots.iter().map(|snapshot| snapshot.about.clone()).collect(),
            curve: sources.downloads.map(|list| {
                let beyond = (scored.facts().len() > list.ranked().len()).then_some(scored.facts().len());
                Curve::new(list, beyond)
            }),
            minutes: minutes(&sizes, effort, USUAL),
            priorities: scored
                .ranked(Policy::ExposureFragility)
                .into_iter()
                .map(|at| at as PackageId)
                .collect(),
            scored,
            graph,
            places,
            ranks,
        }
    }

    /// The curve of the downloads, where there is a list of them. The tail ends with so many packages, or else with those
    /// that are known.
    pub fn curve(&self, registry: Option<usize>) -> Option<Curve> {
        let known = self.curve.as_ref()?;
        if registry.is_none() {
            return Some(known.clone());
        }
        let facts = self.scored.facts();
        let counts = self.ranks.iter().map(|at| facts[*at as usize].downloads.unwrap_or(0));
        Some(Curve::of_counts(counts, registry))
    }

    /// The place of a package by its name in canonical form.
    pub fn place(&self, name: &str) -> Option<PackageId> {
        self.places.get(name).copied()
    }

    /// The name of a place.
    pub fn name(&self, at: PackageId) -> &str {
        &self.scored.facts()[at as usize].package
    }

    /// The packages in the order of their downloads.
    pub fn by_downloads(&self) -> &[PackageId] {
        &self.ranks
    }

    /// Where each listed package stands among the most downloaded, from 1.
    pub fn download_ranks(&self) -> FxHashMap<PackageId, usize> {
        self.ranks.iter().copied().zip(1..).collect()
    }

    /// Minutes of review a year of a place.
    pub fn minutes(&self, at: PackageId) -> u64 {
        self.minutes[at as usize]
    }

    /// What each place is worth.
    pub fn values(&self, by: Value) -> Vec<u64> {
        match by {
            Value::Downloads => {
                self.scored.facts().iter().map(|facts| facts.downloads.unwrap_or(0)).collect()
            }
            Value::Priority => {
                let scores = self.scored.scores().iter();
                scores.map(|score| (score.priority * PRIORITY_UNITS).round() as u64).collect()
            }
        }
    }

    /// The places of names, in the order of numbers, each once; those that no data set knows are left out.
    pub fn places<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<PackageId> {
        let mut found: Vec<PackageId> = names.into_iter().filter_map(|name| self.place(name)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Where things stand when these places are vetted. Of downloads, the share is of all, the tail included.
    pub fn standing(&self, vetted: &[PackageId], by: Value) -> Standing {
        let values = self.values(by);
        let closed = self.whole_with(&[], vetted);
        let value = closed.iter().fold(0_u64, |sum, at| sum.saturating_add(values[*at as usize]));
        let share = value as f64 / self.whole(by, &values);
        Standing { vetted: vetted.len(), closed: closed.len(), value, share }
    }

    fn whole(&self, by: Value, values: &[u64]) -> f64 {
        let sum: f64 = values.iter().map(|value| *value as f64).sum();
        let tail = self.curve.as_ref().and_then(Curve::tail).filter(|_| by == Value::Downloads);
        (sum + tail.map_or(0.0, |tail| tail.downloads)).max(1.0)
    }

    /// The most valuable packages with all that they need, and what is vetted.
    fn candidates(&self, vetted: &[PackageId], values: &[u64]) -> Part {
        let mut order: Vec<PackageId> = (0..self.graph.len() as PackageId).collect();
        order.sort_unstable_by_key(|at| (std::cmp::Reverse(values[*at as usize]), *at));
        order.truncate(CANDIDATES);
        order.retain(|at| values[*at as usize] > 0);
        order.extend(vetted);
        let nodes = self.graph.closure(&order);
        Part::new(self, nodes, vetted, values)
    }

    /// The best closed set for a budget of hours, given what is vetted (as [`Board::places`] gives it), and the first `steps` of work on it.
    pub fn next(
        &self,
        vetted: &[PackageId],
        by: Value,
        hours: f64,
        steps: usize,
    ) -> Result<NextSet, CutError> {
        let values = self.values(by);
        let whole = self.whole(by, &values);
        let now = self.standing(vetted, by);
        let part = self.candidates(vetted, &values);
        let budget = (hours.max(0.0) * 60.0) as u64;
        let found = part.project().within(budget)?;
        let share = |more: u64| (now.value.saturating_add(more)) as f64 / whole;
        let chosen: Vec<PackageId> =
            found.chosen.packages.iter().map(|at| part.nodes[*at as usize]).collect();
        let mut packages: Vec<String> = chosen.iter().map(|at| self.name(*at).to_owned()).collect();
        packages.sort_unstable();
        Ok(NextSet {
            by,
            hours,
            packages,
            takes: found.chosen.cost as f64 / 60.0,
            share: share(found.chosen.value),
            bound: share(found.bound).min(1.0),
            steps: self.steps(&chosen, vetted, &values, steps, &share),
            now,
        })
    }

    /// The order of work on a closed set.
    fn steps(
        &self,
        chosen: &[PackageId],
        vetted: &[PackageId],
        values: &[u64],
        count: usize,
        share: &dyn Fn(u64) -> f64,
    ) -> Vec<Step> {
        let nodes = self.whole_with(chosen, vetted);
        let part = Part::new(self, nodes, vetted, values);
        let ranks = self.download_ranks();
        let mut gained = 0_u64;
        capacity::next(&part.project(), count)
            .into_iter()
            .map(|step| {
                gained = gained.saturating_add(step.value);
                let at = part.nodes[step.package as usize];
                let name = |at: &PackageId| self.name(part.nodes[*at as usize]).to_owned();
                Step {
                    package: self.name(at).to_owned(),
                    with: step.with.iter().map(name).collect(),
                    hours: step.cost as f64 / 60.0,
                    rank: ranks.get(&at).copied(),
                    priority: self.scored.scores()[at as usize].priority,
                    share: share(gained),
                }
            })
            .collect()
    }

    /// A closed set together with those of the vetted packages that lack nothing once it is vetted too.
    fn whole_with(&self, chosen: &[PackageId], vetted: &[PackageId]) -> Vec<PackageId> {
        let mut inside = vec![false; self.graph.len()];
        for at in chosen.iter().chain(vetted) {
            inside[*at as usize] = true;
        }
        let mut walker = Walker::new(&self.graph);
        let mut whole = |at: &PackageId| walker.walk(*at).iter().all(|need| inside[*need as usize]);
        let mut nodes: Vec<PackageId> = vetted.iter().filter(|at| whole(at)).copied().collect();
        nodes.extend(chosen);
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    /// What `from` to `to` maintainers can look after, each with this effort's hours. `told` hears of each.
    pub fn capacity(
        &self,
        vetted: &[PackageId],
        by: Value,
        effort: &Effort,
        from: u64,
        to: u64,
        told: &mut dyn FnMut(u64),
    ) -> Result<Vec<Staff>, CutError> {
        let values = self.values(by);
        let whole = self.whole(by, &values);
        // What is vetted has to be looked after too: here it costs what anything costs.
        let part = self.candidates(vetted, &values);
        let none = vec![false; part.nodes.len()];
        let project = Project { vetted: &none, ..part.project() };
        let mut found = Vec::new();
        for maintainers in from..=to {
            let staffed = capacity::staffing(&project, effort, maintainers, maintainers)?;
            found.extend(staffed.into_iter().map(|Staffed { minutes, packages, value, bound, .. }| Staff {
                maintainers,
                hours: minutes as f64 / 60.0,
                packages,
                share: value as f64 / whole,
                bound: (bound as f64 / whole).min(1.0),
            }));
            told(maintainers);
        }
        Ok(found)
    }

    /// The packages of a policy's order, the first to vet first.
    pub fn order(&self, policy: Policy) -> Vec<PackageId> {
        if policy == Policy::ExposureFragility {
            return self.priorities.clone();
        }
        self.scored.ranked(policy).into_iter().map(|at| at as PackageId).collect()
    }
}

/// A part of the board: what is chosen from.
struct Part {
    nodes: Vec<PackageId>,
    graph: Graph,
    values: Vec<u64>,
    costs: Vec<u64>,
    vetted: Vec<bool>,
}

impl Part {
    fn new(board: &Board, nodes: Vec<PackageId>, vetted: &[PackageId], values: &[u64]) -> Self {
        Self {
            graph: board.graph.part(&nodes),
            values: nodes.iter().map(|at| values[*at as usize]).collect(),
            costs: nodes.iter().map(|at| board.minutes(*at)).collect(),
            vetted: nodes.iter().map(|at| vetted.binary_search(at).is_ok()).collect(),
            nodes,
        }
    }

    fn project(&self) -> Project<'_> {
        Project { graph: &self.graph, values: &self.values, costs: &self.costs, vetted: &self.vetted }
    }
}
