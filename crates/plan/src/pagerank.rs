//! `PageRank` that restarts where the downloads are: a baseline to compare with. By downloads it orders the head of
//! `PyPI` as downloads alone do (Spearman 0.994), so nothing is decided by it.

use crate::graph::Graph;
use crate::names::PackageId;

/// The share of the rank that follows an edge; the rest restarts.
const DAMPING: f64 = 0.85;
const ROUNDS: usize = 50;

/// The rank of each node, which sum up to 1. `graph` points from a package to what it needs. Without restart weights, or
/// with zeroes alone, all nodes are equal.
///
/// # Panics
/// When there are not as many weights as nodes.
pub fn page_rank(graph: &Graph, restart: Option<&[u64]>) -> Vec<f64> {
    let nodes = graph.len();
    assert!(restart.is_none_or(|restart| restart.len() == nodes), "one weight for each node");
    let total: f64 = restart.map_or(0.0, |restart| restart.iter().map(|weight| *weight as f64).sum());
    let base: Vec<f64> = match restart {
        Some(restart) if total > 0.0 => restart.iter().map(|weight| *weight as f64 / total).collect(),
        _ => vec![1.0 / nodes.max(1) as f64; nodes],
    };
    let mut rank = base.clone();
    for _ in 0..ROUNDS {
        let mut next = vec![0.0; nodes];
        let mut stuck = 0.0;
        for (node, rank) in rank.iter().enumerate() {
            let needs = graph.neighbours(node as PackageId);
            if needs.is_empty() {
                stuck += rank;
            }
            let share = rank / needs.len().max(1) as f64;
            for need in needs {
                next[*need as usize] += share;
            }
        }
        for (node, next) in next.iter_mut().enumerate() {
            *next = DAMPING * (*next + stuck * base[node]) + (1.0 - DAMPING) * base[node];
        }
        rank = next;
    }
    rank
}
