//! The daemon's side: does batches of work and times them, both sides in turn.

use crate::Cell;
use crate::floor::Floor;
use crate::lane::{Job, SIZES, lane};
use core::sync::atomic::Ordering::SeqCst;
use perennial::prelude::*;
use perennial_figures::side::{self, Side};
use perennial_figures::sys;

/// Elements in a page.
const PAGE: usize = 4096 / size_of::<Cell>();
/// Pages that commits touch, spread over the state: as many whatever its size.
const PAGES: usize = 256;
/// Forks in one batch of one side.
const FORKS: usize = 16;
/// Changed elements in one batch of commits of one side.
const CHANGES: usize = 4096;

/// A daemon that can be measured.
pub trait Subject: Daemon {
    /// Its lane.
    const LANE: usize;
    /// Elements of its state.
    const ELEMENTS: usize;

    /// Commits `value` at `count` elements by a forked transaction: [`spread`] from `first`.
    fn transact(me: &mut Handle<Self>, first: usize, count: usize, value: Cell) -> bool;
    /// The same, crashing in the first attempt.
    fn retry(me: &mut Handle<Self>, index: usize, value: Cell) -> bool;
    /// Commits `value` at every index in one commit of the daemon's own.
    fn commit(me: &mut Handle<Self>, indexes: &[usize], value: &Cell) -> bool;
    /// The first byte at `index`.
    fn read(me: &Handle<Self>, index: usize) -> Option<u8>;
}

/// What all of them run.
pub fn run<S: Subject>(me: &mut Handle<S>) -> Outcome {
    let lane = lane(S::LANE);
    lane.entered_at.store(sys::now(), SeqCst);
    sys::advance(&lane.entered);
    lane.pid.store(std::process::id(), SeqCst);
    touch(me)?;
    lane.resident.store(sys::resident(), SeqCst);
    let mut value = [1; size_of::<Cell>()];
    let mut floor = Floor::open();
    let mut served = lane.asked.load(SeqCst);
    sys::advance(&lane.touched);
    loop {
        if !sys::wait_while(&lane.asked, served) {
            return Err(Error::new("the driver is gone"));
        }
        served = lane.asked.load(SeqCst);
        let job = Job::from_number(lane.job.load(SeqCst)).ok_or_else(|| Error::new("no such job"))?;
        let (ours, base) = match job {
            Job::Flights => flights(me, &mut value, 1, false),
            Job::Answers => flights(me, &mut value, 1, true),
            Job::Answers16 => flights(me, &mut value, 16, true),
            Job::Answers256 => flights(me, &mut value, 256, true),
            Job::Retries => retries(me, &mut value),
            Job::Crash => {
                lane.crash();
                (0, 0)
            }
            Job::Commit1 => commits(me, &mut floor, 1, &mut value),
            Job::Commit16 => commits(me, &mut floor, 16, &mut value),
            Job::Commit256 => commits(me, &mut floor, 256, &mut value),
            Job::Quit => break,
        };
        lane.ours.store(ours, SeqCst);
        lane.base.store(base, SeqCst);
        sys::advance(&lane.answered);
    }
    if S::LANE == 0 {
        me.shutdown(0);
    }
    sys::advance(&lane.answered);
    while me.wait()?.is_running() {}
    Ok(())
}

/// Writes every page of the state, then reads every page: both mappings of it are filled.
fn touch<S: Subject>(me: &mut Handle<S>) -> Outcome {
    let mut indexes = [0; 512];
    let generation = [me.generation() as u8; size_of::<Cell>()];
    for first in (0..S::ELEMENTS).step_by(PAGE * indexes.len()) {
        for (n, index) in indexes.iter_mut().enumerate() {
            *index = first + n * PAGE;
        }
        if !S::commit(me, &indexes, &generation) {
            return Err(Error::new("the state could not be touched"));
        }
    }
    let wrong = (0..S::ELEMENTS).step_by(PAGE).any(|index| S::read(me, index) != Some(generation[0]));
    if wrong { Err(Error::new("the state does not hold what was committed")) } else { Ok(()) }
}

