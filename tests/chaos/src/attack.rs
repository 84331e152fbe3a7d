//! What happens to a tree.

use crate::cgroup::Group;
use crate::plan::{Plan, Weights, mix};
use crate::pressure::{Descriptors, Helper, spread, throttle};
use crate::tally::Tally;
use crate::tree::DAEMONS;
use perennial::test::processes::{Process, children};
use perennial::test::{Event, Random, Tree};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What a limit on memory is counted in.
const PAGE: u64 = 4096;

type Strike<'a> = fn(&mut Attacker<'a>, &mut Tree, &mut Tally);

/// Brings misfortunes about, as the plan says.
pub struct Attacker<'a> {
    plan: &'a Plan,
    /// Where the daemons are alone with their memory, if they can be.
    group: Option<&'a Group>,
    random: Random,
    /// Hungry processes beside the tree.
    helpers: Vec<(Helper, Instant)>,
    /// Whether the tree has one processor only, and its daemons are less urgent than others.
    starved: bool,
}

impl<'a> Attacker<'a> {
    /// None so far.
    pub fn new(plan: &'a Plan, group: Option<&'a Group>) -> Self {
        Self { plan, group, random: Random::new(mix(plan.seed, 1)), helpers: Vec::new(), starved: false }
    }

    fn anybody(&mut self) -> &'static str {
        DAEMONS[self.random.below(DAEMONS.len())]
    }

    /// A moment of up to so many milliseconds.
    fn moment(&mut self, most: usize) -> Duration {
        Duration::from_micros(self.random.below(most * 1000 + 1) as u64)
    }

    /// Brings one misfortune about, and leaves the tree a moment.
    pub fn strike(&mut self, tree: &mut Tree, tally: &mut Tally) {
        let pause = self.moment(self.plan.pause);
        sleep(pause);
        self.helpers.retain(|(_, until)| Instant::now() < *until);
        // So that none is missed: only the newest are kept.
        tree.events();
        let Weights {
            kill,
            kill_transaction,
            kill_newborn,
            kill_all,
            freeze,
            throttle,
            starve,
            memory,
            squeeze,
            descriptors,
        } = self.plan.weights;
        let kinds: [(usize, Strike<'a>); 10] = [
            (kill, Self::kill),
            (kill_transaction, Self::kill_transaction),
            (kill_newborn, Self::kill_newborn),
            (kill_all, Self::kill_all),
            (freeze, Self::freeze),
            (throttle, Self::throttle),
            (starve, Self::starve),
            (memory, Self::memory),
            (squeeze, Self::squeeze),
            (descriptors, Self::descriptors),
        ];
        let mut drawn = self.random.below(kinds.iter().map(|(weight, _)| weight).sum());
        for (weight, strike) in kinds {
            if drawn < weight {
                return strike(self, tree, tally);
            }
            drawn -= weight;
        }
    }

    /// Ends all shortages. Whoever was stopped goes on already.
    pub fn relent(&mut self, tree: &mut Tree) {
        self.helpers.clear();
        spread(tree.pid());
        tree.events();
    }

    /// Kills a daemon and waits until it is there again: the time that this takes is what is measured.
    fn kill(&mut self, tree: &mut Tree, tally: &mut Tally) {
        let daemon = self.anybody();
        let generation = tree.kill(daemon);
        let start = Instant::now();
        tree.await_event(Event::ready(daemon).after(generation));
        let time = start.elapsed();
        tally.worst = tally.worst.max(time);
        if !self.starved && self.helpers.is_empty() {
            tally.unhampered = tally.unhampered.max(time);
        }
    }

    /// Kills a transaction, if there is one just now.
    fn kill_transaction(&mut self, tree: &mut Tree, tally: &mut Tally) {
        let mut daemons = children(tree.pid());
        let first = self.random.below(daemons.len());
        daemons.rotate_left(first);
        for daemon in daemons {
            if let Some(transaction) = children(daemon.pid).first()
                && transaction.signal(libc::SIGKILL)
            {
                tally.transactions += 1;
                return;
            }
        }
    }

    /// Kills a daemon again and again, just after it was started.
    fn kill_newborn(&mut self, tree: &mut Tree, _: &mut Tally) {
        let daemon = self.anybody();
        for _ in 0..=self.random.below(5) {
            let generation = tree.kill(daemon);
            tree.await_event(Event::started(daemon).after(generation));
            let moment = self.moment(1);
            sleep(moment);
        }
    }

    /// Kills all daemons at once.
    fn kill_all(&mut self, tree: &mut Tree, _: &mut Tally) {
        let mut daemons = children(tree.pid());
        // Whoever comes first has most of the others as witnesses.
        let first = self.random.below(daemons.len());
        daemons.rotate_left(first);
        for daemon in daemons {
            daemon.signal(libc::SIGKILL);
        }
    }

    /// Stops a daemon for a while.
    fn freeze(&mut self, tree: &mut Tree, tally: &mut Tally) {
        let daemon = self.anybody();
        let Some(frozen) = stopped(tree, daemon) else { return };
        tally.freezes += 1;
        let moment = self.moment(200);
        sleep(moment);
        // Half of them die of it.
        if self.random.below(2) == 0 {
            frozen.signal(libc::SIGKILL);
        }
        frozen.signal(libc::SIGCONT);
    }

    /// Slows a daemon down: it runs for one moment and stands still for the next.
    fn throttle(&mut self, tree: &mut Tree, tally: &mut Tally) {
        let daemon = self.anybody();
        for _ in 0..5 + self.random.below(20) {
            let Some(frozen) = stopped(tree, daemon) else { return };
            tally.freezes += 1;
            let moment = self.moment(3);
            sleep(moment);
            frozen.signal(libc::SIGCONT);
            let moment = self.moment(1);
            sleep(moment);
        }
    }

    /// Leaves the tree little time: on one processor, at the lowest priority, beside somebody who never rests.
    fn starve(&mut self, tree: &mut Tree, tally: &mut Tally) {
        self.starved = true;
        throttle(tree.pid(), self.random.below(20) as i32);
        let until = Instant::now() + self.moment(1000);
        self.helpers.push((Helper::spinning(), until));
        tally.shortages += 1;
    }

    /// Leaves the machine less memory.
    fn memory(&mut self, _: &mut Tree, tally: &mut Tally) {
        if self.helpers.len() < 3 {
            let until = Instant::now() + self.moment(2000);
            self.helpers.push((Helper::hungry(), until));
            tally.shortages += 1;
        }
    }

    /// Leaves the daemons hardly more memory than it has, or less, now and then.
    fn squeeze(&mut self, tree: &mut Tree, tally: &mut Tally) {
        let Some(group) = self.group else { return self.memory(tree, tally) };
        let before = group.kills();
        for _ in 0..=self.random.below(5) {
            group.leave(self.random.below(24) as u64 * PAGE);
            // All are born again at once, or go on as they are.
            if self.random.below(4) == 0 {
                self.kill_all(tree, tally);
            }
            let moment = self.moment(30);
            sleep(moment);
            group.relax();
            let moment = self.moment(10);
            sleep(moment);
        }
        tally.shortages += 1;
        tally.reclaimed += group.kills() - before;
    }

    /// Leaves a daemon, or root, no descriptors while somebody dies.
    fn descriptors(&mut self, tree: &mut Tree, tally: &mut Tally) {
        let daemon = self.anybody();
        let whose =
            if self.random.below(2) == 0 { Some(tree.pid()) } else { tree.process_of(daemon).map(|p| p.pid) };
        let Some(limited) = whose.and_then(|pid| Descriptors::exhaust(pid, self.random.below(8) as u64))
        else {
            return;
        };
        tally.shortages += 1;
        self.kill_all(tree, tally);
        let moment = self.moment(100);
        sleep(moment);
        drop(limited);
        // Who was born meanwhile has inherited the limit: it goes with the next incarnation.
        self.kill_all(tree, tally);
    }
}

/// The process of a daemon, after it was stopped; `None` where there was none.
fn stopped(tree: &mut Tree, daemon: &str) -> Option<Process> {
    let process = tree.process_of(daemon)?;
    process.signal(libc::SIGSTOP).then_some(process)
}
