//! A message that kills whoever handles it, in an update of the daemon's own.

use super::{crash, rest, rise, scenario};
use perennial::prelude::*;

#[daemon(mem = "128KiB")]
pub struct Feeder {
    next: u64,
    out: Producer<u64, 16>,
}

impl Daemon for Feeder {
    fn run(me: &mut Handle<Self>) -> Outcome {
        if scenario("Eater").is_some() {
            me.change(|s| {
                while *s.next < 4 && s.out.push(*s.next).is_ok() {
                    *s.next += 1;
                }
            })?;
        }
        rest(me)
    }
}

/// Any death that discredits its state would cost it a commit at once.
#[daemon(
    mem = "128KiB",
    max_restarts = 100,
    within = "10m",
    backoff = "0s",
    max_backoff = "0s",
    resumes = 0,
    rollbacks = 100
)]
pub struct Eater {
    inbox: Consumer<u64, 16>,
    sum: u64,
}

impl Daemon for Eater {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let Some(_) = scenario("Eater") else { return rest(me) };
        rise(me, format_args!("sum={} letters={}", me.state().sum, me.state().inbox.dead_letters().count()));
        while *me.state().sum < 4 && me.wait()?.is_running() {
            me.change(|s| {
                if let Some(number) = s.inbox.pop() {
                    *s.sum += number;
                    if number == 2 {
                        crash();
                    }
                }
            })?;
        }
        me.shutdown(0);
        rest(me)
    }
}