/// An element in the `n`th of the pages that are committed to. Not the first of each: at equal distances of
/// a power of two they would fight for the same few lines of the cache.
pub fn spread<S: Subject>(n: usize) -> usize {
    n % PAGES * (S::ELEMENTS / PAGES) + n % PAGE
}

/// Times transactions that change so many elements, and bare forks. The first of each is not counted: it pays for what the other left.
fn flights<S: Subject>(me: &mut Handle<S>, value: &mut Cell, count: usize, apart: bool) -> (u64, u64) {
    let mut ours = 0;
    for n in 0..=FORKS {
        if apart {
            drain();
        }
        let start = sys::now();
        value[0] = value[0].wrapping_add(1);
        if !S::transact(me, n, count, *value) {
            return (0, 0);
        }
        if n > 0 {
            ours += sys::now() - start;
        }
    }
    (ours / FORKS as u64, bare_forks(if apart { Before::Rest } else { Before::Fork }))
}

/// Times the way from the crash of a transaction to its next attempt's first instruction, and bare forks.
fn retries<S: Subject>(me: &mut Handle<S>, value: &mut Cell) -> (u64, u64) {
    let lane = lane(S::LANE);
    let mut ours = 0;
    for n in 0..=FORKS {
        drain();
        value[0] = value[0].wrapping_add(1);
        if !S::retry(me, spread::<S>(n), *value) {
            return (0, 0);
        }
        if n > 0 {
            ours += lane.retried_at.load(SeqCst) - lane.crashed_at.load(SeqCst);
        }
    }
    // The clock begins behind a fork already, that of the attempt which crashes.
    (ours / FORKS as u64, bare_forks(Before::RestAndFork))
}

/// What comes before each bare fork: the same as before what it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// The one before.
    Fork,
    /// A rest, from which the processor has to find back.
    Rest,
    /// A rest, and a fork that is not timed.
    RestAndFork,
}

/// Times bare forks.
fn bare_forks(before: Before) -> u64 {
    drain();
    sys::hold_sigchld(true);
    let mut base = 0;
    for n in 0..=FORKS {
        if before != Before::Fork {
            drain();
        }
        if before == Before::RestAndFork {
            sys::bare_fork();
        }
        let start = sys::now();
        sys::bare_fork();
        if n > 0 {
            base += sys::now() - start;
        }
    }
    sys::hold_sigchld(false);
    base / FORKS as u64
}

/// Lets whatever else waits for the core run, such as the child of the last transaction being taken down, whose signal
/// does not end the rest: both sides take all of it.
fn drain() {
    let mut moment = libc::timespec { tv_sec: 0, tv_nsec: 300_000 };
    // SAFETY: reads and writes a local, in which the kernel leaves what is left of it.
    while unsafe { libc::nanosleep(&raw const moment, &raw mut moment) } != 0 {}
}

/// Times commits of `ranges` elements each, and their floor. Times are in picoseconds.
fn commits<S: Subject>(me: &mut Handle<S>, floor: &mut Floor, ranges: usize, value: &mut Cell) -> (u64, u64) {
    let mut indexes = [0; PAGES];
    for (n, index) in indexes.iter_mut().enumerate() {
        *index = spread::<S>(n);
    }
    let count = CHANGES / ranges;
    let batch = |n: usize| &indexes[n * ranges % PAGES..][..ranges];
    side::enter(Side::Ours, SIZES[S::LANE]);
    let start = sys::now();
    for n in 0..count {
        value[0] = value[0].wrapping_add(1);
        if !S::commit(me, batch(n), value) {
            return (0, 0);
        }
    }
    let ours = sys::now() - start;
    side::enter(Side::Base, SIZES[S::LANE]);
    let start = sys::now();
    for n in 0..count {
        value[0] = value[0].wrapping_add(1);
        floor.commit(batch(n), value);
    }
    let base = sys::now() - start;
    side::enter(Side::Neither, "");
    (ours * 1000 / count as u64, base * 1000 / count as u64)
}
