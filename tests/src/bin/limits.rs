//! Daemons that reach their limits: which one dies again and again is said on the command line.

use perennial::prelude::*;
use perennial_tests::say;

fn chosen() -> Result<String, Error> {
    let name = perennial::arguments().next().unwrap_or_default();
    name.into_string().map_err(|_| Error::new("the name is no text"))
}

/// Stops the tree with a code of its own.
#[daemon(mem = "64KiB", max_restarts = 2, within = "1m", backoff = "1ms", escalation = stop(17))]
struct Stopper {
    starts: u64,
}

/// Starts from the beginning.
#[daemon(mem = "64KiB", max_restarts = 2, within = "1m", backoff = "1ms", escalation = reset)]
struct Resetter {
    starts: u64,
}

/// Is left behind.
#[daemon(mem = "64KiB", max_restarts = 2, within = "1m", backoff = "1ms", escalation = abandon)]
struct Leaver {
    starts: u64,
}

/// Cannot start without the one that is left behind, which it waits for.
#[daemon(mem = "64KiB")]
struct Follower {
    starts: u64,
}

fn live<S: Daemon>(me: &mut Handle<S>, starts: u64) -> Outcome {
    let name = me.name();
    say!("up name={name} generation={} starts={starts}", me.generation());
    if me.setup::<String>().is_some_and(|chosen| chosen == name) {
        // SAFETY: ends this process.
        unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
    }
    me.wait_for_stop()?;
    say!("down name={name}");
    Ok(())
}

macro_rules! lives {
    ($($name:ident)*) => {$(
        impl Daemon for $name {
            fn run(me: &mut Handle<Self>) -> Outcome {
                me.change(|s| *s.starts += 1)?;
                let starts = *me.state().starts;
                live(me, starts)
            }
        }
    )*};
}
lives!(Stopper Resetter Leaver Follower);

root! {
    mem = "1MiB";
    setup = chosen;
    daemons: [Stopper, Resetter, Leaver, Follower (depends_on = [Leaver])];
}
