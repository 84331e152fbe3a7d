//! What one daemon does while no other runs: reads a peer, locks a mutex, takes a stamp.

use crate::lane::{Job, Times, Who, serve, shared, timed};
use crate::{Peer, Reader};
use core::hint::black_box;
use perennial::locks;
use perennial::prelude::*;
use perennial::time::Timestamp;

/// Calls in one batch of what takes some nanoseconds.
const CALLS: usize = 5000;
/// Bytes that one batch of snapshots reads.
const READ: usize = 1 << 20;

impl Daemon for Peer {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| {
            *s.line = [5; 8];
            *s.page = [5; 512];
            *s.large = [5; 8192];
        })?;
        me.wait_for_stop()
    }
}

impl Daemon for Reader {
    fn run(me: &mut Handle<Self>) -> Outcome {
        serve(me, Who::Reader, |me, job| match job {
            Job::SnapshotLine => snapshots::<8>(me, "line"),
            Job::SnapshotPage => snapshots::<512>(me, "page"),
            Job::SnapshotLarge => snapshots::<8192>(me, "large"),
            Job::Mutex => mutexes(),
            Job::Stamp => Ok(stamps()),
            _ => Err(Error::new("not mine")),
        })
    }
}

/// Reads a field of the peer's, then as many bytes of memory that is shared.
fn snapshots<const WORDS: usize>(me: &Handle<Reader>, field: &str) -> Times {
    let times = (READ / (8 * WORDS)).clamp(16, CALLS);
    let mut wrong = false;
    let ours = timed(times, |_| {
        let read = me.peek::<Peer, [u64; WORDS]>(field, Duration::from_secs(1));
        wrong |= black_box(&read).as_ref().is_ok_and(|snapshot| snapshot.value[WORDS - 1] != 5);
    });
    let mut target = [0_u64; WORDS];
    let from: *const [u64; WORDS] = shared().bytes.at().cast_const().cast();
    let base = timed(times, |_| {
        // SAFETY: both hold as many words; the shared bytes start a page, and nobody else uses them now.
        unsafe { core::ptr::copy_nonoverlapping(black_box(from), &raw mut target, 1) };
        black_box(&target);
    });
    if wrong { Err(Error::new("the peer's field is not what it has committed")) } else { Ok((ours, base)) }
}

fn mutexes() -> Times {
    static OURS: locks::Mutex<u64> = locks::Mutex::new(0);
    static STD: std::sync::Mutex<u64> = std::sync::Mutex::new(0);
    let mut held = 0;
    let ours = timed(CALLS, |_| {
        if let Ok(mut count) = black_box(&OURS).lock() {
            *count += 1;
            held += 1;
        }
    });
    let base = timed(CALLS, |_| {
        if let Ok(mut count) = black_box(&STD).lock() {
            *count += 1;
            held += 1;
        }
    });
    if held == 2 * CALLS { Ok((ours, base)) } else { Err(Error::new("a free mutex was not to be had")) }
}

fn stamps() -> (u64, u64) {
    let ours = timed(CALLS, |_| {
        black_box(Timestamp::now());
    });
    let base = timed(CALLS, |_| {
        black_box(perennial_tests::bench::sys::now());
    });
    (ours, base)
}
