//! What must hold.

use crate::graph::{Graph, Part};
use crate::plan::Plan;
use crate::tree::{Account, BankRef, OPENED, SUM, Said, Till, transfer};

/// Whether every message has arrived wherever it must, once, in order, and as it was made.
pub fn on_messages(graph: &Graph, nodes: &[Said]) -> Result<(), String> {
    let sum = |of: &dyn Fn(&Account) -> u64| nodes.iter().map(|said| of(&said.account)).sum::<u64>();
    let (lost, duplicated) = (sum(&|account| account.lost), sum(&|account| account.duplicated));
    let wrong = sum(&|account| account.wrong);
    let made: Vec<u64> = nodes.iter().map(|said| said.made).collect();
    let complete = |sink: usize| nodes[sink].account.is_complete(graph, sink, &made);
    if graph.all(Part::Sink).all(complete) && lost + duplicated + wrong == 0 {
        return Ok(());
    }
    let arrived: Vec<&Account> = graph.all(Part::Sink).map(|sink| &nodes[sink].account).collect();
    Err(format!(
        "{lost} messages lost, {duplicated} duplicated, {wrong} changed; {made:?} were made, {arrived:?} arrived"
    ))
}

/// Whether every call was carried out once, in order, and answered.
pub fn on_calls(nodes: &[Said]) -> Result<(), String> {
    for (caller, server) in nodes.iter().zip(nodes.iter().cycle().skip(1)) {
        if caller.talk.wrong != 0 || caller.talk.asked != server.talk.served {
            return Err(format!("{:?} was asked, and is at odds with {:?}", caller.talk, server.talk));
        }
    }
    Ok(())
}

/// Whether nobody has perceived what cannot be.
pub fn on_senses(nodes: &[Said]) -> Result<(), String> {
    match nodes.iter().find(|said| said.senses.wrong != 0) {
        Some(said) => Err(format!("a node was perceived as it never was: {:?}", said.senses)),
        None => Ok(()),
    }
}

/// Whether the accounts are what so many transfers make of them.
pub fn on_money(plan: &Plan, bank: &BankRef<'_>) -> Result<(), String> {
    let mut model = OPENED;
    (0..*bank.transfers).for_each(|number| transfer(plan.seed, number, &mut model));
    let balance: Vec<u64> = bank.balance.iter().copied().collect();
    let sum: u64 = balance.iter().sum();
    if balance != model || sum != SUM {
        let transfers = bank.transfers;
        return Err(format!(
            "after {transfers} transfers there are {sum} cents and must be {SUM}: {balance:?}"
        ));
    }
    let mut ranks: Vec<[u64; 2]> = (0..).zip(&balance).map(|(account, cents)| [*cents, account]).collect();
    ranks.sort_unstable();
    if !bank.ranks.keys().eq(&ranks) {
        let found: Vec<&[u64; 2]> = bank.ranks.keys().collect();
        return Err(format!("the accounts {ranks:?} are ranked as {found:?}"));
    }
    let paid: u64 = bank.paid.values().sum();
    if paid != *bank.transfers {
        return Err(format!("of {} transfers, accounts have paid {paid}", bank.transfers));
    }
    Ok(())
}

/// Whether whoever had the lock found it as it must be, and nothing of it is held by the dead.
pub fn on_locks(till: &Till) -> Result<(), String> {
    if till.wrong == 0 {
        return Ok(());
    }
    Err(format!("pairs that were not alike lay behind the lock: {till:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{NODES, PATHS};
    use crate::tree::pulse::Senses;
    use crate::tree::talk::Talk;
    use std::time::Duration;

    fn said(account: Account) -> Said {
        let talk = Talk { asked: 5, served: 5, wrong: 0 };
        let senses = Senses { felt: 1, seen: 1, looks: 1, wrong: 0 };
        Said { over: true, made: 50, passed: 50, account, outstanding: 0, talk, senses, failed: 0 }
    }

    #[test]
    fn what_was_asked_and_not_carried_out_is_a_violation() {
        let whole = said(Account { next: [0; PATHS], lost: 0, duplicated: 0, wrong: 0 });
        assert_eq!((on_calls(&[whole; 3]), on_senses(&[whole; 3])), (Ok(()), Ok(())));
        for talk in [
            Talk { asked: 6, ..whole.talk },
            Talk { served: 4, ..whole.talk },
            Talk { wrong: 1, ..whole.talk },
        ] {
            assert!(on_calls(&[whole, Said { talk, ..whole }, whole]).is_err(), "{talk:?}");
        }
        let senses = Senses { wrong: 1, ..whole.senses };
        assert!(on_senses(&[whole, Said { senses, ..whole }]).is_err());
    }

    #[test]
    fn what_did_not_arrive_is_a_violation() {
        let graph = Plan::new(7, Duration::ZERO, None).graph;
        let sink = graph.all(Part::Sink).next().expect("a sink");
        let whole = Account { next: [50; PATHS], lost: 0, duplicated: 0, wrong: 0 };
        let judged = |account| {
            let mut nodes = [said(whole); NODES];
            nodes[sink].account = account;
            on_messages(&graph, &nodes)
        };
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
