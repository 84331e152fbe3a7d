//! The bank: transfers between accounts, each of which follows from the seed and its number.

use super::{Setup, chance, mishap, rest};
use crate::defect::Defect;
use crate::plan::{Plan, Role, mix};
use perennial::prelude::*;

/// Accounts.
const ACCOUNTS: usize = 64;
/// Money on each account at first.
const START: u64 = 1000;
/// All the money there is.
pub const SUM: u64 = START * ACCOUNTS as u64;
/// The transfer at which a broken bank makes money.
const BROKEN: u64 = 100;

#[daemon(
    mem = "512KiB",
    max_restarts = 1_000_000,
    within = "1s",
    backoff = "1ms",
    max_backoff = "1ms",
    resumes = 1_000_000_000
)]
pub struct Bank {
    pub balance: Array<u64, ACCOUNTS>,
    /// Transfers so far.
    pub transfers: u64,
    open: bool,
    /// Transactions that came to grief.
    pub failed: u64,
}

/// From which account to which transfer `number` goes, and how much of what is there.
fn order(seed: u64, number: u64) -> (usize, usize, u64) {
    let word = mix(seed ^ 0xba2c, number);
    let place = |shift: u32| (word >> shift) as usize % ACCOUNTS;
    (place(0), place(16), (word >> 32) % START)
}

/// Carries transfer `number` out on a model.
pub fn transfer(seed: u64, number: u64, balance: &mut [u64; ACCOUNTS]) {
    let (from, to, most) = order(seed, number);
    let amount = most.min(balance[from]);
    balance[from] -= amount;
    balance[to] += amount;
}

/// The accounts as they are at first.
pub const OPENED: [u64; ACCOUNTS] = [START; ACCOUNTS];

fn carry_out(balance: &mut Array<u64, ACCOUNTS>, transfers: &mut u64, role: Role, plan: &Plan) {
    for _ in 0..role.batch {
        let (from, to, most) = order(plan.seed, *transfers);
        let mut amount = 0;
        // Both accounts are there: their numbers are below `ACCOUNTS`.
        let _ = balance.update(from, |cents| {
            amount = most.min(*cents);
            *cents -= amount;
        });
        if plan.defect == Some(Defect::Mint) && *transfers == BROKEN {
            amount += 1;
        }
        let _ = balance.update(to, |cents| *cents += amount);
        *transfers += 1;
    }
}

impl Bank {
    #[transaction(timeout = "300ms")]
    fn work(balance: &mut Array<u64, ACCOUNTS>, transfers: &mut u64, #[arg] plan: &Plan) -> Result<(), ()> {
        mishap(plan.bank);
        carry_out(balance, transfers, plan.bank, plan);
        mishap(plan.bank);
        Ok(())
    }
}

impl Daemon for Bank {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let setup = Setup::of(me)?;
        let plan = &setup.plan;
        if !*me.state().open {
            me.change(|s| {
                *s.open = (0..ACCOUNTS).all(|account| s.balance.set(account, START).is_ok());
            })?;
        }
        while !setup.is_over() {
            if !me.wait_for(&Wait::new().timeout(Duration::ZERO))?.is_running() {
                return Ok(());
            }
            rest(plan.bank);
            if chance(100) < plan.bank.transactions {
                if let Err(Failure::Crashed(_) | Failure::Panicked(_)) = Self::work(me, plan) {
                    me.change(|s| *s.failed += 1)?;
                }
            } else {
                me.change(|s| carry_out(s.balance, s.transfers, plan.bank, plan))?;
            }
        }
        me.wait_for_stop()
    }
}
