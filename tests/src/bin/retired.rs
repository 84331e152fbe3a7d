//! Two daemons that are never started again, each of which pushes into several rings in one commit, its first; and those
//! who take that. The sinks say how many messages they have taken of each.

use perennial::prelude::*;
use perennial_tests::say;

#[daemon(mem = "128KiB", kind = temporary)]
struct Brief {
    left: Producer<u64, 4>,
    right: Producer<u64, 4>,
    lossy: Producer<u64, 4>,
}

#[daemon(mem = "128KiB", max_restarts = 0, escalation = abandon)]
struct Frail {
    left: Producer<u64, 4>,
    right: Producer<u64, 4>,
    lossy: Producer<u64, 4>,
}

#[daemon(mem = "128KiB", max_restarts = 100, backoff = "1ms")]
struct Left {
    brief: Consumer<u64, 4>,
    frail: Consumer<u64, 4>,
    taken: [u64; 2],
}

#[daemon(mem = "128KiB", max_restarts = 100, backoff = "1ms")]
struct Right {
    brief: Consumer<u64, 4>,
    frail: Consumer<u64, 4>,
    brief_lossy: Consumer<u64, 4>,
    frail_lossy: Consumer<u64, 4>,
    taken: [u64; 4],
}

impl Daemon for Brief {
    fn run(me: &mut Handle<Self>) -> Outcome {
        // Its birth has woken the sinks: they sleep again by then.
        me.wait_for(&Wait::new().timeout(Duration::from_millis(20)))?;
        me.update(|s| {
            s.left.push(1)?;
            s.right.push(1)?;
            s.lossy.push(1)
        })?;
        me.wait_for_stop()
    }
}

impl Daemon for Frail {
    fn run(me: &mut Handle<Self>) -> Outcome {
        // Its birth has woken the sinks: they sleep again by then.
        me.wait_for(&Wait::new().timeout(Duration::from_millis(20)))?;
        me.update(|s| {
            s.left.push(1)?;
            s.right.push(1)?;
            s.lossy.push(1)
        })?;
        me.wait_for_stop()
    }
}

impl Daemon for Left {
    fn run(me: &mut Handle<Self>) -> Outcome {
        loop {
            say!("left taken={:?}", me.state().taken);
            if !me.wait()?.is_running() {
                return Ok(());
            }
            me.change(|s| {
                s.taken[0] += s.brief.pop_iter().count() as u64;
                s.taken[1] += s.frail.pop_iter().count() as u64;
            })?;
        }
    }
}

impl Daemon for Right {
    fn run(me: &mut Handle<Self>) -> Outcome {
        loop {
            say!("right taken={:?}", me.state().taken);
            if !me.wait()?.is_running() {
                return Ok(());
            }
            me.change(|s| {
                s.taken[0] += s.brief.pop_iter().count() as u64;
                s.taken[1] += s.frail.pop_iter().count() as u64;
                s.taken[2] += s.brief_lossy.pop_iter().count() as u64;
                s.taken[3] += s.frail_lossy.pop_iter().count() as u64;
            })?;
        }
    }
}

root! {
    mem = "1MiB";
    daemons: [Left, Right, Brief (depends_on = [Left, Right]), Frail (depends_on = [Left, Right])];
    rings: [
        Brief.left -> Left.brief,
        Brief.right -> Right.brief,
        Brief.lossy -> Right.brief_lossy (full = drop_oldest),
        Frail.left -> Left.frail,
        Frail.right -> Right.frail,
        Frail.lossy -> Right.frail_lossy (full = drop_oldest),
    ];
}
