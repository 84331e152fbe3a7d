//! The order in which daemons are started: that of the list, but each behind those that it depends on.

use super::block::MOST_DAEMONS;
use super::tree::Tree;

/// Positions in the tree in the order in which they are started; behind the last one they mean nothing.
///
/// In each step the first daemon of the list is taken that depends on nobody who is still left (Kahn's algorithm,
/// stable). `root!` refuses cycles; what were one would be started in the order of the list.
pub fn start_order(tree: &Tree) -> [usize; MOST_DAEMONS] {
    let count = tree.daemons.len().min(MOST_DAEMONS);
    let mut order = [0; MOST_DAEMONS];
    let mut placed = [false; MOST_DAEMONS];
    for place in order.iter_mut().take(count) {
        let free = |index: &usize| !placed.get(*index).copied().unwrap_or(true);
        let first = (0..count).filter(free).find(|&index| {
            let depends_on = tree.daemons.get(index).map_or::<&[usize], _>(&[], |daemon| daemon.depends_on);
            depends_on.iter().all(|other| !free(other))
        });
        let next = first.or_else(|| (0..count).find(free)).unwrap_or(0);
        *place = next;
        if let Some(done) = placed.get_mut(next) {
            *done = true;
        }
    }
    order
}
