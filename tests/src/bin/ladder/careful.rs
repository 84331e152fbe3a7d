//! State that is checked as a whole.

use super::{crash, die, rest, rise, scenario, wild};
use core::sync::atomic::{AtomicU32, Ordering};
use perennial::prelude::*;
use perennial_tests::say;

/// The daemon's own process; its transactions are others.
static DAEMON: AtomicU32 = AtomicU32::new(0);

#[daemon(mem = "256KiB", validate = Careful::check)]
pub struct Careful {
    total: u64,
    parts: Array<u64, 4>,
}

impl Careful {
    fn check(state: &CarefulRef<'_>) -> Result<(), Text<60>> {
        let parts: u64 = state.parts.iter().sum();
        if scenario("Careful") == Some("damaged") && std::process::id() != DAEMON.load(Ordering::Relaxed) {
            // As if the transaction's memory had been damaged after the check.
            return Ok(());
        }
        assert_ne!(parts, 13, "unlucky");
        if parts == 14 {
            crash();
        }
        if parts == *state.total {
            return Ok(());
        }
        Err(Text::truncated(if parts < *state.total { "too little" } else { "too much" }))
    }

    #[transaction]
    fn add(total: &mut u64, parts: &mut Array<u64, 4>, more: u64, part: u64) -> Result<u64, ()> {
        *total += more;
        parts.update(2_u8, |old| *old += part).map_err(|_| ())?;
        Ok(*total)
    }
}

fn told<E>(done: &Result<u64, Failure<E>>) -> String {
    match done {
        Ok(total) => format!("ok total={total}"),
        Err(Failure::Invalid(why)) => format!("invalid why={}", why.to_string().replace(' ', "-")),
        Err(Failure::Crashed(crash)) => format!("crashed code={}", crash.code),
        Err(_) => "other".to_owned(),
    }
}

impl Daemon for Careful {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let Some(scenario) = scenario("Careful") else { return rest(me) };
        DAEMON.store(std::process::id(), Ordering::Relaxed);
        let steps = [(3, 3), (1, 0), (0, 1), (10, 10), (11, 11), (1, 1)];
        for (more, part) in steps {
            // It would be the daemon that crashes.
            let crashes = part == 11;
            if crashes && scenario == "damaged" {
                continue;
            }
            if !crashes {
                let done = me.update(|s| {
                    *s.total += more;
                    s.parts.update(1_u8, |old| *old += part).map_err(|_| ())?;
                    Ok::<_, ()>(*s.total)
                });
                let kept = done.is_ok();
                say!("update {}", told(&done));
                // A transaction is to do the same from the same state.
                if kept {
                    me.rollback(1);
                }
            }
            let before = me.sequence();
            say!("transaction {} commits={}", told(&Self::add(me, more, part)), me.sequence() - before);
        }
        let s = me.state();
        say!("final total={} parts={}", s.total, s.parts.iter().sum::<u64>());
        me.shutdown(0);
        rest(me)
    }
}

#[daemon(
    mem = "512KiB", max_restarts = 100, within = "10m", backoff = "0s", max_backoff = "0s", validate = Twins::check
)]
pub struct Twins {
    one: u64,
    other: u64,
}

impl Twins {
    fn check(state: &TwinsRef<'_>) -> Result<(), &'static str> {
        match (scenario("Twins"), *state.one) {
            (Some("panics"), 99) => panic!("no such twin"),
            (Some("crashes"), 99) => crash(),
            _ => {}
        }
        if state.one == state.other { Ok(()) } else { Err("unlike") }
    }
}

impl Daemon for Twins {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let Some(scenario) = scenario("Twins") else { return rest(me) };
        rise(me, format_args!("one={} other={}", me.state().one, me.state().other));
        if me.generation() == 1 {
            for step in 1..=5 {
                me.change(|s| (*s.one, *s.other) = (step, step))?;
            }
            if scenario == "hopeless" {
                // Nothing that the history holds makes up for it: it is no change that was committed.
                me.rollback(usize::MAX);
            }
            wild::store(me.name(), 0, &99_u64.to_le_bytes());
            die();
        }
        me.shutdown(0);
        rest(me)
    }
}
