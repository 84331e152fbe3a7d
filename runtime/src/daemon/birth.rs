//! The birth of a daemon: from root's fresh child to `run`, every privilege that is not the daemon's given up
//! on the way, in this order:
//!
//! 1. root's signal handling, then root's death as one's own;
//! 2. a process group of its own, so that a terminal's signals reach only root, and one signal its whole family;
//! 3. the right to change its writable mapping (mseal); everybody else's it never inherited;
//! 4. what the predecessor left in the header is taken over, and its death counted;
//! 5. the robust word, so that root knows of any later death;
//! 6. the heap, the crash handler;
//! 7. recovery of the state, before any code of the user's runs.

use super::inherit::Heritage;
use super::{Activity, Core, Daemon, Ended, Handle};
use crate::fault::{self, Point};
use crate::logger::Line;
use crate::root::{Arenas, MOST_DAEMONS, Tree};
use crate::sys::{Errno, clock, memory, process, robust, signal};
use crate::{foreign, heap, hot, logger, report};
use core::panic::AssertUnwindSafe;
use core::sync::atomic::Ordering;
use core::time::Duration;
use log::Level;
use std::panic::catch_unwind;

/// What root hands to a newborn daemon.
#[derive(Clone, Copy)]
pub struct Boot {
    /// The whole tree.
    pub tree: &'static Tree,
    /// Which daemon of it.
    pub index: usize,
    /// Where memory is mapped.
    pub arenas: Arenas,
    /// Every daemon's doorbell.
    pub doorbells: [i32; MOST_DAEMONS],
    /// Number of the incarnation.
    pub generation: u64,
    /// Own PID.
    pub pid: i32,
    /// Root's PID.
    pub root: i32,
}

/// How long a newborn waits for its predecessor's transactions to be gone.
const QUIET: Duration = Duration::from_secs(2);

/// Turns the calling process, root's fresh child, into daemon `D`.
pub fn enter<D: Daemon>(boot: &Boot) -> ! {
    let (core, heritage) = match born(boot) {
        Ok(born) => born,
        Err((step, errno)) => {
            log::error!("could not start: {step}: {errno}");
            let region = boot.arenas.alias.wrapping_add(boot.tree.region_at(boot.index));
            // SAFETY: root has left this process its region, which begins with the header; the word is an atomic.
            let outcome = unsafe { &(*region.cast::<crate::layout::RegionHeader>()).outcome };
            outcome.store(Ended::Stillborn as u32, Ordering::Release);
            process::exit(Ended::Stillborn.code());
        }
    };
    if core.is_to_recover_only() {
        recover_only(&core);
    }
    let cells = D::bind(&mut |field| core.place(field));
    let mut me = Handle::<D>::new(core, cells);
    if let Some(code) = me.recover(heritage) {
        me.shutdown(code);
        me.core.pause(None);
        end(&me.core, Ended::Done);
    }
    fault::point(Point::RecoverDone);
    me.forget_recovery();
    me.core.now_doing(Activity::Running);

    let outcome = catch_unwind(AssertUnwindSafe(|| D::run(&mut me)));
    let ended = match outcome {
        Ok(Ok(())) => {
            // What is done was ready, and whoever depends on it may begin.
            me.core.become_ready();
            Ended::Done
        }
        Ok(Err(error)) => {
            log::error!("run returned an error: {error}");
            Ended::Failed
        }
        Err(_) => Ended::Panicked,
    };
    end(&me.core, ended)
}

/// What is left to do for a daemon that is not started again; see `root/retire.rs`.
#[cold]
#[inline(never)]
fn recover_only(core: &Core) -> ! {
    let recovery = core.region.recover();
    core.wake_everybody();
    Line::new(Level::Info).text("not started again; ").text(recovery.describe()).log();
    end(core, Ended::Done)
}

fn end(core: &Core, ended: Ended) -> ! {
    core.region.header().outcome.store(ended as u32, Ordering::Release);
    process::exit(ended.code())
}

type Step = (&'static str, Errno);

fn at(step: &'static str) -> impl Fn(Errno) -> Step {
    move |errno| (step, errno)
}

fn born(boot: &Boot) -> Result<(Core, Heritage), Step> {
    let daemon = &boot.tree.daemons[boot.index];
    logger::become_process(daemon.name, boot.generation);
    fault::incarnation(boot.index, boot.generation);
    crate::root::default_signals();
    process::die_with_parent(boot.root).map_err(at("watching root"))?;
    // A group, not a session: each session is a group of its own to the scheduler as well (sched(7),
    // autogroup), which costs more than all the rest of a birth and lets a dead daemon's teardown compete with
    // its successor as an equal.
    // SAFETY: takes numbers; a fresh child is no session leader, for which alone it fails.
    unsafe { libc::setpgid(0, 0) };

    let region_at = boot.tree.region_at(boot.index);
    let arenas = &boot.arenas;
    // SAFETY: an address inside the arena.
    let alias = unsafe { arenas.alias.add(region_at) };
    memory::keep_from_children(alias, daemon.layout.region).map_err(at("keeping the alias from children"))?;
    match memory::seal(alias, daemon.layout.region) {
        // Below Linux 6.10 there is no mseal; root has said so at start.
        Ok(()) | Err(Errno::ENOSYS) => {}
        Err(errno) => return Err(("sealing the alias", errno)),
    }

    // SAFETY: this process is the daemon, with one thread, and has no memory but its own.
    let mut core = unsafe { Core::new(boot, hot::log()) };
    let heritage = core.inherit();
    core.follow_log_level();
    core.prepare_waits();
    let header = core.region.header();
    // SAFETY: the cell lies in the alias, which is mapped until the process ends; root made sure that the
    // predecessor is dead before it forked this process.
    unsafe { robust::own((&raw const header.robust).cast_mut()) }
        .map_err(at("registering the robust word"))?;
    // SAFETY: the share begins with the heap, which no other process writes.
    unsafe { heap::enter(core.slots.heap(), daemon.layout.heap) };
    // SAFETY: the words lie in the alias and are written by this process alone.
    unsafe {
        report::direct(header.report.get(), core::ptr::null_mut(), core::ptr::null_mut());
    }
    report::install_handlers().map_err(at("installing the crash handler"))?;
    crate::flight::watch_children().map_err(at("watching transactions"))?;
    signal::unblock_all();
    foreign::note(boot.pid, core.slots.ranges());
    // SAFETY: the share is mapped until the process ends, and this part of it is made for that.
    unsafe { hot::share(core.slots.shared(), daemon.layout.shared) };
    core.slots.part().map_err(at("parting the slots"))?;
    let deadline = clock::monotonic().saturating_add(QUIET);
    if !core.idle(|core| core.slots.wait_until_quiet(deadline)) {
        return Err(("waiting for transactions of the predecessor to end", Errno::ETIMEDOUT));
    }
    core.slots.clear();
    if boot.generation > 1 {
        core.slots.clear_shared();
    }
    Ok((core, heritage))
}
