//! Daemons of which one ends for good, one depends on it, and one is slow to begin and to stop.

use perennial::prelude::*;
use perennial_tests::{say, say::command};

/// Is not started again.
#[daemon(mem = "64KiB", kind = temporary)]
struct Helper {
    starts: u64,
}

#[daemon(mem = "64KiB", backoff = "1ms")]
struct Client {
    starts: u64,
}

/// Is ready when it is told to, and stops when it is told to.
#[daemon(mem = "64KiB", start_timeout = "1s", stop_timeout = "1s", backoff = "1ms", max_restarts = 100)]
struct Late {
    starts: u64,
}

fn rise<S: Daemon>(me: &Handle<S>) {
    say!("up name={} pid={} generation={}", me.name(), std::process::id(), me.generation());
}

impl Daemon for Helper {
    fn run(me: &mut Handle<Self>) -> Outcome {
        rise(me);
        me.wait_for_stop()
    }
}

impl Daemon for Client {
    fn run(me: &mut Handle<Self>) -> Outcome {
        rise(me);
        me.wait_for_stop()
    }
}

impl Daemon for Late {
    fn run(me: &mut Handle<Self>) -> Outcome {
        rise(me);
        command();
        me.ready();
        say!("ready name=Late generation={}", me.generation());
        me.wait_for_stop()?;
        say!("stopping name=Late");
        command();
        say!("down name=Late");
        Ok(())
    }
}

root! {
    mem = "1MiB";
    daemons: [Helper, Client (depends_on = [Helper]), Late];
}
