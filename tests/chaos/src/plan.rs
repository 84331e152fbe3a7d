//! What a tree does and what happens to it: everything follows from a seed.

use crate::defect::Defect;
use crate::graph::{Graph, NODES};
use perennial::fault::Point;
use perennial::test::Random;
use std::time::Duration;

/// How a daemon of the tree does its work.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    /// Of a hundred turns, those that are transactions; the others are updates.
    pub transactions: u64,
    /// Of a thousand transactions, those that come to grief by themselves.
    pub mishaps: u64,
    /// Messages in a turn, at most.
    pub batch: u64,
    /// Of a thousand turns, those before which it rests for a moment.
    pub rests: u64,
}

impl Role {
    fn new(random: &mut Random) -> Self {
        let mut pick = |from: &[u64]| from[random.below(from.len())];
        Self {
            transactions: pick(&[0, 10, 50, 90, 100]),
            mishaps: pick(&[0, 0, 20, 100, 400]),
            batch: pick(&[1, 1, 3, 8, 40]),
            rests: pick(&[0, 0, 5, 100]),
        }
    }
}

/// What happens to the tree, each with its weight.
#[derive(Clone, Copy, Debug)]
pub struct Weights {
    pub kill: usize,
    pub kill_transaction: usize,
    pub kill_newborn: usize,
    pub kill_all: usize,
    pub freeze: usize,
    pub throttle: usize,
    pub starve: usize,
    pub memory: usize,
    pub squeeze: usize,
    pub descriptors: usize,
}

/// Everything about one tree.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    /// How long the sources have something to say.
    pub time: Duration,
    pub graph: Graph,
    /// Of the nodes of the graph.
    pub nodes: [Role; NODES],
    pub bank: Role,
    pub shop: Role,
    pub weights: Weights,
    /// Milliseconds between two misfortunes, at most.
    pub pause: usize,
    /// Points at which every process dies at one pass in so many.
    pub faults: Vec<(Point, u32)>,
    pub defect: Option<Defect>,
}

impl Plan {
    /// What follows from `seed` for a tree that has `left` before the end.
    pub fn new(seed: u64, left: Duration, defect: Option<Defect>) -> Self {
        let mut random = Random::new(mix(seed, 0));
        let wanted = Duration::from_secs([5, 10, 15][random.below(3)]);
        let graph = Graph::new(seed, &mut random);
        let nodes = std::array::from_fn(|_| Role::new(&mut random));
        let (bank, shop) = (Role::new(&mut random), Role::new(&mut random));
        let mut weight = || random.below(4);
        let weights = Weights {
            // Never nothing at all.
            kill: weight() + 2,
            kill_transaction: weight(),
            kill_newborn: weight(),
            kill_all: weight(),
            freeze: weight(),
            throttle: weight(),
            starve: weight(),
            memory: weight() / 2,
            squeeze: weight(),
            descriptors: weight(),
        };
        let faults = (0..random.below(4)).map(|_| {
            let point = Point::ALL[random.below(Point::ALL.len())];
            // No oftener: of what happens to daemons the kit sees the newest few hundred, and it may be kept waiting.
            (point, [200, 1000, 5000][random.below(3)])
        });
        let faults = faults.collect();
        Self {
            seed,
            time: wanted.min(left.max(Duration::from_secs(3))),
            graph,
            nodes,
            bank,
            shop,
            weights,
            pause: [2, 20, 100][random.below(3)],
            faults,
            defect,
        }
    }
}

/// A number that follows from both; neighbours become unlike (the finaliser of `SplitMix64` by Steele, Lea, Flood).
pub fn mix(seed: u64, number: u64) -> u64 {
    let word = seed.rotate_left(32) ^ number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_follows_from_its_seed() {
        let plan = |seed| format!("{:?}", Plan::new(seed, Duration::from_secs(60), None));
        for seed in 0..50 {
            assert_eq!(plan(seed), plan(seed));
            assert_ne!(plan(seed), plan(seed + 1));
        }
    }

    #[test]
    fn a_tree_lasts_as_long_as_there_is_time() {
        let time = |left| Plan::new(7, Duration::from_secs(left), None).time.as_secs();
        assert!((5..=15).contains(&time(60)));
        assert_eq!((time(4), time(0)), (4, 3));
    }
}
