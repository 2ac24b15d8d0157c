//! Groups of packages that need each other, by Tarjan's algorithm (1972), without recursion: a chain of a million
//! packages must not overflow the stack.

use crate::graph::Graph;
use crate::names::PackageId;

/// The strongly connected components of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    /// The component of each node. What a component can reach has a smaller number.
    pub of: Vec<u32>,
    /// How many there are.
    pub count: usize,
}

impl Components {
    /// Finds them.
    pub fn of(graph: &Graph) -> Self {
        Search::new(graph).run()
    }

    /// How many nodes each has.
    pub fn sizes(&self) -> Vec<u32> {
        let mut sizes = vec![0; self.count];
        for component in &self.of {
            sizes[*component as usize] += 1;
        }
        sizes
    }

    /// The graph of the components.
    pub fn condensed(&self, graph: &Graph) -> Graph {
        let mut edges = Vec::with_capacity(graph.edges());
        for node in 0..graph.len() as PackageId {
            let from = self.of[node as usize];
            for to in graph.neighbours(node).iter().map(|to| self.of[*to as usize]) {
                if from != to {
                    edges.push((from, to));
                }
            }
        }
        Graph::new(self.count, &edges)
    }
}

const UNSEEN: u32 = u32::MAX;

struct Search<'a> {
    graph: &'a Graph,
    /// When a node was seen first; [`UNSEEN`] before.
    order: Vec<u32>,
    /// The earliest node on the stack that is known to be reached.
    low: Vec<u32>,
    component: Vec<u32>,
    stack: Vec<PackageId>,
    /// The nodes on the way to the present one, each with how many neighbours were looked at.
    path: Vec<(PackageId, u32)>,
    seen: u32,
    count: u32,
}

impl<'a> Search<'a> {
    fn new(graph: &'a Graph) -> Self {
        let nodes = graph.len();
        Self {
            graph,
            order: vec![UNSEEN; nodes],
            low: vec![0; nodes],
            component: vec![UNSEEN; nodes],
            stack: Vec::new(),
            path: Vec::new(),
            seen: 0,
            count: 0,
        }
    }

    fn run(mut self) -> Components {
        for root in 0..self.graph.len() as PackageId {
            if self.order[root as usize] == UNSEEN {
                self.enter(root);
                while let Some((node, at)) = self.path.last_mut() {
                    let (node, next) = (*node, self.graph.neighbours(*node).get(*at as usize).copied());
                    *at += 1;
                    match next {
                        Some(next) if self.order[next as usize] == UNSEEN => self.enter(next),
                        Some(next) => {
                            if self.component[next as usize] == UNSEEN {
                                self.lower(node, self.order[next as usize]);
                            }
                        }
                        None => self.leave(node),
                    }
                }
            }
        }
        Components { of: self.component, count: self.count as usize }
    }

    fn enter(&mut self, node: PackageId) {
        self.order[node as usize] = self.seen;
        self.low[node as usize] = self.seen;
        self.seen += 1;
        self.stack.push(node);
        self.path.push((node, 0));
    }

    fn lower(&mut self, node: PackageId, to: u32) {
        let low = &mut self.low[node as usize];
        *low = (*low).min(to);
    }

    fn leave(&mut self, node: PackageId) {
        self.path.pop();
        let low = self.low[node as usize];
        if let Some((before, _)) = self.path.last() {
            self.lower(*before, low);
        }
        if low == self.order[node as usize] {
            while let Some(member) = self.stack.pop() {
                self.component[member as usize] = self.count;
                if member == node {
                    break;
                }
            }
            self.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_one_and_what_is_reached_comes_first() {
        let found = Components::of(&Graph::new(5, &[(0, 1), (1, 2), (2, 0), (2, 3), (4, 0)]));
        assert_eq!(found.count, 3);
        assert_eq!(found.of, [1, 1, 1, 0, 2]);
        assert_eq!(found.sizes(), [1, 3, 1]);
    }

    #[test]
    fn a_long_chain_does_not_overflow() {
        let nodes = 300_000;
        let edges: Vec<_> = (1..nodes).map(|node| (node - 1, node)).collect();
        assert_eq!(Components::of(&Graph::new(nodes as usize, &edges)).count, nodes as usize);
    }
}
