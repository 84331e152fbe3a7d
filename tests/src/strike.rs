//! A SIGKILL from outside for one process of a tree.

use crate::census::{Process, children};
use crate::table::Table;
use core::sync::atomic::Ordering;
use perennial::daemon::Activity;
use perennial::test::Random;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

/// Kills a daemon of the tree, or one of its transactions, that was there just now; says whether one was.
pub fn strike(root: i32, transaction: bool, random: &mut Random) -> bool {
    let mut prey = children(root);
    if transaction {
        prey = prey.iter().flat_map(|daemon| children(daemon.pid)).collect();
    }
    prey.get(random.below(prey.len())).is_some_and(kill)
}

/// Kills daemons and transactions by turns until `kills` of each have been hit, up to `pause` apart, so that neither all
/// hit the first step nor all the same place; says how many daemons and transactions that were.
pub fn storm(root: i32, kills: u32, pause: Duration, random: &mut Random) -> (u32, u32) {
    let (mut daemons, mut transactions) = (0, 0);
    while daemons < kills || transactions < kills {
        std::thread::sleep(Duration::from_micros(random.below(pause.as_micros() as usize) as u64));
        let transaction = transactions <= daemons;
        let hit = u32::from(strike(root, transaction, random));
        if transaction { transactions += hit } else { daemons += hit }
    }
    (daemons, transactions)
}

/// Kills a transaction of the daemon with this PID; says whether there was one.
pub fn strike_transaction(daemon: i32, random: &mut Random) -> bool {
    let prey = children(daemon);
    prey.get(random.below(prey.len())).is_some_and(kill)
}

/// Kills daemon `index` of the tree as soon as its header says that it does this, and in any case after `patience`;
/// says whether there was one to kill. What it did when it died, a moment later, is root's to say.
pub fn strike_while(table: &Table, index: usize, activity: Activity, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    let Some(header) = table.header(index) else { return false };
    let mut aimed: Option<Target> = None;
    loop {
        let pid = table.pid(index);
        if aimed.as_ref().is_none_or(|target| target.pid != pid) {
            // PIDs are given in turn: between the two looks at the table none comes again.
            aimed = Target::on(pid).filter(|_| table.pid(index) == pid);
        }
        let doing = Activity::from_number(header.activity.load(Ordering::Relaxed));
        // What a newborn has not said itself is its predecessor's word.
        let is_told = activity == Activity::Recovering || header.ready.load(Ordering::Relaxed) != 0;
        if let Some(target) = &aimed
            && (doing == activity && is_told || Instant::now() >= deadline)
        {
            return target.kill();
        }
        if Instant::now() >= deadline + patience {
            return false;
        }
        // On one processor the victim gets nowhere while this one looks.
        std::thread::yield_now();
    }
}

fn kill(victim: &Process) -> bool {
    let Some(target) = Target::on(victim.pid) else { return false };
    // It is the same process still, now that the descriptor holds it.
    children(victim.parent).contains(victim) && target.kill()
}

/// A process that is held by a descriptor, so that a successor of its PID is not hit.
struct Target {
    pid: i32,
    handle: OwnedFd,
}

impl Target {
    fn on(pid: i32) -> Option<Self> {
        // SAFETY: takes numbers.
        let raw = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) } as i32;
        // SAFETY: just opened, and of nobody else.
        (raw >= 0).then(|| Self { pid, handle: unsafe { OwnedFd::from_raw_fd(raw) } })
    }

    fn kill(&self) -> bool {
        let (handle, nothing) = (self.handle.as_raw_fd(), core::ptr::null::<libc::siginfo_t>());
        // SAFETY: takes numbers and a null pointer.
        unsafe { libc::syscall(libc::SYS_pidfd_send_signal, handle, libc::SIGKILL, nothing, 0) == 0 }
    }
}
