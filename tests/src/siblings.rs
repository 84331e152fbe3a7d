//! Daemons whose only purpose is to be started and stopped; trees with different strategies are made of them.

use crate::say;
use perennial::prelude::*;

fn live<S: Daemon>(me: &mut Handle<S>) -> Outcome {
    let (name, generation) = (me.name(), me.generation());
    say!("up name={name} pid={} generation={generation} start={:?}", std::process::id(), me.start());
    me.wait_for_stop()?;
    say!("down name={name} generation={generation}");
    Ok(())
}

/// The first.
#[daemon(mem = "64KiB")]
pub struct Anna {
    starts: u64,
}

/// The second.
#[daemon(mem = "64KiB", restart = reset)]
pub struct Berta {
    starts: u64,
}

/// The third, which is not started again whatever happens.
#[daemon(mem = "64KiB", kind = temporary)]
pub struct Clara {
    starts: u64,
}

/// The fourth, which has finished at once.
#[daemon(mem = "64KiB", kind = transient)]
pub struct Dora {
    starts: u64,
}

/// The fifth.
#[daemon(mem = "64KiB", kind = transient)]
pub struct Emma {
    starts: u64,
}

impl Daemon for Anna {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        say!("starts name=Anna count={}", me.state().starts);
        live(me)
    }
}

impl Daemon for Berta {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        say!("starts name=Berta count={}", me.state().starts);
        live(me)
    }
}

impl Daemon for Clara {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        live(me)
    }
}

impl Daemon for Dora {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        say!("finished name=Dora generation={}", me.generation());
        Ok(())
    }
}

impl Daemon for Emma {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        say!("starts name=Emma count={}", me.state().starts);
        live(me)
    }
}
