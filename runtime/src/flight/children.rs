//! The children of a daemon: its flights, what those have left behind, and its own.
//!
//! Whatever a transaction forks dies with it. What libc's `fork` made asks the kernel for that itself
//! (`foreign`). What came about in another way (`clone`, `vfork`, a second fork) becomes the daemon's child when
//! its parent dies, for the daemon is subreaper of its descendants; the daemon finds it there and kills it.
//!
//! The daemon may have children of its own as well, forked by the user's code in any way, and they are left alone.
//! A flight's descendants are told from them by a mark: a flight ignores a signal that nobody uses, one for each
//! slot, and a process inherits what it ignores, over `fork`, `clone` and `exec` alike. Who gives the mark up
//! escapes the daemon, and is found by root when the daemon dies.
//!
//! What a child of the daemon's own leaves behind when it ends, a library's double fork for one, becomes the daemon's
//! child too, though nobody there waits for it. It bears a third mark (`foreign`), and is reaped when it has ended.
//!
//! All this is done by the handler for SIGCHLD, so that nothing waits for the next transaction; where that signal
//! is blocked or handled by the user's code, the next launch makes up for it. The handler keeps off whatever the
//! daemon is busy with ([`undisturbed`]).

use crate::hot::HOT;
use crate::layout::SLOTS;
use crate::sys::process::{self, Child, Exit, Reaped};
use crate::sys::{Errno, procfs, schedule, signal};
use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering::Relaxed, Ordering::SeqCst};
use core::time::Duration;

/// Children of the daemon's own that need not be examined again each time.
const KNOWN: usize = 8;

/// While another flight is under way only every so many a look is taken at what the last ones left: there is no
/// cheaper way then than to list all children.
const SELDOM: u32 = 16;

/// What a daemon knows of its children; in the page of private state, since launches change it.
pub struct Children {
    /// PIDs of the flights that are not reaped, by slot; 0 for none.
    flights: [AtomicI32; SLOTS],
    /// Whether the daemon needs nothing more of the flight: its end may be taken by the handler.
    dismissed: [AtomicBool; SLOTS],
    /// Whether this process is a daemon, with children to look after.
    tending: AtomicBool,
    /// Whether the handler is to keep off.
    busy: AtomicBool,
    /// Whether it did.
    missed: AtomicBool,
    /// Times that orphans were not looked for because a flight was under way.
    postponed: AtomicU32,
    known: [AtomicI32; KNOWN],
}

impl Children {
    /// Of a process that looks after none.
    pub const fn none() -> Self {
        Self {
            flights: [const { AtomicI32::new(0) }; SLOTS],
            dismissed: [const { AtomicBool::new(false) }; SLOTS],
            tending: AtomicBool::new(false),
            busy: AtomicBool::new(false),
            missed: AtomicBool::new(false),
            postponed: AtomicU32::new(0),
            known: [const { AtomicI32::new(0) }; KNOWN],
        }
    }
}

/// Has the calling daemon look after its children. `child_ended` changes when one ends, which is the fallback for a
/// flight that dies before it has registered its word.
///
/// # Errors
/// None on kernels that perennial runs on.
pub fn watch_children() -> Result<(), Errno> {
    process::become_subreaper()?;
    // Root ignores whatever it can, and a daemon is not to bear its flights' marks.
    (0..=SLOTS).try_for_each(|slot| signal::dispose(marker(slot), false))?;
    HOT.children.tending.store(true, Relaxed);
    // SAFETY: the handler changes atomics, makes system calls, and puts `errno` back.
    unsafe { signal::handle(libc::SIGCHLD, on_child, libc::SA_RESTART | libc::SA_NOCLDSTOP) }
}

/// From now on this process, a fork of a daemon's, looks after nobody.
pub fn leave() {
    HOT.children.tending.store(false, Relaxed);
}

