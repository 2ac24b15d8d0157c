//! Our graphs against petgraph's on random ones, and the best set against trying every set.

use packhouse_plan::closure::{Way, closure_sizes, dependents_weight, transitive_dependents};
use packhouse_plan::coverage::{Coverage, closed_weight, prefix_with_closure};
use packhouse_plan::cut::{Price, Project};
use packhouse_plan::graph::Graph;
use packhouse_plan::pagerank::page_rank;
use packhouse_plan::scc::Components;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::Dfs;
use proptest::prelude::*;

/// Edges among up to `most` nodes; some graphs are thin, some dense, and many have cycles.
fn edges(most: u32) -> impl Strategy<Value = (usize, Vec<(u32, u32)>)> {
    (1..=most).prop_flat_map(|nodes| {
        let edges = prop::collection::vec((0..nodes, 0..nodes), 0..(nodes as usize * 3));
        (Just(nodes as usize), edges)
    })
}

fn other(nodes: usize, edges: &[(u32, u32)]) -> DiGraph<(), ()> {
    let mut graph = DiGraph::new();
    for _ in 0..nodes {
        graph.add_node(());
    }
    for (from, to) in edges {
        graph.update_edge(NodeIndex::new(*from as usize), NodeIndex::new(*to as usize), ());
    }
    graph
}

