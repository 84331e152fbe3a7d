//! The way of a process, one address for each instruction, and where on it a death can make a difference.

use std::collections::HashMap;

/// Of the points that leave the world as the point before them does, one in so many is tried as well.
const SAMPLE: usize = 499;

/// What going on to a breakpoint costs, in steps.
const STOP: usize = 3;

/// The addresses of the instructions from one place to another, each about to be executed.
#[derive(Debug)]
pub struct Path {
    addresses: Vec<u64>,
    /// For each the one up to it that is the best to go to by breakpoint, and how often it is met on the way there.
    landmarks: Vec<(usize, usize)>,
    /// For each whether the instruction before it left something that outlives the process.
    marked: Vec<bool>,
}

impl Path {
    /// Of these addresses; with each whether the instruction before it stored to shared memory or called the kernel.
    pub fn new(steps: Vec<(u64, bool)>) -> Self {
        let (addresses, marked): (Vec<u64>, Vec<bool>) = steps.into_iter().unzip();
        let mut times: HashMap<u64, usize> = HashMap::new();
        let (mut landmark, mut least) = ((0, 0), 0);
        let landmarks = addresses.iter().enumerate().map(|(index, address)| {
            let met = times.entry(*address).and_modify(|met| *met += 1).or_insert(usize::from(index != 0));
            // In steps: all those to the landmark are saved, and each stop on the way costs some.
            let cost = (STOP * *met) as isize - index as isize;
            if cost < least {
                (landmark, least) = ((index, *met), cost);
            }
            landmark
        });
        let landmarks = landmarks.collect();
        Self { addresses, landmarks, marked }
    }

    /// The addresses.
    pub fn addresses(&self) -> &[u64] {
        &self.addresses
    }

    /// The points to be tried, as numbers of instructions executed. An optimised program is tried after each of them.
    /// One that is not executes tens of thousands for a commit, most of which move a value from here to there: of it
    /// the points are tried that leave a world of their own, for a process that is killed takes all else with it, and
    /// some of the others.
    pub fn points(&self) -> impl Iterator<Item = usize> {
        let every = !cfg!(debug_assertions);
        let tried = move |(point, marked): &(usize, &bool)| every || **marked || point.is_multiple_of(SAMPLE);
        self.marked.iter().enumerate().filter(tried).map(|(point, _)| point)
    }

    /// Where a breakpoint leads on the way to `point`: which address of the way, and how often it is met until then. The
    /// first address is where the process is.
    pub fn landmark(&self, point: usize) -> (usize, usize) {
        self.landmarks[point]
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn a_landmark_is_worth_the_stops_on_the_way() {
        // Nine addresses that come twice, then one that comes once.
        let round = 20..29;
        let addresses: Vec<u64> = [10].into_iter().chain(round.clone()).chain(round).chain([40]).collect();
        let steps = addresses.iter().map(|&address| (address, address == 40)).collect();
        let path = Path::new(steps);
        let landmarks: Vec<_> = (0..addresses.len()).map(|point| path.landmark(point)).collect();
        assert_eq!(landmarks[..4], [(0, 0); 4], "stepping is cheaper");
        assert_eq!(landmarks[9], (9, 1));
        assert_eq!(landmarks[18], (18, 2));
        assert_eq!(landmarks[19], (19, 1));
        assert!(path.points().any(|point| point == 19));
    }
}
