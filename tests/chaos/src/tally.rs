//! What has happened, in numbers.

use crate::graph::{Graph, Part};
use crate::tree::Said;
use perennial::test::{Event, What};
use std::fmt;
use std::time::Duration;

/// What has happened so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub rounds: usize,
    /// Daemons that have died, of whatever.
    pub daemons: usize,
    /// Transactions that were killed from outside.
    pub transactions: usize,
    /// Transactions that did not end well, of whatever, as far as their daemons lived to see it.
    pub failed: u64,
    /// Incarnations that became ready after another.
    pub recoveries: usize,
    /// The longest time from a kill until the next incarnation was ready, where nothing else happened meanwhile.
    pub worst: Duration,
    /// The longest where nothing was short either.
    pub unhampered: Duration,
    /// Messages that were made.
    pub messages: u64,
    /// Messages at the ends of all their ways.
    pub arrived: u64,
    pub transfers: u64,
    /// Calls that were answered.
    pub calls: u64,
    /// Looks at another's state, and pulses that were felt.
    pub looks: u64,
    /// Times that a lock was taken.
    pub locks: u64,
    /// Times that a dead owner had had it.
    pub repairs: u64,
    /// Other misfortunes.
    pub freezes: usize,
    pub shortages: usize,
    /// Processes that the kernel has killed for want of memory; daemons among them count above as well.
    pub reclaimed: u64,
}

impl Tally {
    /// Takes note of what happened to the daemons of one tree.
    pub fn note(&mut self, events: &[Event]) {
        let count = |what: What, first: u64| {
            events.iter().filter(|event| event.what == what && event.generation >= first).count()
        };
        self.daemons += count(What::Died, 1);
        self.recoveries += count(What::Ready, 2);
    }

    /// Counts what the nodes of a tree have done.
    pub fn count(&mut self, graph: &Graph, nodes: &[Said]) {
        self.arrived += graph.all(Part::Sink).map(|sink| nodes[sink].passed).sum::<u64>();
        for Said { made, talk, senses, failed, .. } in nodes {
            self.messages += made;
            self.failed += failed;
            self.calls += talk.asked;
            self.looks += senses.felt + senses.looks;
        }
    }

    /// What has happened since then.
    pub fn since(&self, before: &Self) -> Self {
        Self {
            rounds: self.rounds - before.rounds,
            daemons: self.daemons - before.daemons,
            transactions: self.transactions - before.transactions,
            failed: self.failed - before.failed,
            recoveries: self.recoveries - before.recoveries,
            worst: self.worst,
            unhampered: self.unhampered,
            messages: self.messages - before.messages,
            arrived: self.arrived - before.arrived,
            transfers: self.transfers - before.transfers,
            calls: self.calls - before.calls,
            looks: self.looks - before.looks,
            locks: self.locks - before.locks,
            repairs: self.repairs - before.repairs,
            freezes: self.freezes - before.freezes,
            shortages: self.shortages - before.shortages,
            reclaimed: self.reclaimed - before.reclaimed,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            daemons,
            transactions,
            failed,
            recoveries,
            messages,
            arrived,
            transfers,
            calls,
            looks,
            locks,
            repairs,
            freezes,
            shortages,
            reclaimed,
            ..
        } = self;
        write!(
            f,
            "{} crashes caused ({daemons} of daemons, {transactions} of transactions), {failed} failed transactions, \
             {freezes} freezes, {shortages} shortages ({reclaimed} killed for want of memory), {recoveries} recoveries, \
             worst {:.1} ms ({:.1} ms where nothing was short), {messages} messages arrived {arrived} times, \
             {calls} calls, {looks} looks, {locks} locks ({repairs} left by the dead), {transfers} transfers",
            daemons + transactions,
            self.worst.as_secs_f64() * 1e3,
            self.unhampered.as_secs_f64() * 1e3,
        )
    }
}
