//! Who passes messages on to whom: a directed graph without circles, drawn from the seed.
//!
//! `root!` wires every node with every other one (`tree::wiring`). Of that the graph uses what leads forward in an order
//! of its own, so that daemons that wait for room never wait in a circle; the other rings stay empty.

mod draw;
mod paths;
mod show;

pub use paths::{Path, START, fresh, onward, stamped};

/// Daemons of the graph.
pub const NODES: usize = 6;
/// Ways out of a node: 0 to 4 lead to the node so many places and one further on, in a circle.
pub const WAYS: usize = 6;
/// The way that leads to each of the next [`BREADTH`] nodes.
pub const FAN: usize = 5;
/// Nodes that the fan leads to.
pub const BREADTH: usize = 3;
/// Ways into a node: one for each that leads to one node, then those of the fans.
pub const INPUTS: usize = FAN + BREADTH;
/// Ways from a source to one sink, at most.
pub const PATHS: usize = 24;

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Makes messages.
    Source,
    /// Passes on what arrives, by all of its ways or by one that follows from the message's number.
    Worker,
    /// Knows which messages must arrive.
    Sink,
    /// Nothing leads there.
    Idle,
}

/// One daemon of the graph.
#[derive(Clone, Debug)]
pub struct Node {
    pub part: Part,
    /// The ways out that are used.
    pub ways: Vec<usize>,
    /// Whether a message takes one of the ways only.
    pub splits: bool,
}

/// Who passes messages on to whom.
#[derive(Clone)]
pub struct Graph {
    pub seed: u64,
    pub nodes: Vec<Node>,
    /// For each node that is a sink, the paths that lead there.
    pub paths: Vec<Vec<Path>>,
}

/// Where a way out of a node leads: nodes, and by which of their ways in.
pub fn targets(node: usize, way: usize) -> impl Iterator<Item = (usize, usize)> {
    let several = way == FAN;
    (0..if several { BREADTH } else { 1 }).map(move |place| {
        let (step, input) = if several { (place + 1, FAN + place) } else { (way + 1, way) };
        ((node + step) % NODES, input)
    })
}

/// Whether who pushes there waits for room: `root!` says the same.
pub fn waits(node: usize, way: usize) -> bool {
    if way == FAN { node.is_multiple_of(2) } else { way % 2 == 1 }
}

impl Graph {
    /// The nodes that play a part.
    pub fn all(&self, part: Part) -> impl Iterator<Item = usize> + '_ {
        (0..NODES).filter(move |node| self.nodes[*node].part == part)
    }

    /// The ways by which `node` passes on message `number` of `origin`.
    pub fn ways_of(&self, node: usize, origin: usize, number: u64) -> &[usize] {
        let Node { ways, splits, .. } = &self.nodes[node];
        if !*splits || ways.is_empty() {
            return ways;
        }
        let word = crate::plan::mix(self.seed ^ (node * NODES + origin) as u64, number);
        let chosen = word as usize % ways.len();
        &ways[chosen..=chosen]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perennial::test::Random;

    fn graphs() -> impl Iterator<Item = Graph> {
        (0..2000).map(|seed| Graph::new(seed, &mut Random::new(seed)))
    }

    #[test]
    fn messages_go_in_no_circle_and_end_somewhere() {
        for graph in graphs() {
            assert!(graph.all(Part::Source).count() > 0 && graph.all(Part::Sink).count() > 0, "{graph:?}");
            assert!(graph.all(Part::Worker).count() > 0, "{graph:?}");
            // Whoever is reached after as many steps as there are nodes is reached again and again.
            let mut reached: Vec<usize> = graph.all(Part::Source).collect();
            for _ in 0..NODES {
                reached = reached
                    .iter()
                    .flat_map(|&from| graph.nodes[from].ways.iter().flat_map(move |way| targets(from, *way)))
                    .map(|(to, _)| to)
                    .collect();
                reached.sort_unstable();
                reached.dedup();
            }
            assert!(reached.is_empty(), "{graph:?}");
        }
    }

    #[test]
    fn every_message_has_its_paths() {
        for graph in graphs().take(300) {
            for origin in graph.all(Part::Source) {
                for number in 0..20 {
                    let ends: usize = (graph.paths.iter())
                        .map(|paths| {
                            let from = paths.iter().filter(|path| path.origin == origin);
                            from.filter(|path| path.takes(&graph, number)).count()
                        })
                        .sum();
                    assert_eq!(ends, walk(&graph, origin, origin, number), "{graph:?}");
                    assert!(ends > 0, "{graph:?}");
                }
            }
        }
    }

    /// At how many ends a message arrives, by following it.
    fn walk(graph: &Graph, node: usize, origin: usize, number: u64) -> usize {
        let ways = graph.ways_of(node, origin, number);
        if ways.is_empty() {
            return 1;
        }
        let next = ways.iter().flat_map(|way| targets(node, *way));
        next.map(|(to, _)| walk(graph, to, origin, number)).sum()
    }

    #[test]
    fn graphs_are_of_all_shapes() {
        let all: Vec<Graph> = graphs().collect();
        let some = |holds: &dyn Fn(&Graph) -> bool| all.iter().any(holds);
        assert!(some(&|graph| graph.all(Part::Source).count() == 2));
        assert!(some(&|graph| graph.all(Part::Sink).count() >= 3));
        assert!(some(&|graph| graph.nodes.iter().any(|node| node.ways.contains(&FAN) && node.splits)));
        assert!(some(&|graph| graph.paths.iter().any(|paths| paths.len() > PATHS / 2)));
        assert!(some(&|graph| graph.paths.iter().flatten().any(|path| path.hops.len() == NODES - 1)));
    }
}