fn reached(graph: &DiGraph<(), ()>, from: usize) -> Vec<usize> {
    let mut search = Dfs::new(graph, NodeIndex::new(from));
    let mut found = Vec::new();
    while let Some(node) = search.next(graph) {
        found.push(node.index());
    }
    found.sort_unstable();
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn components_are_those_of_petgraph((nodes, edges) in edges(40)) {
        let found = Components::of(&Graph::new(nodes, &edges));
        let mut expected: Vec<Vec<usize>> = petgraph::algo::tarjan_scc(&other(nodes, &edges))
            .into_iter()
            .map(|group| {
                let mut group: Vec<usize> = group.into_iter().map(NodeIndex::index).collect();
                group.sort_unstable();
                group
            })
            .collect();
        expected.sort_unstable();
        let mut groups = vec![Vec::new(); found.count];
        for (node, component) in found.of.iter().enumerate() {
            groups[*component as usize].push(node);
        }
        groups.sort_unstable();
        prop_assert_eq!(groups, expected);
        let graph = Graph::new(nodes, &edges);
        let condensed = found.condensed(&graph);
        for component in 0..found.count as u32 {
            prop_assert!(condensed.neighbours(component).iter().all(|to| *to < component));
        }
    }

    #[test]
    fn closures_are_those_of_petgraph((nodes, edges) in edges(40), seed in 0_u64..1_000) {
        let graph = Graph::new(nodes, &edges);
        let other = other(nodes, &edges);
        let weights: Vec<u64> = (0..nodes as u64).map(|node| (node * 7 + seed) % 13).collect();
        let mut dependents = vec![0; nodes];
        let mut weighted = vec![0; nodes];
        for (from, weight) in weights.iter().enumerate() {
            let expected = reached(&other, from);
            let found: Vec<usize> = graph.closure(&[from as u32]).iter().map(|node| *node as usize).collect();
            prop_assert_eq!(&found, &expected);
            prop_assert_eq!(closure_sizes(&graph)[from] as usize, expected.len() - 1);
            for to in expected.into_iter().filter(|to| *to != from) {
                dependents[to] += 1;
                weighted[to] += weight;
            }
        }
        prop_assert_eq!(&transitive_dependents(&graph), &dependents);
        for way in [Way::Walks, Way::Bits] {
            prop_assert_eq!(&dependents_weight(&graph, None, way), &dependents);
            prop_assert_eq!(&dependents_weight(&graph, Some(&weights), way), &weighted);
        }
    }

    #[test]
    fn the_best_set_is_the_best_of_all(
        (nodes, edges) in edges(10),
        values in prop::collection::vec(0_u64..20, 10),
        costs in prop::collection::vec(0_u64..20, 10),
        vetted in prop::collection::vec(prop::bool::weighted(0.2), 10),
        price in (0_u64..5, 1_u64..4),
        budget in 0_u64..60,
    ) {
        let graph = Graph::new(nodes, &edges);
        let (values, costs, vetted) = (&values[..nodes], &costs[..nodes], &vetted[..nodes]);
        let project = Project { graph: &graph, values, costs, vetted };
        let price = Price { value: price.0, cost: price.1 };
        // A set is all that counts in the end: what is in it needs nothing outside, vetted or not.
        let worth = |set: u32| -> Option<(u64, u64)> {
            let inside = |node: usize| set & (1 << node) != 0;
            let own = || (0..nodes).filter(|node| inside(*node));
            let closed = own().all(|node| graph.neighbours(node as u32).iter().all(|need| inside(*need as usize)));
            let cost = || own().filter(|node| !vetted[*node]).map(|node| costs[node]).sum();
            closed.then(|| (own().map(|node| values[node]).sum(), cost()))
        };
        let already: Vec<u32> = (0..nodes as u32).filter(|node| vetted[*node as usize]).collect();
        let base = closed_weight(&graph, &already, values);
        let profit = |(value, cost): (u64, u64)| {
            i128::from(value) * i128::from(price.cost) - i128::from(cost) * i128::from(price.value)
        };
        let sets: Vec<(u64, u64)> = (0..1_u32 << nodes).filter_map(worth).collect();
        let best = sets.iter().map(|sums| profit(*sums)).max().expect("the empty set is closed");
        let found = project.best(price).expect("small numbers");
        prop_assert_eq!(profit((found.value + base, found.cost)), best);
        let all: Vec<u32> = found.packages.iter().copied().chain(already.iter().copied()).collect();
        prop_assert_eq!(closed_weight(&graph, &all, values), base + found.value, "what it says it is worth");
        prop_assert_eq!(found.packages.iter().map(|node| costs[*node as usize]).sum::<u64>(), found.cost);

        let within = project.within(budget).expect("small numbers");
        let most = sets.iter().filter(|(_, cost)| *cost <= budget).map(|(value, _)| *value - base.min(*value)).max();
        let most = most.unwrap_or(0);
        prop_assert!(within.chosen.cost <= budget);
        prop_assert!(within.chosen.value <= most && most <= within.bound, "{:?} {}", within, most);
    }

    #[test]
    fn the_sets_only_grow_as_the_price_falls(
        (nodes, edges) in edges(30),
        values in prop::collection::vec(0_u64..100, 30),
        costs in prop::collection::vec(1_u64..10, 30),
    ) {
        let graph = Graph::new(nodes, &edges);
        let project =
            Project { graph: &graph, values: &values[..nodes], costs: &costs[..nodes], vetted: &vec![false; nodes] };
        let prices: Vec<Price> = (0..40).rev().map(|value| Price { value, cost: 2 }).collect();
        let sets = project.frontier(&prices).expect("small numbers");
        for pair in sets.windows(2) {
            prop_assert!(pair[0].packages.iter().all(|node| pair[1].packages.contains(node)));
        }
    }

    #[test]
    fn coverage_is_what_one_would_count((nodes, edges) in edges(25)) {
        let graph = Graph::new(nodes, &edges);
        // Every other package is ranked, those with large numbers first.
        let order: Vec<(u32, u64)> = (0..nodes as u32).rev().step_by(2).map(|node| (node, u64::from(node) + 1)).collect();
        let mut weights = vec![0; nodes];
        for (node, weight) in &order {
            weights[*node as usize] = *weight;
        }
        let coverage = Coverage::by_rank(&graph, &order);
        let steps = prefix_with_closure(&graph, &order, &weights);
        for length in 0..=order.len() {
            let prefix: Vec<u32> = order[..length].iter().map(|(node, _)| *node).collect();
            let closed: Vec<u32> =
                prefix.iter().copied().filter(|node| graph.closure(&[*node]).iter().all(|need| prefix.contains(need))).collect();
            let closure = graph.closure(&prefix);
            let found = coverage.at(length);
            prop_assert_eq!((found.packages, found.closed), (length, closed.len()));
            prop_assert_eq!(found.missing, closure.len() - length);
            let weight: u64 = closed.iter().map(|node| weights[*node as usize]).sum();
            prop_assert_eq!(found.weight, weight);
            prop_assert_eq!(closed_weight(&graph, &prefix, &weights), weight);
            if length > 0 {
                let all = closure.iter().map(|node| weights[*node as usize]).sum::<u64>();
                prop_assert_eq!(steps[length - 1], (closure.len(), all));
            }
        }
    }

    #[test]
    fn ranks_solve_their_equation((nodes, edges) in edges(12), restart in prop::collection::vec(0_u64..9, 12)) {
        let graph = Graph::new(nodes, &edges);
        let restart = &restart[..nodes];
        let total: u64 = restart.iter().sum();
        let base = |node: usize| if total == 0 { 1.0 / nodes as f64 } else { restart[node] as f64 / total as f64 };
        let found = page_rank(&graph, Some(restart));
        prop_assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        for node in 0..nodes {
            let from = |other: usize| match graph.neighbours(other as u32) {
                [] => found[other] * base(node),
                needs if needs.contains(&(node as u32)) => found[other] / needs.len() as f64,
                _ => 0.0,
            };
            let expected = 0.15 * base(node) + 0.85 * (0..nodes).map(from).sum::<f64>();
            prop_assert!((found[node] - expected).abs() < 1e-3, "{} {:?}", node, found);
        }
    }
}

#[test]
fn bits_are_exact_over_several_blocks() {
    // A cycle of 3, chains that join, and 5,000 packages that need the last of them.
    let mut edges = vec![(0, 1), (1, 2), (2, 0), (2, 3)];
    edges.extend((4..5_004).map(|node| (node, node % 4)));
    edges.extend((5_004..8_000).map(|node| (node, node - 1)));
    let graph = Graph::new(8_000, &edges);
    let weights: Vec<u64> = (0..8_000).map(|node| node % 11).collect();
    for weights in [None, Some(weights.as_slice())] {
        let walked = dependents_weight(&graph, weights, Way::Walks);
        assert_eq!(dependents_weight(&graph, weights, Way::Bits), walked);
    }
    assert_eq!(transitive_dependents(&graph)[3], 7_999);
}
