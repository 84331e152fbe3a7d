//! What a sink knows of what has arrived: by each path, the message that must come next.

use super::Parcel;
use crate::graph::{Graph, PATHS};
use perennial::prelude::*;

/// Messages that one may be ahead of the one that must come next: what is further ahead has a wrong number.
const AHEAD: u64 = 1 << 20;

/// What has arrived.
#[plain]
#[derive(Debug, PartialEq, Eq)]
pub struct Account {
    /// By path, the number behind that of the last message.
    pub next: [u64; PATHS],
    /// Messages that did not come before a later one.
    pub lost: u64,
    /// Messages that had come before.
    pub duplicated: u64,
    /// Messages with something else in them, or where they must not come.
    pub wrong: u64,
}

impl Account {
    /// Books what has arrived at node `sink`.
    pub(super) fn book(&mut self, graph: &Graph, sink: usize, parcel: Parcel) {
        let paths = &graph.paths[sink];
        let known =
            |path: &crate::graph::Path| (path.origin, path.code) == (usize::from(parcel.origin), parcel.path);
        let Some(place) = paths.iter().position(known) else {
            self.wrong += 1;
            return;
        };
        let (path, next) = (&paths[place], &mut self.next[place]);
        if parcel.number < *next {
            self.duplicated += 1;
        } else if parcel.number - *next > AHEAD || !path.takes(graph, parcel.number) {
            self.wrong += 1;
        } else {
            let between = *next..parcel.number;
            self.lost += between.filter(|number| path.takes(graph, *number)).count() as u64;
            self.wrong += u64::from(parcel.word != path.word(graph, parcel.number));
            *next = parcel.number + 1;
        }
    }

    /// Whether nothing is under way to node `sink` any more, when each node has made so many messages.
    pub fn is_complete(&self, graph: &Graph, sink: usize, made: &[u64]) -> bool {
        let mut ends = graph.paths[sink].iter().zip(&self.next);
        ends.all(|(path, next)| path.next(graph, *next) >= made[path.origin])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use std::time::Duration;

    const EMPTY: Account = Account { next: [0; PATHS], lost: 0, duplicated: 0, wrong: 0 };

    /// A graph, a sink in it, and what must arrive there by its first path: the numbers up to 50.
    fn arriving() -> (Graph, usize, Vec<Parcel>) {
        let graph = Plan::new(7, Duration::ZERO, None).graph;
        let sink = graph.all(crate::graph::Part::Sink).next().expect("a sink");
        let path = &graph.paths[sink][0];
        let parcels = (0..50).filter(|number| path.takes(&graph, *number)).map(|number| Parcel {
            origin: path.origin as u8,
            path: path.code,
            number,
            word: path.word(&graph, number),
        });
        let parcels = parcels.collect();
        (graph, sink, parcels)
    }

    /// Messages lost, duplicated and wrong.
    fn booked(change: impl FnOnce(&mut Vec<Parcel>)) -> (u64, u64, u64) {
        let (graph, sink, mut parcels) = arriving();
        change(&mut parcels);
        let mut account = EMPTY;
        for parcel in parcels {
            account.book(&graph, sink, parcel);
        }
        (account.lost, account.duplicated, account.wrong)
    }

    #[test]
    fn what_is_not_as_it_must_be_is_counted() {
        assert_eq!(booked(|_| {}), (0, 0, 0));
        assert_eq!(booked(|parcels| _ = parcels.remove(1)), (1, 0, 0));
        assert_eq!(booked(|parcels| parcels.insert(1, parcels[0])), (0, 1, 0));
        assert_eq!(booked(|parcels| parcels.swap(1, 2)), (1, 1, 0));
        assert_eq!(booked(|parcels| parcels[1].word += 1), (0, 0, 1));
        assert_eq!(booked(|parcels| parcels[1].path = 0), (1, 0, 1));
        assert_eq!(booked(|parcels| parcels[1].number = u64::MAX), (1, 0, 1));
    }

    #[test]
    fn what_has_not_arrived_is_awaited() {
        let (graph, sink, parcels) = arriving();
        let mut account = EMPTY;
        let path = &graph.paths[sink][0];
        let mut made = [0; crate::graph::NODES];
        assert!(account.is_complete(&graph, sink, &made));
        made[path.origin] = parcels[0].number + 1;
        assert!(!account.is_complete(&graph, sink, &made));
        account.book(&graph, sink, parcels[0]);
        let path_only = Graph { paths: vec![vec![path.clone()]; 6], ..graph.clone() };
        assert!(account.is_complete(&path_only, sink, &made));
    }
}
