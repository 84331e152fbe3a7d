//! The processor's time-stamp counter as a clock.
//!
//! It is used where it runs at one rate in all states of the processor (CPUID says so) and the kernel trusts it
//! enough to keep its own time by it, which includes that it is the same on all processors. Root measures its rate
//! against `CLOCK_MONOTONIC` before it forks; the result is never changed again, so that all processes read the
//! same clock.

use crate::sys::clock;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How long the counter is measured at least. A read of both clocks is exact to some ten nanoseconds, so the rate is to
/// a few millionths.
const SPAN: u64 = 5_000_000;

/// Nanoseconds for each tick, times 2³²; 0 while the counter is not used.
static RATE: AtomicU64 = AtomicU64::new(0);
/// A reading of the counter.
static TICKS: AtomicU64 = AtomicU64::new(0);
/// The monotonic clock at that reading, in nanoseconds.
static NANOS: AtomicU64 = AtomicU64::new(0);

/// This moment by the counter, in nanoseconds of the monotonic clock; `None` where the counter is not used.
#[inline]
pub fn nanos() -> Option<u64> {
    // Written before anything was forked, by a process with one thread, or never: nothing to synchronize with.
    let rate = RATE.load(Relaxed);
    (rate != 0).then(|| convert(counter(), TICKS.load(Relaxed), NANOS.load(Relaxed), rate))
}

fn convert(now: u64, ticks: u64, nanos: u64, rate: u64) -> u64 {
    let passed = (u128::from(now.saturating_sub(ticks)) * u128::from(rate)) >> 32;
    nanos.saturating_add(passed as u64)
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn counter() -> u64 {
    // SAFETY: reads a register that every x86-64 processor has. The fence keeps the read behind all earlier loads, so
    // that whoever has seen what another process did after its stamp reads a later one.
    unsafe {
        core::arch::x86_64::_mm_lfence();
        core::arch::x86_64::_rdtsc()
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn counter() -> u64 {
    0
}

/// Whether processor and kernel vouch for the counter.
#[cfg(target_arch = "x86_64")]
fn is_invariant() -> bool {
    const SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    /// Leaf "advanced power management", whose bit 8 of EDX is `InvariantTSC` (Intel SDM 3, 19.17.1).
    const POWER: u32 = 0x8000_0007;
    let highest = core::arch::x86_64::__cpuid(0x8000_0000).eax;
    highest >= POWER
        && core::arch::x86_64::__cpuid(POWER).edx & (1 << 8) != 0
        && std::fs::read_to_string(SOURCE).is_ok_and(|source| source.trim() == "tsc")
}

#[cfg(not(target_arch = "x86_64"))]
fn is_invariant() -> bool {
    false
}

/// Both clocks at one moment, as nearly as they can be read: of some tries the one that took the shortest.
fn both() -> (u64, u64) {
    let reading = || {
        let before = counter();
        let nanos = clock::nanos();
        let after = counter();
        (after.saturating_sub(before), before + after.saturating_sub(before) / 2, nanos)
    };
    let (_, ticks, nanos) = (0..16).map(|_| reading()).min().unwrap_or_else(reading);
    (ticks, nanos)
}

/// Measures the counter, if it can be used, for [`SPAN`]. To be called once, before anything is forked and by a process
/// with one thread.
pub fn calibrate() {
    if !is_invariant() || RATE.load(Relaxed) != 0 {
        return;
    }
    let (first, start) = both();
    let (mut last, mut end) = both();
    while end - start < SPAN {
        core::hint::spin_loop();
        (last, end) = both();
    }
    let Some(rate) = rate(last.saturating_sub(first), end - start) else { return };
    TICKS.store(last, Relaxed);
    NANOS.store(end, Relaxed);
    RATE.store(rate, Relaxed);
}

/// Nanoseconds for each tick, times 2³²; `None` where the counter stood still or is slower than 1 MHz.
fn rate(ticks: u64, nanos: u64) -> Option<u64> {
    let rate = (u128::from(nanos) << 32).checked_div(u128::from(ticks))?;
    u64::try_from(rate).ok().filter(|&rate| rate != 0 && rate < 1000 << 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_nanoseconds() {
        let third = rate(3_000_000, 1_000_000).expect("a rate of 3 GHz");
        assert_eq!(convert(1_000, 1_000, 77, third), 77);
        let hour = 3_600_000_000_000_u64;
        let shown = convert(1_000 + hour * 3, 1_000, 77, third);
        assert!(shown.abs_diff(77 + hour) < hour / 1_000_000, "{shown}");
        assert_eq!(convert(0, 1_000, 77, third), 77, "a counter that is behind is no panic");
        assert_eq!(rate(0, 1_000_000), None);
        assert_eq!(rate(5, 1_000_000), None);
    }

    #[test]
    fn the_counter_runs_as_the_clock_does() {
        calibrate();
        let Some(first) = nanos() else {
            println!("the counter is not used on this machine");
            return;
        };
        let start = clock::nanos();
        assert!(start.abs_diff(first) < 1_000_000, "{start} {first}");
        // A tenth of a second of stamps, on whatever processors the threads are run.
        let run = || {
            let mut last = 0;
            while clock::nanos() - start < 100_000_000 {
                let now = nanos().unwrap_or_default();
                assert!(now >= last, "{now} after {last}");
                last = now;
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(run);
            run();
        });
        let (counted, passed) = (nanos().unwrap_or_default() - first, clock::nanos() - start);
        // A tenth of a thousandth: far more than the error of a calibration, far less than a wrong rate.
        assert!(counted.abs_diff(passed) < passed / 10_000 + 50_000, "{counted} {passed}");
    }
}
