//! The bank: transfers between accounts, each of which follows from the seed and its number. It keeps its accounts three
//! times over, in an array, in the order of what is on them, and by how often each has paid; all must agree.

use super::{Setup, chance, mishap, rest};
use crate::defect::Defect;
use crate::plan::{Plan, mix};
use perennial::prelude::*;

/// Accounts.
const ACCOUNTS: usize = 64;
/// Money on each account at first.
const START: u64 = 1000;
/// All the money there is.
pub const SUM: u64 = START * ACCOUNTS as u64;
/// The transfer at which a broken bank makes money.
const BROKEN: u64 = 10;

#[daemon(
    mem = "2MiB",
    record = "128KiB",
    history = "256KiB",
    max_restarts = 1_000_000,
    within = "1s",
    backoff = "1ms",
    max_backoff = "1ms",
    resumes = 1_000_000_000
)]
pub struct Bank {
    pub balance: Array<u64, ACCOUNTS>,
    /// What is on an account, and which it is.
    pub ranks: OrderedMap<[u64; 2], u8, ACCOUNTS>,
    /// Transfers from each account that there were any from.
    pub paid: Map<u64, u64, ACCOUNTS>,
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

/// The bank's books.
struct Books<'a> {
    balance: &'a mut Array<u64, ACCOUNTS>,
    ranks: &'a mut OrderedMap<[u64; 2], u8, ACCOUNTS>,
    paid: &'a mut Map<u64, u64, ACCOUNTS>,
    transfers: &'a mut u64,
}

impl Books<'_> {
    /// What makes no room for a change fails the whole turn, so nothing is made of single failures here.
    fn carry_out(&mut self, plan: &Plan) {
        for _ in 0..plan.bank.batch {
            let (from, to, most) = order(plan.seed, *self.transfers);
            let broken = if *self.transfers == BROKEN { plan.defect } else { None };
            let amount = self.balance.get(from).map_or(0, |cents| most.min(*cents));
            self.add(from, 0_u64.wrapping_sub(amount), 0);
            let made = u64::from(broken == Some(Defect::Mint));
            // Nobody ever has more than all, so it is never taken out again.
            let misfiled = if broken == Some(Defect::Misfile) { SUM + 1 } else { 0 };
            self.add(to, amount + made, misfiled);
            let count = u64::from(broken != Some(Defect::Miscount));
            let _ = self.paid.update_or_insert(from as u64, 0, |paid| *paid += count);
            *self.transfers += 1;
        }
    }

    fn add(&mut self, account: usize, cents: u64, misfiled: u64) {
        let Some(&before) = self.balance.get(account) else { return };
        let after = before.wrapping_add(cents);
        let _ = self.balance.set(account, after);
        self.ranks.remove(&[before, account as u64]);
        let _ = self.ranks.insert([after + misfiled, account as u64], 0);
    }

    /// Puts the same on each account.
    fn open(&mut self) -> bool {
        (0..ACCOUNTS).all(|account| {
            let ranked = self.ranks.insert([START, account as u64], 0);
            self.balance.set(account, START).is_ok() && ranked.is_ok()
        })
    }
}

impl Bank {
    #[transaction(timeout = "300ms")]
    fn work(
        balance: &mut Array<u64, ACCOUNTS>,
        ranks: &mut OrderedMap<[u64; 2], u8, ACCOUNTS>,
        paid: &mut Map<u64, u64, ACCOUNTS>,
        transfers: &mut u64,
        #[arg] plan: &Plan,
    ) -> Result<(), ()> {
        mishap(plan.bank);
        Books { balance, ranks, paid, transfers }.carry_out(plan);
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
                let (balance, ranks, paid, transfers) = (s.balance, s.ranks, s.paid, s.transfers);
                *s.open = Books { balance, ranks, paid, transfers }.open();
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
                me.change(|s| {
                    let (balance, ranks, paid, transfers) = (s.balance, s.ranks, s.paid, s.transfers);
                    Books { balance, ranks, paid, transfers }.carry_out(plan);
                })?;
            }
        }
        me.wait_for_stop()
    }
}
