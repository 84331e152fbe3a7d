//! One daemon, whose last act is to ask for a shutdown.

use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

#[daemon(mem = "64KiB", kind = transient)]
struct Speaker {
    starts: u64,
}

impl Daemon for Speaker {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=Speaker pid={}", std::process::id());
        // SAFETY: standard input stays open until the process ends.
        me.watch(unsafe { BorrowedFd::borrow_raw(0) })?;
        while !me.wait()?.has_ready_descriptor() {}
        command();
        me.shutdown(7);
        Ok(())
    }
}

root! {
    mem = "256KiB";
    daemons: [Speaker];
}