/// Marks this process and all of its descendants as those of the flight in `slot`.
///
/// # Errors
/// None on kernels that perennial runs on.
pub(super) fn mark(slot: usize) -> Result<(), Errno> {
    signal::dispose(marker(slot), true)
}

/// Waits until `pid` is no process that flies in `slot`, whoever has forked it, or until `deadline`; returns whether that
/// is so. Ended or not, it may have been another all along: then it does not bear the mark.
pub(super) fn await_strangers_end(slot: usize, pid: i32, deadline: Duration) -> bool {
    procfs::ignored_signals(pid).is_some_and(|ignored| ignored & bit(slot) == 0)
        || process::await_strangers_end(pid, deadline)
}

/// Marks this process as one that the daemon is to reap should it become the daemon's child.
pub fn mark_adopted() {
    let _ = signal::dispose(marker(ADOPTED), true);
}

/// In the place of a slot: no flight's, but forked by a child of the daemon's own.
const ADOPTED: usize = SLOTS;

/// The mark of a slot among the signals that a process ignores.
fn bit(slot: usize) -> u64 {
    1 << (marker(slot) - 1)
}

fn marker(slot: usize) -> c_int {
    // The highest real-time signals; libraries count theirs from the lowest.
    64 - slot as c_int
}

extern "C" fn on_child(_: c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {
    HOT.child_ended.fetch_add(1, SeqCst);
    if !HOT.children.tending.load(Relaxed) {
        return;
    }
    if HOT.children.busy.load(Relaxed) {
        HOT.children.missed.store(true, Relaxed);
        return;
    }
    let interrupted = Errno::last_raw();
    tend();
    Errno::set_raw(interrupted);
}

/// Does `work` while the handler keeps off, then what it would have done. Not to be nested.
fn undisturbed<T>(work: impl FnOnce() -> T) -> T {
    let children = &HOT.children;
    children.busy.store(true, SeqCst);
    let done = work();
    settle();
    done
}

fn settle() {
    let children = &HOT.children;
    loop {
        while children.missed.swap(false, SeqCst) {
            tend();
        }
        children.busy.store(false, SeqCst);
        // Between the last look and the store there may have been a signal.
        if !children.missed.load(SeqCst) {
            return;
        }
        children.busy.store(true, SeqCst);
    }
}

/// Before the fork of a flight: its end is not to be taken for somebody else's.
pub(super) fn about_to_launch() {
    HOT.children.busy.store(true, SeqCst);
}

/// After it, in the daemon: `pid` flies in `slot`, or nobody does.
pub(super) fn launched(slot: usize, pid: Option<i32>) {
    if let Some(pid) = pid {
        HOT.children.dismissed[slot].store(false, SeqCst);
        HOT.children.flights[slot].store(pid, SeqCst);
    }
    settle();
}

/// Nothing more is needed of the flight in `slot`. `ended` says whether some child has ended since it was launched.
pub(super) fn dismiss(slot: usize, ended: impl FnOnce() -> bool) {
    HOT.children.dismissed[slot].store(true, SeqCst);
    // Asked only now: an end from here on finds the flight dismissed.
    if ended() {
        undisturbed(|| HOT.children.missed.store(true, SeqCst));
    }
}

/// The flight in `slot`, if it is not reaped. As long as it is not dismissed this stays so.
pub(super) fn flight(slot: usize) -> Option<i32> {
    match HOT.children.flights[slot].load(SeqCst) {
        0 => None,
        pid => Some(pid),
    }
}

/// Kills the flight in `slot`, if it is not reaped.
pub(super) fn kill(slot: usize) {
    undisturbed(|| flight(slot).into_iter().for_each(process::kill_child));
}

/// Lets others run before the flight in `slot`, which is as good as dead, if it is not reaped.
pub(super) fn step_aside(slot: usize) {
    undisturbed(|| flight(slot).into_iter().for_each(schedule::step_aside));
}

/// Whether `slot` has no unreaped process, after an attempt to reap it; with `force`, it is killed and its end
/// awaited.
pub(super) fn vacate(slot: usize, force: bool) -> bool {
    flight(slot).is_none()
        || undisturbed(|| {
            if force {
                flight(slot).into_iter().for_each(process::kill_child);
            }
            flight(slot).is_none() || take(slot, force).is_some()
        })
}

/// Waits for the end of the flight in `slot` and says how it ended, and whether it had become another program.
pub(super) fn await_end(slot: usize) -> (Option<Exit>, bool) {
    undisturbed(|| {
        let Some(pid) = flight(slot) else { return (None, false) };
        process::await_end(pid);
        let replaced = procfs::has_executed(pid);
        (take(slot, true), replaced)
    })
}

/// Reaps the flight in `slot`, if it has ended or with `block`.
fn take(slot: usize, block: bool) -> Option<Exit> {
    let exit = match process::reap(Child::Pid(flight(slot)?), block) {
        Reaped::Running => return None,
        Reaped::Ended(_, exit) => exit,
        // Somebody else has reaped it; it is gone in any case.
        Reaped::Nobody => Exit::Code(0),
    };
    HOT.children.flights[slot].store(0, SeqCst);
    // To look for what it has left.
    HOT.children.missed.store(true, SeqCst);
    Some(exit)
}

/// Reaps the flights that are dismissed, then ends what those that are gone have left.
fn tend() {
    let children = &HOT.children;
    for slot in 0..SLOTS {
        let pid = children.flights[slot].load(SeqCst);
        if pid != 0
            && children.dismissed[slot].load(SeqCst)
            && process::reap(Child::Pid(pid), false) != Reaped::Running
        {
            children.flights[slot].store(0, SeqCst);
        }
    }
    if (0..SLOTS).any(|slot| flight(slot).is_some()) {
        if children.postponed.fetch_add(1, Relaxed) < SELDOM {
            return;
        }
    } else if !process::has_children() {
        return;
    }
    children.postponed.store(0, Relaxed);
    end_orphans();
}

/// Kills and reaps the children that bear the mark of a slot whose flight is gone.
#[cold]
#[inline(never)]
fn end_orphans() {
    let marks = (0..SLOTS).filter(|&slot| flight(slot).is_none()).fold(0, |marks, slot| marks | bit(slot));
    let mut known = [0; KNOWN];
    let mut count = 0;
    process::for_each_child(|pid| {
        if (0..SLOTS).any(|slot| flight(slot) == Some(pid)) {
            return;
        }
        // One that had only just been forked when it was seen may have taken its mark since.
        let seen =
            HOT.children.known.iter().any(|known| known.load(Relaxed) == pid) && !process::has_ended(pid);
        let ignored = if seen { 0 } else { procfs::ignored_signals(pid).unwrap_or(0) };
        if ignored & marks != 0 {
            process::kill_child(pid);
            let _ = process::reap(Child::Pid(pid), false);
        } else if ignored & bit(ADOPTED) != 0 {
            let _ = process::reap(Child::Pid(pid), false);
        } else if (seen || (0..SLOTS).all(|slot| flight(slot).is_none()))
            && let Some(free) = known.get_mut(count)
        {
            *free = pid;
            count += 1;
        }
    });
    for (place, pid) in HOT.children.known.iter().zip(known) {
        place.store(pid, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An end before the question is in its answer; one behind it is the handler's, which must find the flight
    /// dismissed. In the other order an end in between would be nobody's.
    #[test]
    fn a_flight_is_dismissed_before_anybody_asks_whether_it_has_ended() {
        let dismissed = || HOT.children.dismissed[0].load(SeqCst);
        HOT.children.dismissed[0].store(false, SeqCst);
        let mut found = None;
        dismiss(0, || {
            found = Some(dismissed());
            false
        });
        assert_eq!(found, Some(true));
        HOT.children.dismissed[0].store(false, SeqCst);
    }
}
