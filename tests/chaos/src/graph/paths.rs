//! Paths from a source to a sink: what arrives there by each, and what is in it.

use super::{Graph, NODES, Part, targets};
use crate::plan::mix;

/// One way from a source to a sink.
#[derive(Clone, Debug)]
pub struct Path {
    pub origin: usize,
    /// The ways into the nodes along it, three bits each behind a leading one.
    pub code: u32,
    /// Who passes messages on along it, and by which way.
    pub hops: Vec<(usize, usize)>,
}

/// The code of a path that has not begun.
pub const START: u32 = 1;

/// The code of a path that goes on by a way into the next node.
pub fn onward(code: u32, input: usize) -> u32 {
    code << 3 | input as u32
}

/// What is in a message when it is made.
pub fn fresh(seed: u64, origin: usize, number: u64) -> u64 {
    mix(seed, number * NODES as u64 + origin as u64)
}

/// What `node` makes of it when it passes it on by `way`.
pub fn stamped(word: u64, node: usize, way: usize) -> u64 {
    mix(word, (node * super::WAYS + way) as u64)
}

impl Path {
    /// Whether message `number` comes this way.
    pub fn takes(&self, graph: &Graph, number: u64) -> bool {
        self.hops.iter().all(|(node, way)| graph.ways_of(*node, self.origin, number).contains(way))
    }

    /// The first message from `number` on that comes this way.
    pub fn next(&self, graph: &Graph, mut number: u64) -> u64 {
        while !self.takes(graph, number) {
            number += 1;
        }
        number
    }

    /// What is in message `number` at the end of it.
    pub fn word(&self, graph: &Graph, number: u64) -> u64 {
        let fresh = fresh(graph.seed, self.origin, number);
        self.hops.iter().fold(fresh, |word, (node, way)| stamped(word, *node, *way))
    }
}

impl Graph {
    /// All paths, by the sink that they end in.
    pub(super) fn find_paths(&self) -> Vec<Vec<Path>> {
        let mut paths = vec![Vec::new(); NODES];
        for origin in self.all(Part::Source) {
            self.follow(origin, &Path { origin, code: START, hops: Vec::new() }, &mut paths);
        }
        paths
    }

    fn follow(&self, node: usize, path: &Path, paths: &mut [Vec<Path>]) {
        if self.nodes[node].part == Part::Sink {
            paths[node].push(path.clone());
        }
        for &way in &self.nodes[node].ways {
            for (to, input) in targets(node, way) {
                let mut further = path.clone();
                further.code = onward(path.code, input);
                further.hops.push((node, way));
                self.follow(to, &further, paths);
            }
        }
    }
}
