//! The two ends of a ring. Each does one thing for each order: it looks, or it sleeps first until there is something to
//! do.

use perennial::prelude::*;
use perennial_tests::killpoints::{Case, WORDS, marks, ring};

#[message]
#[derive(Debug)]
pub struct Parcel {
    number: u64,
    load: [u64; ring::LOAD],
}

#[daemon(
    mem = "128KiB",
    record = "4KiB",
    max_restarts = 4_000_000_000,
    within = "1s",
    backoff = "0ms",
    max_backoff = "0ms"
)]
pub struct Pusher {
    pushed: u64,
    out: Producer<Parcel, { ring::CAPACITY }>,
}

#[daemon(
    mem = "128KiB",
    record = "4KiB",
    max_restarts = 4_000_000_000,
    within = "1s",
    backoff = "0ms",
    max_backoff = "0ms"
)]
pub struct Popper {
    popped: u64,
    /// The newest parcel, to which nothing else leads once it is popped.
    number: u64,
    load: [u64; ring::LOAD],
    inbox: Consumer<Parcel, { ring::CAPACITY }>,
}

impl Daemon for Pusher {
    fn run(me: &mut Handle<Self>) -> Outcome {
        if !super::takes_part(me, Case::Ring) {
            return me.wait_for_stop();
        }
        loop {
            let mut words = [0; WORDS];
            words[..2].copy_from_slice(&[ring::PUSHER, *me.state().pushed]);
            if marks::seen(&mut words) == marks::SLEEP && !me.wait_for(&Wait::new().room())?.is_running() {
                return Ok(());
            }
            marks::from();
            me.change(|s| {
                let number = *s.pushed;
                if s.out.push(Parcel { number, load: ring::load(number) }).is_ok() {
                    *s.pushed += 1;
                }
            })?;
            marks::to();
        }
    }
}

impl Daemon for Popper {
    fn run(me: &mut Handle<Self>) -> Outcome {
        if !super::takes_part(me, Case::Ring) {
            return me.wait_for_stop();
        }
        loop {
            let s = me.state();
            let mut words = [0; WORDS];
            words[..3].copy_from_slice(&[ring::POPPER, *s.popped, *s.number]);
            words[3..3 + ring::LOAD].copy_from_slice(s.load);
            if marks::seen(&mut words) == marks::SLEEP && !me.wait()?.is_running() {
                return Ok(());
            }
            marks::from();
            me.change(|s| {
                if let Some(parcel) = s.inbox.pop() {
                    *s.popped += 1;
                    *s.number = parcel.number;
                    *s.load = parcel.load;
                }
            })?;
            marks::to();
        }
    }
}
