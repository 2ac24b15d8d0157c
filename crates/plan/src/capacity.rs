//! What people can do: hours of review, what to do with them next, and what one more person buys.

use serde::{Deserialize, Serialize};

use crate::cut::{Chosen, CutError, Project};
use crate::names::PackageId;
use crate::walk::Walker;

/// How long reviews take, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Effort {
    /// A thousand lines of a first review.
    pub minutes_per_kloc: f64,
    /// A thousand changed lines of an update.
    pub minutes_per_changed_kloc: f64,
    /// What each update takes besides.
    pub minutes_per_release: f64,
    /// What each first review takes besides.
    pub minutes_per_package: f64,
    /// How many hours a maintainer reviews in a year.
    pub hours_a_year: f64,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            minutes_per_kloc: 30.0,
            minutes_per_changed_kloc: 60.0,
            minutes_per_release: 10.0,
            minutes_per_package: 30.0,
            hours_a_year: 800.0,
        }
    }
}

/// What there is to review of a package.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Size {
    /// Thousands of lines.
    pub kloc: Option<f64>,
    /// Releases a year.
    pub releases_a_year: Option<f64>,
    /// Thousands of changed lines in a release.
    pub changed_kloc: Option<f64>,
    /// How much longer it takes than others of its size: 1 for ordinary code, more for native code or cryptography.
    pub risk: Option<f64>,
}

/// What it takes to look after each package for a year, the first review included, in minutes and at least 1. What is not
/// known of one is taken as the mean of the others; where nothing is known of any, as in `usual`.
pub fn minutes(sizes: &[Size], effort: &Effort, usual: Size) -> Vec<u64> {
    let mean = |part: fn(&Size) -> Option<f64>| {
        let known: Vec<f64> = sizes.iter().filter_map(part).filter(|value| value.is_finite()).collect();
        if known.is_empty() {
            part(&usual).unwrap_or(0.0)
        } else {
            known.iter().sum::<f64>() / known.len() as f64
        }
    };
    let (kloc, releases) = (mean(|size| size.kloc), mean(|size| size.releases_a_year));
    let (changed, risk) = (mean(|size| size.changed_kloc), mean(|size| size.risk));
    let of = |size: &Size| {
        let first = effort.minutes_per_package + effort.minutes_per_kloc * size.kloc.unwrap_or(kloc);
        let each = effort.minutes_per_release
            + effort.minutes_per_changed_kloc * size.changed_kloc.unwrap_or(changed);
        let all =
            (first + each * size.releases_a_year.unwrap_or(releases)) * size.risk.unwrap_or(risk).max(1.0);
        // A float that is too large or no number becomes the nearest integer there is.
        (all.round() as u64).clamp(1, 1 << 40)
    };
    sizes.iter().map(of).collect()
}

/// A package to vet next, with what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Next {
    /// The package. It may be vetted already, if something that it needs is not.
    pub package: PackageId,
    /// What it needs that is not vetted yet, in the order of numbers, without itself.
    pub with: Vec<PackageId>,
    /// What all of that costs.
    pub cost: u64,
    /// What it is worth.
    pub value: u64,
}

/// What to do next: up to `count` steps, each the package that brings most for its cost when it is vetted together with
/// all that it needs. Each step counts on those before it.
pub fn next(project: &Project<'_>, count: usize) -> Vec<Next> {
    let mut vetted = project.vetted.to_vec();
    let mut steps = Vec::new();
    while steps.len() < count {
        let mut walker = Walker::new(project.graph);
        let mut best: Option<Next> = None;
        for package in 0..project.graph.len() as PackageId {
            if project.values[package as usize] == 0 {
                continue;
            }
            let found = walker.walk(package);
            let open = || found.iter().filter(|need| !vetted[**need as usize]);
            let done = vetted[package as usize];
            if done && open().next().is_none() {
                continue;
            }
            let sum =
                |of: &[u64], own| open().fold(own, |sum: u64, need| sum.saturating_add(of[*need as usize]));
            let value = sum(project.values, project.values[package as usize]);
            let cost = sum(project.costs, if done { 0 } else { project.costs[package as usize] });
            let better = best.as_ref().is_none_or(|best| {
                u128::from(value) * u128::from(best.cost.max(1))
                    > u128::from(best.value) * u128::from(cost.max(1))
            });
            if better {
                let mut with: Vec<PackageId> = open().copied().collect();
                with.sort_unstable();
                best = Some(Next { package, with, cost, value });
            }
        }
        let Some(step) = best else { break };
        for package in step.with.iter().chain([&step.package]) {
            vetted[*package as usize] = true;
        }
        steps.push(step);
    }
    steps
}

/// What a number of maintainers can look after.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Staffed {
    /// How many there are.
    pub maintainers: u64,
    /// The minutes they have in a year.
    pub minutes: u64,
    /// Packages that they can look after.
    pub packages: usize,
    /// What these are worth.
    pub value: u64,
    /// No closed set that they could look after is worth more.
    pub bound: u64,
}

/// What this many maintainers can do, and what one more buys: for `from` to `to` of them.
pub fn staffing(
    project: &Project<'_>,
    effort: &Effort,
    from: u64,
    to: u64,
) -> Result<Vec<Staffed>, CutError> {
    let each = (effort.hours_a_year.max(0.0) * 60.0) as u64;
    let mut found = Vec::new();
    for maintainers in from..=to {
        let minutes = each.saturating_mul(maintainers);
        let budgeted = project.within(minutes)?;
        let Chosen { packages, value, .. } = budgeted.chosen;
        found.push(Staffed { maintainers, minutes, packages: packages.len(), value, bound: budgeted.bound });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Graph;

    #[test]
    fn what_is_unknown_takes_the_mean_time() {
        let size = |kloc| Size { kloc, releases_a_year: Some(2.0), changed_kloc: Some(0.5), risk: None };
        let found =
            minutes(&[size(Some(1.0)), size(Some(3.0)), size(None)], &Effort::default(), Size::default());
        assert_eq!(found, [30 + 30 + 80, 30 + 90 + 80, 30 + 60 + 80]);
    }

    #[test]
    fn next_brings_along_what_it_needs_and_leaves_what_is_vetted() {
        // 0 needs 1 and 2; 3 stands alone; 2 is vetted.
        let graph = Graph::new(4, &[(0, 1), (0, 2)]);
        let project = Project {
            graph: &graph,
            values: &[90, 0, 500, 40],
            costs: &[1, 1, 100, 1],
            vetted: &[false, false, true, false],
        };
        let steps = next(&project, 9);
        assert_eq!(steps.len(), 2);
        assert_eq!(steps[0], Next { package: 0, with: vec![1], cost: 2, value: 90 });
        assert_eq!(steps[1], Next { package: 3, with: vec![], cost: 1, value: 40 });
    }

    #[test]
    fn one_more_person_buys_something_until_all_is_done() {
        let graph = Graph::new(3, &[]);
        let project =
            Project { graph: &graph, values: &[50, 30, 10], costs: &[60, 60, 60], vetted: &[false; 3] };
        let effort = Effort { hours_a_year: 1.0, ..Effort::default() };
        let found = staffing(&project, &effort, 0, 4).expect("small numbers");
        assert_eq!(found.iter().map(|staffed| staffed.value).collect::<Vec<_>>(), [0, 50, 80, 90, 90]);
    }
}
