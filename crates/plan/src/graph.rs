//! Who needs whom, as compressed sparse rows.

use crate::names::PackageId;

/// A directed graph over `0..nodes`. Neighbours stand in the order of their numbers, each once, and no node is its own
/// neighbour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// Where the neighbours of a node begin; one more than there are nodes.
    offsets: Vec<u32>,
    targets: Vec<PackageId>,
}

impl Graph {
    /// A graph of this many nodes with these edges. Edges that are there twice count once; those from a node to itself
    /// say nothing about what else it needs and are left out.
    ///
    /// # Panics
    /// When an edge names a node that is not below `nodes`, or with 2³² edges or more: four billion are a hundred times
    /// what all registries have together.
    pub fn new(nodes: usize, edges: &[(PackageId, PackageId)]) -> Self {
        assert!(u32::try_from(edges.len()).is_ok(), "more edges than a graph can number");
        let mut offsets = vec![0_u32; nodes + 1];
        for (from, _) in edges {
            offsets[*from as usize + 1] += 1;
        }
        for at in 0..nodes {
            offsets[at + 1] += offsets[at];
        }
        let mut next = offsets.clone();
        let mut targets = vec![0; edges.len()];
        for (from, to) in edges {
            assert!((*to as usize) < nodes, "an edge to a node that is not there");
            let place = &mut next[*from as usize];
            targets[*place as usize] = *to;
            *place += 1;
        }
        Self { offsets, targets }.tidied()
    }

    /// Sorts the rows and takes out what is there twice.
    fn tidied(mut self) -> Self {
        let (mut kept, mut begin) = (0, 0);
        for node in 0..self.len() {
            let end = self.offsets[node + 1] as usize;
            self.targets[begin..end].sort_unstable();
            let first = kept;
            for at in begin..end {
                let target = self.targets[at];
                if target as usize != node && (kept == first || self.targets[kept - 1] != target) {
                    self.targets[kept] = target;
                    kept += 1;
                }
            }
            begin = end;
            self.offsets[node + 1] = kept as u32;
        }
        self.targets.truncate(kept);
        self.targets.shrink_to_fit();
        self
    }

    /// The same graph with further nodes that have no edges.
    #[must_use]
    pub fn widened(mut self, nodes: usize) -> Self {
        self.offsets.resize((nodes + 1).max(self.offsets.len()), self.targets.len() as u32);
        self
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many edges there are.
    pub fn edges(&self) -> usize {
        self.targets.len()
    }

    /// What a node points at, in the order of numbers.
    pub fn neighbours(&self, node: PackageId) -> &[PackageId] {
        &self.targets[self.offsets[node as usize] as usize..self.offsets[node as usize + 1] as usize]
    }

    /// The graph with every edge turned round: from "needs" to "is needed by".
    #[must_use]
    pub fn reversed(&self) -> Self {
        let mut offsets = vec![0_u32; self.len() + 1];
        for target in &self.targets {
            offsets[*target as usize + 1] += 1;
        }
        for at in 0..self.len() {
            offsets[at + 1] += offsets[at];
        }
        let mut next = offsets.clone();
        let mut targets = vec![0; self.targets.len()];
        for node in 0..self.len() as PackageId {
            for target in self.neighbours(node) {
                let place = &mut next[*target as usize];
                targets[*place as usize] = node;
                *place += 1;
            }
        }
        Self { offsets, targets }
    }

    /// How many point at each node.
    pub fn in_degrees(&self) -> Vec<u32> {
        let mut degrees = vec![0; self.len()];
        for target in &self.targets {
            degrees[*target as usize] += 1;
        }
        degrees
    }

    /// The part of the graph that these nodes make among themselves, the first of them as node 0.
    #[must_use]
    pub fn part(&self, nodes: &[PackageId]) -> Self {
        let mut number = vec![PackageId::MAX; self.len()];
        for (at, node) in nodes.iter().enumerate() {
            number[*node as usize] = at as PackageId;
        }
        let mut edges = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            let inside = self.neighbours(*node).iter().map(|need| number[*need as usize]);
            edges.extend(inside.filter(|need| *need != PackageId::MAX).map(|need| (at as PackageId, need)));
        }
        Self::new(nodes.len(), &edges)
    }

    /// All that can be reached from the roots, the roots included, in the order of numbers.
    pub fn closure(&self, roots: &[PackageId]) -> Vec<PackageId> {
        let mut seen = vec![false; self.len()];
        let mut found = Vec::new();
        let mut open = roots.to_vec();
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut seen[node as usize], true) {
                found.push(node);
                open.extend(self.neighbours(node).iter().filter(|next| !seen[**next as usize]));
            }
        }
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_edges_and_loops_fall_away() {
        let graph = Graph::new(4, &[(2, 1), (0, 3), (0, 1), (0, 1), (0, 0), (2, 2), (0, 2)]);
        assert_eq!(graph.neighbours(0), [1, 2, 3]);
        assert!(graph.neighbours(1).is_empty());
        assert_eq!(graph.neighbours(2), [1]);
        assert_eq!((graph.len(), graph.edges()), (4, 4));
        assert_eq!(graph.in_degrees(), [0, 2, 1, 1]);
        let back = graph.reversed();
        assert_eq!(back.neighbours(1), [0, 2]);
        assert_eq!(back.reversed(), graph);
        let wide = graph.clone().widened(6);
        assert_eq!((wide.len(), wide.neighbours(5).len(), wide.neighbours(0)), (6, 0, &[1, 2, 3][..]));
        assert_eq!(wide.widened(2).len(), 6);
        assert_eq!(graph.closure(&[2]), [1, 2]);
        assert_eq!(back.closure(&[3]), [0, 3]);
    }

    #[test]
    fn nothing_is_a_graph_too() {
        let graph = Graph::new(0, &[]);
        assert!(graph.is_empty());
        assert_eq!(graph.reversed(), graph);
        assert!(graph.closure(&[]).is_empty());
    }
}
