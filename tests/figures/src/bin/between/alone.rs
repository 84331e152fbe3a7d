//! What one daemon does while no other runs: locks a mutex, takes a stamp.

use crate::Hermit;
use crate::lane::{Job, Times, Who, serve, timed};
use core::hint::black_box;
use perennial::locks;
use perennial::prelude::*;
use perennial::time::Timestamp;
use perennial_figures::side::{self, Side};

/// Calls in one batch of what takes some nanoseconds.
const CALLS: usize = 5000;

impl Daemon for Hermit {
    fn run(me: &mut Handle<Self>) -> Outcome {
        serve(me, Who::Hermit, |_, job| match job {
            Job::Mutex => mutexes(),
            Job::Stamp => Ok(stamps()),
            _ => Err(Error::new("not mine")),
        })
    }
}

fn mutexes() -> Times {
    static OURS: locks::Mutex<u64> = locks::Mutex::new(0);
    static STD: std::sync::Mutex<u64> = std::sync::Mutex::new(0);
    let mut held = 0;
    side::enter(Side::Ours, "");
    let ours = timed(CALLS, |_| {
        if let Ok(mut count) = black_box(&OURS).lock() {
            *count += 1;
            held += 1;
        }
    });
    side::enter(Side::Base, "");
    let base = timed(CALLS, |_| {
        if let Ok(mut count) = black_box(&STD).lock() {
            *count += 1;
            held += 1;
        }
    });
    side::enter(Side::Neither, "");
    if held == 2 * CALLS { Ok((ours, base)) } else { Err(Error::new("a free mutex was not to be had")) }
}

fn stamps() -> (u64, u64) {
    let ours = timed(CALLS, |_| {
        black_box(Timestamp::now());
    });
    let base = timed(CALLS, |_| {
        black_box(perennial_figures::sys::now());
    });
    (ours, base)
}
