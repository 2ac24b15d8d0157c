//! Walks through a graph, one after another.

use crate::graph::Graph;
use crate::names::PackageId;

/// A walk that can be begun again without clearing what it has seen.
pub(crate) struct Walker<'a> {
    graph: &'a Graph,
    seen: Vec<u32>,
    round: u32,
    found: Vec<PackageId>,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(graph: &'a Graph) -> Self {
        Self { graph, seen: vec![0; graph.len()], round: 0, found: Vec::new() }
    }

    /// All that can be reached from the root, without the root.
    pub(crate) fn walk(&mut self, root: PackageId) -> &[PackageId] {
        self.round += 1;
        self.seen[root as usize] = self.round;
        self.found.clear();
        self.look(root);
        let mut at = 0;
        while at < self.found.len() {
            self.look(self.found[at]);
            at += 1;
        }
        &self.found
    }

    fn look(&mut self, node: PackageId) {
        for next in self.graph.neighbours(node) {
            let seen = &mut self.seen[*next as usize];
            if *seen != self.round {
                *seen = self.round;
                self.found.push(*next);
            }
        }
    }
}
