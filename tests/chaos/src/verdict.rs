//! What must hold, and how often it was put to the test.

use crate::graph::Graph;
use crate::plan::Plan;
use crate::tree::{Account, BankRef, OPENED, SUM, transfer};
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
    /// Incarnations that became ready after another.
    pub recoveries: usize,
    /// The longest time from a kill until the next incarnation was ready, where nothing else happened meanwhile.
    pub worst: Duration,
    /// Messages that were made.
    pub messages: u64,
    /// Messages at the ends of all their ways.
    pub arrived: u64,
    pub transfers: u64,
    /// Other misfortunes.
    pub freezes: usize,
    pub shortages: usize,
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

    /// What has happened since then.
    pub fn since(&self, before: &Self) -> Self {
        Self {
            rounds: self.rounds - before.rounds,
            daemons: self.daemons - before.daemons,
            transactions: self.transactions - before.transactions,
            recoveries: self.recoveries - before.recoveries,
            worst: self.worst,
            messages: self.messages - before.messages,
            arrived: self.arrived - before.arrived,
            transfers: self.transfers - before.transfers,
            freezes: self.freezes - before.freezes,
            shortages: self.shortages - before.shortages,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            daemons, transactions, recoveries, messages, arrived, transfers, freezes, shortages, ..
        } = self;
        write!(
            f,
            "{} crashes caused ({daemons} of daemons, {transactions} of transactions), {freezes} freezes, \
             {shortages} shortages, {recoveries} recoveries, worst {:.1} ms, {messages} messages \
             arrived {arrived} times, {transfers} transfers",
            daemons + transactions,
            self.worst.as_secs_f64() * 1e3,
        )
    }
}

/// Whether every message has arrived wherever it must, once, in order, and as it was made.
pub fn on_messages(graph: &Graph, accounts: &[(usize, Account)], made: &[u64]) -> Result<(), String> {
    let sum = |of: &dyn Fn(&Account) -> u64| accounts.iter().map(|(_, account)| of(account)).sum::<u64>();
    let (lost, duplicated) = (sum(&|account| account.lost), sum(&|account| account.duplicated));
    let wrong = sum(&|account| account.wrong);
    let complete = accounts.iter().all(|(sink, account)| account.is_complete(graph, *sink, made));
    if complete && lost + duplicated + wrong == 0 {
        return Ok(());
    }
    Err(format!(
        "{lost} messages lost, {duplicated} duplicated, {wrong} changed; {made:?} were made, {accounts:?} arrived"
    ))
}

/// Whether the accounts are what so many transfers make of them.
pub fn on_money(plan: &Plan, bank: &BankRef<'_>) -> Result<(), String> {
    let mut model = OPENED;
    (0..*bank.transfers).for_each(|number| transfer(plan.seed, number, &mut model));
    let balance: Vec<u64> = bank.balance.iter().copied().collect();
    let sum: u64 = balance.iter().sum();
    if balance == model && sum == SUM {
        return Ok(());
    }
    Err(format!("after {} transfers there are {sum} cents and must be {SUM}: {balance:?}", bank.transfers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{NODES, PATHS, Part};

    #[test]
    fn what_did_not_arrive_is_a_violation() {
        let graph = Plan::new(7, Duration::ZERO, None).graph;
        let sink = graph.all(Part::Sink).next().expect("a sink");
        let whole = Account { next: [50; PATHS], lost: 0, duplicated: 0, wrong: 0 };
        let judged = |account| on_messages(&graph, &[(sink, account)], &[50; NODES]);
        assert_eq!(judged(whole), Ok(()));
        for broken in [
            Account { lost: 1, ..whole },
            Account { duplicated: 1, ..whole },
            Account { wrong: 1, ..whole },
            Account { next: [0; PATHS], ..whole },
        ] {
            assert!(judged(broken).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn transfers_neither_make_nor_lose_money() {
        let mut accounts = OPENED;
        (0..10_000).for_each(|number| transfer(7, number, &mut accounts));
        assert_eq!(accounts.iter().sum::<u64>(), SUM);
        assert_ne!(accounts, OPENED);
    }
}
