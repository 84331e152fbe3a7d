//! A daemon that measures its own loop while others fail.

use crate::victim::Victim;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering::Relaxed};
use perennial::prelude::*;
use perennial_tests::say;
use std::os::fd::BorrowedFd;
use std::time::Instant;

/// Samples of one measurement.
const SAMPLES: usize = 20_000;
/// The pause between two rounds of the loop.
const PAUSE: Duration = Duration::from_micros(50);

#[daemon(mem = "256KiB")]
pub struct Pacer {
    rounds: u64,
    marks: Array<u64, 16>,
}

/// Counts requests: the first begins a measurement, the next ends it.
static BELL: AtomicI32 = AtomicI32::new(-1);

extern "C" fn on_signal(_: libc::c_int) {
    let one = 1_u64;
    // SAFETY: writes a local to the event descriptor.
    unsafe { libc::write(BELL.load(Relaxed), (&raw const one).cast(), 8) };
}

fn silence() {
    let mut count = 0_u64;
    // SAFETY: reads into a local from the event descriptor.
    unsafe { libc::read(BELL.load(Relaxed), (&raw mut count).cast(), 8) };
}

/// Nanoseconds that each round took.
static TOOK: [AtomicU32; SAMPLES] = [const { AtomicU32::new(0) }; SAMPLES];

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

    /// Says how long the rounds of one measurement took.
    fn measure(me: &mut Handle<Self>) -> Result<(), Error> {
        let mut count = 0;
        say!("pacing");
        let mut asked = false;
        while count < SAMPLES && !asked {
            let begin = Instant::now();
            Self::round(me)?;
            TOOK[count].store(u32::try_from(begin.elapsed().as_nanos()).unwrap_or(u32::MAX), Relaxed);
            count += 1;
            asked = me.wait_for(&Wait::new().timeout(PAUSE))?.has_ready_descriptor();
        }
        while !asked {
            asked = me.wait_for(&Wait::new())?.has_ready_descriptor();
        }
        silence();
        // Counting below a bound, not sorting: there is nothing to sort in but what others read.
        let below = |bound: u32| TOOK[..count].iter().filter(|took| took.load(Relaxed) <= bound).count();
        let quantile = |part: usize| {
            let (mut low, mut high) = (0, u32::MAX);
            while low < high {
                let middle = low + (high - low) / 2;
                if below(middle) * 1000 >= count * part { high = middle } else { low = middle + 1 }
            }
            low
        };
        say!("paced rounds={count} p50={} p99={} p999={}", quantile(500), quantile(990), quantile(999));
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
