//! The best set of packages to vet: a maximum-weight closure, by one least cut (Picard 1976).
//!
//! A package counts only when all that it needs is vetted too. For a price λ of one unit of cost, the set with the
//! largest *value − λ · cost* among all closed sets is found exactly. As λ falls the sets only grow, so the sets for
//! falling prices are also an order of work.

use crate::coverage::closed_weight;
use crate::flow::{Network, UNBOUNDED};
use crate::graph::Graph;
use crate::names::PackageId;

/// What is to be chosen from.
#[derive(Debug, Clone, Copy)]
pub struct Project<'a> {
    /// From a package to what it needs.
    pub graph: &'a Graph,
    /// What each package is worth when it and all that it needs is vetted: downloads, priority.
    pub values: &'a [u64],
    /// What vetting each costs: minutes of review, or 1.
    pub costs: &'a [u64],
    /// What is vetted already and costs nothing more. It may still lack something that it needs.
    pub vetted: &'a [bool],
}

/// A price: so many units of value for so many units of cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Units of value.
    pub value: u64,
    /// For this many units of cost; not 0.
    pub cost: u64,
}

/// A closed set of packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// What is to be vetted, without what is vetted already, in the order of numbers.
    pub packages: Vec<PackageId>,
    /// What they cost together.
    pub cost: u64,
    /// How much more is worth something than before: all that is closed with them, less what was closed without.
    pub value: u64,
}

/// Why no set was chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CutError {
    /// Sums would not fit.
    #[error(
        "the values or costs are too large to compare exactly: their sum times the price must stay below 2^62; use a \
         coarser unit"
    )]
    TooLarge,
    /// There are not as many values, costs and marks as packages.
    #[error(
        "expected {nodes} values, costs and marks, one for each package; found {values}, {costs} and {vetted}"
    )]
    Lengths {
        /// Packages in the graph.
        nodes: usize,
        /// Values given.
        values: usize,
        /// Costs given.
        costs: usize,
        /// Marks given.
        vetted: usize,
    },
}

impl Project<'_> {
    /// The closed set with the largest value less its price; the smallest of them when several are equal.
    pub fn best(&self, price: Price) -> Result<Chosen, CutError> {
        let nodes = self.graph.len();
        if [self.values.len(), self.costs.len(), self.vetted.len()] != [nodes; 3] {
            let (values, costs, vetted) = (self.values.len(), self.costs.len(), self.vetted.len());
            return Err(CutError::Lengths { nodes, values, costs, vetted });
        }
        let scaled = |amounts: &[u64], by: u64| {
            let scaled = amounts.iter().map(|amount| amount.checked_mul(by)).collect::<Option<Vec<u64>>>()?;
            let total = scaled.iter().try_fold(0_u64, |sum, amount| sum.checked_add(*amount))?;
            (total < UNBOUNDED).then_some(scaled)
        };
        let values = scaled(self.values, price.cost).ok_or(CutError::TooLarge)?;
        let costs = scaled(self.costs, price.value).ok_or(CutError::TooLarge)?;
        Ok(self.chosen(&self.source_side(&values, &costs)))
    }

    /// The sets for falling prices. Each holds all of those before it.
    pub fn frontier(&self, prices: &[Price]) -> Result<Vec<Chosen>, CutError> {
        prices.iter().map(|price| self.best(*price)).collect()
    }

    /// The largest set of the frontier whose cost is at most `budget`, and the most that any closed set of this cost can
    /// be worth. Where both values are equal, the set is the best there is; between two sets of the frontier there may
    /// be a better one that is worth at most the bound.
    pub fn within(&self, budget: u64) -> Result<Budgeted, CutError> {
        let sum = |amounts: &[u64]| amounts.iter().copied().fold(0_u64, u64::saturating_add).max(1);
        let (most, total) = (sum(self.values), sum(self.costs));
        // Prices are whole numbers over `fine`, which is as fine as exact sums allow.
        let fine = (UNBOUNDED / total / most).clamp(1, 1 << 20);
        let (mut low, mut high) = (0, most.saturating_mul(fine).min((UNBOUNDED - 1) / total));
        let mut best = Chosen::default();
        let mut bound = most;
        while low < high {
            let middle = low + (high - low) / 2;
            let price = Price { value: middle, cost: fine };
            let found = self.best(price)?;
            let left = i128::from(budget) - i128::from(found.cost);
            let dual = i128::from(found.value) * i128::from(fine) + i128::from(middle) * left;
            bound = bound.min(u64::try_from(dual.div_euclid(i128::from(fine)).max(0)).unwrap_or(u64::MAX));
            if found.cost <= budget {
                if (found.value, best.cost) > (best.value, found.cost) {
                    best = found;
                }
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(Budgeted { bound: bound.max(best.value), chosen: best })
    }

    fn source_side(&self, values: &[u64], costs: &[u64]) -> Vec<bool> {
        let nodes = self.graph.len();
        let (source, sink) = (nodes as u32, nodes as u32 + 1);
        let mut network = Network::new(nodes + 2);
        for node in 0..nodes {
            // Source and sink take what value and cost have in common at once.
            let (value, cost) = (values[node], if self.vetted[node] { 0 } else { costs[node] });
            if value > cost {
                network.arc(source, node as u32, value - cost);
            } else if cost > value {
                network.arc(node as u32, sink, cost - value);
            }
            for need in self.graph.neighbours(node as u32) {
                network.arc(node as u32, *need, UNBOUNDED);
            }
        }
        network.push(source, sink);
        let mut side = network.reached(source);
        side.truncate(nodes);
        side
    }

    fn chosen(&self, side: &[bool]) -> Chosen {
        let mut chosen = Chosen::default();
        for node in (0..side.len()).filter(|node| side[*node]) {
            chosen.value += self.values[node];
            if !self.vetted[node] {
                chosen.packages.push(node as PackageId);
                chosen.cost += self.costs[node];
            }
        }
        // What was closed before costs nothing, so that it is in every set if it is worth anything.
        let vetted: Vec<PackageId> =
            (0..side.len() as PackageId).filter(|node| self.vetted[*node as usize]).collect();
        chosen.value -= closed_weight(self.graph, &vetted, self.values);
        chosen
    }
}

/// What a budget buys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budgeted {
    /// The set.
    pub chosen: Chosen,
    /// No closed set of this cost is worth more.
    pub bound: u64,
}
