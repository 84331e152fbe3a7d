//! A daemon that measures its own loop while others fail.
//!
//! Each round is due at a fixed time, and what it took is counted from there: a daemon that stands still for a while
//! is late with all the rounds of that while, and not with one.

use crate::victim::Victim;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering::Relaxed};
use perennial::prelude::*;
use perennial_tests::histogram::Histogram;
use perennial_tests::say;
use std::os::fd::BorrowedFd;
use std::time::Instant;

/// Rounds of the shortest measurement.
const WINDOW: usize = 2_000;
/// From one round to the next.
const RHYTHM: Duration = Duration::from_micros(10);

#[daemon(mem = "256KiB")]
pub struct Pacer {
    rounds: u64,
    marks: Array<u64, 16>,
}

/// Wakes the daemon for a request: the first begins a measurement, the next ends it.
static BELL: AtomicI32 = AtomicI32::new(-1);
/// Requests that were heard.
static ASKED: AtomicU32 = AtomicU32::new(0);

extern "C" fn on_signal(_: libc::c_int) {
    ASKED.fetch_add(1, Relaxed);
    let one = 1_u64;
    // SAFETY: writes a local to the event descriptor.
    unsafe { libc::write(BELL.load(Relaxed), (&raw const one).cast(), 8) };
}

fn silence() {
    let mut count = 0_u64;
    // SAFETY: reads into a local from the event descriptor.
    unsafe { libc::read(BELL.load(Relaxed), (&raw mut count).cast(), 8) };
}

/// How late, in nanoseconds, the last rounds were done.
static LATE: [AtomicU32; WINDOW] = [const { AtomicU32::new(0) }; WINDOW];
/// How often which duration was measured.
static COUNTS: Histogram = Histogram::new();

/// `/proc/self/schedstat`.
struct Schedule(libc::c_int);

impl Schedule {
    fn open() -> Self {
        // SAFETY: reads a C string.
        Self(unsafe { libc::open(c"/proc/self/schedstat".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) })
    }

    /// For how long this process could have run and had no processor; none if the kernel does not count it.
    fn delay(&self) -> Duration {
        let mut text = [0; 64];
        // SAFETY: fills a local at most.
        let len = unsafe { libc::pread(self.0, text.as_mut_ptr().cast(), text.len(), 0) };
        let text = text.get(..usize::try_from(len).unwrap_or(0)).and_then(|text| str::from_utf8(text).ok());
        let delay = text.and_then(|text| text.split(' ').nth(1)?.parse().ok());
        Duration::from_nanos(delay.unwrap_or(0))
    }
}

impl Drop for Schedule {
    fn drop(&mut self) {
        // SAFETY: the descriptor is this value's own.
        unsafe { libc::close(self.0) };
    }
}

fn nanos(time: Duration) -> u32 {
    u32::try_from(time.as_nanos()).unwrap_or(u32::MAX)
}

impl Pacer {
    /// One round of an ordinary loop: reads of a peer, commits.
    fn round(me: &mut Handle<Self>) -> Result<(), Error> {
        let heard = me.peek::<Victim, u64>("steps", Duration::from_secs(1))?.value;
        me.change(|s| {
            *s.rounds += 1;
            let _ = s.marks.set(*s.rounds % 16, heard);
        })?;
        Ok(())
    }

    /// Says how long the rounds of one measurement took, and those at its end, where the restart is.
    fn measure(me: &mut Handle<Self>) -> Result<(), Error> {
        let asked = ASKED.load(Relaxed);
        let mut rounds = 0;
        let schedule = Schedule::open();
        let (start, before) = (Instant::now(), schedule.delay());
        // The time that has passed, without that in which others had the processor.
        let now = || start.elapsed().saturating_sub(schedule.delay().saturating_sub(before));
        let mut due = now();
        while rounds < WINDOW || ASKED.load(Relaxed) == asked {
            while now() < due {}
            let begin = Instant::now();
            Self::round(me)?;
            COUNTS.count(nanos(begin.elapsed()));
            LATE[rounds % WINDOW].store(nanos(now().saturating_sub(due)), Relaxed);
            rounds += 1;
            due += RHYTHM;
            if rounds == 1 {
                say!("pacing");
            }
        }
        silence();
        let took = COUNTS.quantile(990);
        COUNTS.clear();
        for late in &LATE {
            COUNTS.count(late.load(Relaxed));
        }
        let late = COUNTS.quantile(990);
        COUNTS.clear();
        say!("paced rounds={rounds} took={took} late={late}");
        Ok(())
    }
}

/// Moves to the processor that `PACER_CPU` names, if it does.
fn settle() {
    // SAFETY: reads C strings and locals; without memory from the heap.
    unsafe {
        let name = libc::getenv(c"PACER_CPU".as_ptr());
        if !name.is_null() {
            let mut one: libc::cpu_set_t = core::mem::zeroed();
            libc::CPU_SET(libc::atoi(name) as usize, &mut one);
            libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const one);
        }
    }
}

impl Daemon for Pacer {
    fn run(me: &mut Handle<Self>) -> Outcome {
        settle();
        // SAFETY: takes numbers; the descriptor stays open until the process ends.
        let bell = unsafe {
            let bell = libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK);
            BELL.store(bell, Relaxed);
            BorrowedFd::borrow_raw(bell)
        };
        me.watch(bell)?;
        // SAFETY: the handler only writes to the descriptor.
        unsafe {
            let mut action: libc::sigaction = core::mem::zeroed();
            action.sa_sigaction = on_signal as *const () as usize;
            libc::sigaction(libc::SIGUSR1, &raw const action, core::ptr::null_mut());
        }
        say!("pacer pid={} generation={}", std::process::id(), me.generation());
        while {
            let woken = me.wait_for(&Wait::new())?;
            if woken.has_ready_descriptor() {
                silence();
                Self::measure(me)?;
            }
            woken.is_running()
        } {}
        Ok(())
    }
}
