//! What users can install from vetted packages alone: a package is of use only when all that it needs is vetted too.

use crate::graph::Graph;
use crate::names::PackageId;
use crate::walk::Walker;

/// How much is covered when packages are vetted in a given order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Covered {
    /// How many packages are vetted.
    pub packages: usize,
    /// How many of these have all that they need among them.
    pub closed: usize,
    /// How many more packages would close all of them.
    pub missing: usize,
    /// The sum of the weights of the closed ones.
    pub weight: u64,
}

/// Coverage of an order, asked for any length of its beginning.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// For each length, the number of closed packages and their weight.
    closed: Vec<(usize, u64)>,
    /// For each length, how many packages the closure has.
    closure: Vec<usize>,
}

impl Coverage {
    /// Follows an order of packages, each with its weight. `graph` points from a package to what it needs.
    pub fn by_rank(graph: &Graph, order: &[(PackageId, u64)]) -> Self {
        let mut place = vec![usize::MAX; graph.len()];
        for (at, (package, _)) in order.iter().enumerate() {
            let place = &mut place[*package as usize];
            *place = (*place).min(at);
        }
        let mut closed = vec![(0, 0); order.len() + 1];
        let mut closure = vec![0; order.len() + 1];
        let mut inside = vec![false; graph.len()];
        let mut size = 0;
        let mut walker = Walker::new(graph);
        for (at, (package, weight)) in order.iter().enumerate() {
            let needs = walker.walk(*package);
            // Complete with the last that it needs.
            let last = needs.iter().map(|need| place[*need as usize]).fold(at, usize::max);
            if last < order.len() {
                closed[last + 1].0 += 1;
                closed[last + 1].1 += weight;
            }
            let all = needs.iter().chain([package]);
            size += all.filter(|need| !std::mem::replace(&mut inside[**need as usize], true)).count();
            closure[at + 1] = size;
        }
        for at in 1..closed.len() {
            closed[at].0 += closed[at - 1].0;
            closed[at].1 += closed[at - 1].1;
        }
        Self { closed, closure }
    }

    /// After this many packages, or all of the order.
    pub fn at(&self, packages: usize) -> Covered {
        let packages = packages.min(self.closure.len() - 1);
        let (closed, weight) = self.closed[packages];
        Covered { packages, closed, missing: self.closure[packages] - packages, weight }
    }
}

/// The steps of vetting a package of the order together with all that it needs, then the next.
///
/// Each step is the number of packages vetted so far, and the weight of those that are closed, which all are.
pub fn prefix_with_closure(graph: &Graph, order: &[(PackageId, u64)], weights: &[u64]) -> Vec<(usize, u64)> {
    let mut inside = vec![false; graph.len()];
    let mut walker = Walker::new(graph);
    let (mut size, mut weight) = (0, 0);
    let mut steps = Vec::with_capacity(order.len());
    for (package, _) in order {
        if !inside[*package as usize] {
            for need in walker.walk(*package).iter().chain([package]) {
                if !std::mem::replace(&mut inside[*need as usize], true) {
                    size += 1;
                    weight += weights[*need as usize];
                }
            }
        }
        steps.push((size, weight));
    }
    steps
}

/// The weight of those packages of a set that have all that they need in it.
pub fn closed_weight(graph: &Graph, set: &[PackageId], weights: &[u64]) -> u64 {
    let mut inside = vec![false; graph.len()];
    for package in set {
        inside[*package as usize] = true;
    }
    // Whoever needs something outside is open, and so is whoever needs them.
    let back = graph.reversed();
    let lacking: Vec<PackageId> =
        (0..graph.len() as PackageId).filter(|node| !inside[*node as usize]).collect();
    for open in back.closure(&lacking) {
        inside[open as usize] = false;
    }
    inside.iter().zip(weights).filter(|(closed, _)| **closed).map(|(_, weight)| weight).sum()
}
