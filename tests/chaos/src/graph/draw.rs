//! Drawing a graph.

use super::{FAN, Graph, NODES, Node, PATHS, Part, WAYS, targets};
use perennial::test::Random;

impl Graph {
    /// What follows from `random`; `seed` says which way a message takes where it takes one only.
    pub fn new(seed: u64, random: &mut Random) -> Self {
        loop {
            let graph = Self::attempt(seed, random);
            // Somebody must be in between, or there is nothing to see.
            if graph.all(Part::Worker).next().is_some() {
                return graph;
            }
        }
    }

    fn attempt(seed: u64, random: &mut Random) -> Self {
        let order = shuffled(random);
        let sources = 1 + random.below(2);
        let place = |node: usize| order.iter().position(|other| *other == node).unwrap_or(0);
        // Forward, and to nobody who makes messages himself.
        let leads = |from: usize, way: usize| {
            targets(from, way).all(|(to, _)| place(to) > place(from) && place(to) >= sources)
        };
        let mut ways: Vec<Vec<usize>> = (0..NODES)
            .map(|node| {
                let generous = [15, 30, 50][random.below(3)];
                (0..WAYS)
                    // Few places have a fan all of whose ends lie before them.
                    .filter(|way| leads(node, *way) && (random.below(100) < generous || *way == FAN))
                    .collect()
            })
            .collect();
        // A source says something to somebody, and who has nothing to do mostly gets something.
        for &node in &order[..sources] {
            if ways[node].is_empty() {
                ways[node].extend((0..FAN).find(|way| leads(node, *way)));
            }
        }
        for at in sources..NODES {
            let node = order[at];
            let reached = |ways: &[Vec<usize>]| {
                (0..NODES)
                    .any(|from| ways[from].iter().any(|way| targets(from, *way).any(|(to, _)| to == node)))
            };
            if !reached(&ways) && random.below(8) > 0 {
                // Half of them from the one before, so that some ways are long.
                let from = order[if random.below(2) == 0 { at - 1 } else { random.below(at) }];
                ways[from].extend((0..FAN).filter(|way| targets(from, *way).any(|(to, _)| to == node)));
            }
        }
        let splits: Vec<bool> = (0..NODES).map(|_| random.below(2) == 0).collect();
        loop {
            let graph = Self::of(seed, &order[..sources], &ways, &splits);
            if graph.paths.iter().all(|paths| paths.len() <= PATHS) {
                return graph;
            }
            let node = random.below(NODES);
            if ways[node].len() > 1 {
                let gone = random.below(ways[node].len());
                ways[node].remove(gone);
            }
        }
    }

    fn of(seed: u64, sources: &[usize], ways: &[Vec<usize>], splits: &[bool]) -> Self {
        let mut reached = [false; NODES];
        let mut next = sources.to_vec();
        while let Some(node) = next.pop() {
            reached[node] = true;
            next.extend(ways[node].iter().flat_map(|way| targets(node, *way)).map(|(to, _)| to));
        }
        let part = |node: usize| match (reached[node], ways[node].is_empty()) {
            (false, _) => Part::Idle,
            _ if sources.contains(&node) => Part::Source,
            (_, true) => Part::Sink,
            (_, false) => Part::Worker,
        };
        let nodes = (0..NODES)
            .map(|node| Node { part: part(node), ways: ways[node].clone(), splits: splits[node] })
            .collect();
        let mut graph = Self { seed, nodes, paths: Vec::new() };
        graph.paths = graph.find_paths();
        graph
    }
}

fn shuffled(random: &mut Random) -> [usize; NODES] {
    let mut order = std::array::from_fn(|node| node);
    for last in (1..NODES).rev() {
        order.swap(last, random.below(last + 1));
    }
    order
}
